"""A headless Chromium for tests, with the standard library alone."""

import json
import os
import subprocess


class Browser:
  """A headless browser, spoken to over a pipe (DevTools protocol)."""

  def __init__(self, program, port, folder):
    to_read, self.to = os.pipe()
    self.come, come_write = os.pipe()
    self.rest = b""
    self.number = 0
    self.events = []  # messages of the page since it was opened last

    def give_descriptors():
      # What the browser reads is 3, what it writes 4.
      high_read, high_write = os.dup(to_read), os.dup(come_write)
      os.dup2(high_read, 3)
      os.dup2(high_write, 4)

    self.process = subprocess.Popen(
        [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
         "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
         "--disable-background-networking", "--disable-component-update",
         "--ignore-certificate-errors", "--autoplay-policy=no-user-gesture-required",
         "--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,"
         "LocalNetworkAccessChecks,AutoupgradeMixedContent",
         "--host-resolver-rules=MAP * 127.0.0.1:%d" % port,
         "--user-data-dir=" + os.path.join(folder, "profile"), "about:blank"],
        preexec_fn=give_descriptors, close_fds=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(to_read)
    os.close(come_write)
    self.version = self.call("Browser.getVersion")["product"]
    target = self.call("Target.createTarget", {"url": "about:blank"})
    self.session = self.call("Target.attachToTarget", {
        "targetId": target["targetId"], "flatten": True})["sessionId"]
    self.page("Page.enable")

  def read_message(self):
    while b"\0" not in self.rest:
      more = os.read(self.come, 1 << 16)
      if not more:
        raise RuntimeError("the browser went away")
      self.rest += more
    message, self.rest = self.rest.split(b"\0", 1)
    return json.loads(message)

  def call(self, method, params=None, session=None):
    self.number += 1
    message = {"id": self.number, "method": method, "params": params or {}}
    if session:
      message["sessionId"] = session
    os.write(self.to, json.dumps(message).encode() + b"\0")
    while True:
      answer = self.read_message()
      if "method" in answer:
        self.events.append(answer)
      if answer.get("id") == self.number:
        if "error" in answer:
          raise RuntimeError("%s: %s" % (method, answer["error"]))
        return answer["result"]

  def page(self, method, params=None):
    return self.call(method, params, self.session)

  def open(self, url):
    self.events = []
    result = self.page("Page.navigate", {"url": url})
    if result.get("errorText"):
      raise RuntimeError("cannot open %s: %s" % (url, result["errorText"]))
    while True:
      got = self.evaluate("document.readyState + ' ' + location.href")
      if got == "complete " + url:
        return

  def evaluate(self, expression):
    result = self.page("Runtime.evaluate", {
        "expression": expression, "awaitPromise": True, "returnByValue": True})
    return result["result"].get("value")

  def close(self):
    self.process.kill()
    self.process.wait()
