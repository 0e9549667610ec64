"""Asks a real browser whether it decides as `postern csp` says it does.

  csp_browser.py --postern BINARY [--chromium PROGRAM] [--cases FILE]

Each case is merged by `postern csp merge` from its base, grants and ceiling,
or is a header as it stands.
A page with the merged header is served on loopback (every host name leads
there), each load is tried in it, and the page's securitypolicyviolation events
say whether it was blocked. That has to agree with what `postern csp explain`
answers for Chromium. Prints a line per disagreement, the browser's version,
and last "N passed, N failed". Only the standard library is used.
"""

import argparse
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

from browser import Browser

# Runs in the page. Resolves to "block" or "allow".
PROBE = """
(async (directive, url, nonce) => {
  let blocked = false;
  const seen = (event) => {
    if (event.disposition === 'enforce') blocked = true;
  };
  document.addEventListener('securitypolicyviolation', seen);
  const settle = (node, root) => new Promise((done) => {
    node.onload = node.onerror = node.onloadeddata = done;
    if (root) document.body.appendChild(node);
  });
  const make = (tag, values) => Object.assign(document.createElement(tag),
                                              values);
  const bounded = (promise) => Promise.race([
    promise, new Promise((done) => setTimeout(done, 3000))]);
  try {
    if (directive === 'img-src') {
      const node = new Image();
      const done = settle(node, false);
      node.src = url;
      await bounded(done);
    } else if (directive.startsWith('script-src')) {
      const node = make('script', {});
      if (nonce) node.nonce = nonce;
      node.src = url;
      await bounded(settle(node, true));
    } else if (directive.startsWith('style-src')) {
      const node = make('link', {rel: 'stylesheet'});
      if (nonce) node.nonce = nonce;
      node.href = url;
      await bounded(settle(node, true));
    } else if (directive === 'frame-src') {
      await bounded(settle(make('iframe', {src: url}), true));
    } else if (directive === 'media-src') {
      const node = make('audio', {preload: 'auto'});
      const done = settle(node, true);
      node.src = url;
      await bounded(done);
    } else if (directive === 'font-src') {
      await bounded(new FontFace('f' + Math.random(), `url("${url}")`).load());
    } else if (directive === 'worker-src') {
      const worker = new Worker(url);
      await bounded(new Promise((done) => {
        worker.onerror = worker.onmessage = done;
      }));
    } else if (directive === 'connect-src' && url.startsWith('ws')) {
      const live = new WebSocket(url);
      await bounded(new Promise((done) => {
        live.onclose = live.onerror = live.onopen = done;
      }));
    } else if (directive === 'connect-src') {
      await bounded(fetch(url, {mode: 'no-cors'}));
    } else {
      return 'no probe for ' + directive;
    }
  } catch (error) {
    // A refusal; whose it was, the event says.
  }
  await new Promise((done) => setTimeout(done, 60));
  document.removeEventListener('securitypolicyviolation', seen);
  return blocked ? 'block' : 'allow';
})
"""

PIXEL = bytes.fromhex(
    "47494638396101000100800000000000ffffff21f90401000000002c00000000010001"
    "000002024401003b")


class Handler(http.server.BaseHTTPRequestHandler):
  """Serves the page of the current case, and something for all else."""
  protocol_version = "HTTP/1.1"

  def do_GET(self):  # pylint: disable=invalid-name
    path = self.path.split("?")[0]
    if path == "/postern-test-page":
      self.answer("text/html", b"<!DOCTYPE html><body>", self.server.header)
    elif "redirect-to=" in self.path:
      self.send_response(302)
      self.send_header("Location", self.path.split("redirect-to=")[1])
      self.send_header("Content-Length", "0")
      self.end_headers()
    elif path.endswith(".js"):
      self.answer("text/javascript", b"/* */")
    elif path.endswith(".css"):
      self.answer("text/css", b"/* */")
    elif path.endswith(".html"):
      self.answer("text/html", b"<!DOCTYPE html>")
    else:
      self.answer("image/gif", PIXEL)

  def answer(self, kind, body, policy=None):
    self.send_response(200)
    self.send_header("Content-Type", kind)
    self.send_header("Content-Length", str(len(body)))
    self.send_header("Cache-Control", "no-store")
    self.send_header("Access-Control-Allow-Origin", "*")
    if policy:
      self.send_header("Content-Security-Policy", policy)
    self.end_headers()
    self.wfile.write(body)

  def log_message(self, *args):  # pylint: disable=arguments-differ
    pass


class Server(http.server.ThreadingHTTPServer):
  """Speaks TLS to whoever begins with it, so that one port is enough."""
  daemon_threads = True
  header = ""
  context = None

  def finish_request(self, request, client_address):
    try:
      request.settimeout(10)
      first = request.recv(1, socket.MSG_PEEK)
      if first == b"\x16":
        request = self.context.wrap_socket(request, server_side=True)
      self.RequestHandlerClass(request, client_address, self)
    except OSError:
      pass

  def handle_error(self, request, client_address):
    pass


def start_server(folder):
  """Returns a running server with a certificate of its own."""
  key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
  subprocess.run(
      ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
       "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert,
       "-days", "2", "-subj", "/CN=postern.test"],
      check=True, stderr=subprocess.DEVNULL)
  server = Server(("127.0.0.1", 0), Handler)
  server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  server.context.load_cert_chain(cert, key)
  threading.Thread(target=server.serve_forever, daemon=True).start()
  return server


class Postern:
  """The program under test."""

  def __init__(self, binary, folder):
    self.binary = binary
    self.folder = folder

  def run(self, *arguments):
    done = subprocess.run([self.binary, "csp", *arguments, "--json"],
                          capture_output=True, text=True, check=False)
    if done.returncode == 2:
      raise RuntimeError(done.stderr)
    return json.loads(done.stdout)

  def file(self, name, text):
    path = os.path.join(self.folder, name)
    with open(path, "w", encoding="ascii") as out:
      out.write(text)
    return path

  def merge(self, case):
    if "header" in case:
      return case["header"]  # as it stands: what no author may write
    admin = ""
    for number, grant in enumerate(case.get("grants", [])):
      admin += "[grant app%d]\n%s\n" % (number, grant.replace("; ", "\n"))
    if "ceiling" in case:
      admin += "[ceiling]\n%s\n" % case["ceiling"].replace("; ", "\n")
    merged = self.run(
        "merge", "--base",
        self.file("base.csp", case["base"].replace("; ", "\n") + "\n"),
        "--admin", self.file("admin.csp", admin), "--self", case["self"])
    return merged["all"]["header"]

  def explain(self, header, case, load):
    # The probe is a script that inserts elements.
    arguments = ["explain", "--header", header, "--self", case["self"],
                 "--inserted"]
    if load.get("redirect"):
      arguments.append("--redirected")
    if load.get("nonce"):
      arguments += ["--nonce", load["nonce"]]
    answer = self.run(*arguments, load["directive"], load["url"])
    return {one["dialect"]: "allow" if one["allowed"] else "block"
            for one in answer["dialects"]}


def expand(cases):
  """A load is "directive url", or an object."""
  for case in cases:
    case.setdefault("self", "http://example.test")
    loads = []
    for load in case["loads"]:
      if isinstance(load, str):
        directive, url = load.split(" ")
        load = {"directive": directive, "url": url}
      loads.append(load)
    case["loads"] = loads
  return cases


def try_load(browser, load):
  url = load["url"]
  if load.get("redirect"):
    url = load["redirect"] + "?redirect-to=" + url
  return browser.evaluate("%s(%s, %s, %s)" % (
      PROBE, json.dumps(load["directive"]), json.dumps(url),
      json.dumps(load.get("nonce", ""))))


def run(arguments, folder):
  with open(arguments.cases, encoding="ascii") as file:
    cases = expand(json.load(file))
  server = start_server(folder)
  postern = Postern(arguments.postern, folder)
  browser = Browser(arguments.chromium, server.server_address[1], folder)
  passed = failed = differing = 0
  policies = set()
  try:
    for case in cases:
      header = postern.merge(case)
      if "base" in case:
        policies.add(header)
      server.header = header
      browser.open(case["self"] + "/postern-test-page")
      for load in case["loads"]:
        want = postern.explain(header, case, load)
        got = try_load(browser, load)
        differing += want["specification"] != want["chromium"]
        if got == want["chromium"]:
          passed += 1
          continue
        failed += 1
        print("disagrees: %s | page %s | %s %s%s: the browser says %s, "
              "postern %s (specification %s)" % (
                  header, case["self"], load["directive"], load["url"],
                  " by redirect" if load.get("redirect") else "", got,
                  want["chromium"], want["specification"]))
  finally:
    browser.close()
  print("%s: %d merged policies, %d loads, %d where the specification says "
        "otherwise" % (browser.version, len(policies), passed + failed,
                       differing))
  print("%d passed, %d failed" % (passed, failed))
  return failed == 0 and len(policies) >= 60


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("--postern", required=True)
  parser.add_argument("--chromium", default="chromium")
  parser.add_argument("--cases", default=os.path.join(
      os.path.dirname(os.path.abspath(__file__)), "csp_cases.json"))
  arguments = parser.parse_args()
  folder = tempfile.mkdtemp(prefix="postern-browser-")
  try:
    return 0 if run(arguments, folder) else 1
  finally:
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
  sys.exit(main())
