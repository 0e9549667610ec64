"""Looks at the pages of `postern show --html` in a real browser.

  page_browser.py --postern BINARY [--chromium PROGRAM] [--screenshot FILE]

Tries that a page loads nothing and reports no error, that search finds, that it
is read without script, in the dark, on paper, on a narrow screen and by
keyboard, that text and background differ enough (WCAG 2.1, 1.4.3), and that
names in it are text whatever they say. Prints a line per failure and last
"N passed, N failed". With --screenshot nothing is tried: the picture for the
docs is written.
"""

import argparse
import base64
import os
import shutil
import subprocess
import sys
import tempfile

from browser import Browser

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")
POLICIES = ["notes.textproto", "site.textproto"]

# For the text format of protobuf: escapes are those of C.
HOSTILE = [
    r"</script><img src=x onerror=alert(1)>",
    r"'\"><script>alert(1)</script><style>*{display:none}</style>",
    r"</title></main><iframe srcdoc='<script>alert(1)</script>'>",
    r"safe\342\200\256txt.exe\342\201\246",
    r"one\001 bell\007 &lt;b&gt;",
]

VISIBLE = """
[...document.querySelectorAll('li.item')].filter(
    (node) => node.offsetHeight > 0 && !node.querySelector('li.item')).map(
    (node) => node.querySelector('.row').textContent.toLowerCase())
"""

# The least contrast of any text that can be seen, and the text.
CONTRAST = """
(() => {
  const parse = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = (color) => {
    const [r, g, b] = color.slice(0, 3).map((c) => {
      c /= 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  let least = [99, ''];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || node.tagName === 'SCRIPT' ||
        !node.offsetHeight) continue;
    const a = light(parse(getComputedStyle(node).color));
    const b = light(behind(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < least[0]) least = [ratio, walker.currentNode.data];
  }
  return least;
})()
"""


class Checks:
  """Counts, and tells of failures."""

  def __init__(self):
    self.passed = self.failed = 0

  def expect(self, what, holds, got=""):
    self.passed += bool(holds)
    self.failed += not holds
    if not holds:
      print("FAILED: %s: %s" % (what, got))

  def equal(self, what, got, want):
    self.expect(what, got == want, "got %r, want %r" % (got, want))


def make_page(arguments, folder, name, *words):
  file = os.path.join(folder, name)
  subprocess.run([arguments.postern, "show", "--html", file] + list(words),
                 check=True, cwd=HERE, stderr=subprocess.DEVNULL)
  return "file://" + file


def hostile_policy(folder):
  rules = "".join(
      '  rules { allow: "env.read" pattern: "V%d" reason: "%s" }\n'
      '  rules { allow: "fs.read" pattern: "/srv/%s" }\n' %
      (i, text, text.replace("*", "x").replace(
          "{", "(").replace("}", ")"))
      for i, text in enumerate(HOSTILE))
  file = os.path.join(folder, "<img src=x onerror=alert(1)>.textproto")
  with open(file, "w", encoding="ascii") as out:
    out.write('version: 1\nlayers {\n  name: "%s"\n%s}\n' % (HOSTILE[0], rules))
  return file


def emulate(browser, **features):
  browser.page("Emulation.setEmulatedMedia", {
      "media": features.pop("media", ""),
      "features": [{"name": name.replace("_", "-"), "value": value}
                   for name, value in features.items()]})


def press(browser, key, text="", code=0):
  for kind in ["keyDown", "keyUp"]:
    event = {"type": kind, "key": key, "windowsVirtualKeyCode": code}
    if kind == "keyDown" and text:
      event["text"] = text
    browser.page("Input.dispatchKeyEvent", event)


def complaints(browser):
  """What went to the console, and what was asked for, but the page itself."""
  told = []
  for event in browser.events:
    params = event["params"]
    if event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded",
                           "Runtime.consoleAPICalled",
                           "Page.javascriptDialogOpening"):
      told.append(str(params))
    elif event["method"] == "Network.requestWillBeSent" and (
        params["type"] != "Document" or not params["documentURL"] ==
        params["request"]["url"]):
      told.append(params["request"]["url"])
  return told


def type_words(browser, words):
  browser.evaluate("(words.value = %r, words.dispatchEvent(new Event('input')))"
                   % words)


def try_search(browser, checks):
  every = len(browser.evaluate(VISIBLE))
  checks.expect("there are rules", every > 10, every)
  checks.expect("the search field is there", browser.evaluate(
      "document.getElementById('find').offsetHeight") > 20)
  type_words(browser, "keys FS")
  found = browser.evaluate(VISIBLE)
  checks.expect("search finds words in any case, and only them",
                found and all("keys" in row and "fs" in row for row in found),
                found)
  checks.expect("it says how many", browser.evaluate(
      "found.textContent").startswith("4 of "),
                browser.evaluate("found.textContent"))
  type_words(browser, "no such thing")
  checks.equal("what is nowhere is not found", browser.evaluate(VISIBLE), [])
  type_words(browser, "")
  checks.equal("without words all is there again",
               len(browser.evaluate(VISIBLE)), every)
  browser.evaluate("document.querySelector('button[data-says=ask]').click()")
  found = browser.evaluate(VISIBLE)
  checks.expect("an effect alone", found and all(
      row.startswith("ask") for row in found), found)
  browser.evaluate("document.querySelector('button[data-says=ask]').click()")


def try_keyboard(browser, checks):
  browser.evaluate("document.activeElement.blur()")
  press(browser, "/", "/", 191)
  checks.equal("the slash leads to the search field",
               browser.evaluate("document.activeElement.id"), "words")
  press(browser, "k", "k", 75)
  checks.equal("which takes what is typed",
               browser.evaluate("words.value"), "k")
  press(browser, "Escape", code=27)
  checks.equal("Escape empties it", browser.evaluate("words.value"), "")
  browser.evaluate("document.activeElement.blur()")
  reached = []
  for _ in range(60):
    press(browser, "Tab", code=9)
    reached.append(browser.evaluate("document.activeElement.tagName"))
  checks.expect("links, fields and parts are reached",
                {"A", "INPUT", "BUTTON", "SUMMARY"} <= set(reached), reached)


def try_looks(browser, checks):
  backs = []
  for scheme in ["light", "dark"]:
    emulate(browser, prefers_color_scheme=scheme)
    backs.append(browser.evaluate(
        "getComputedStyle(document.body).backgroundColor"))
    least = browser.evaluate(CONTRAST)
    checks.expect("contrast, " + scheme, least[0] >= 4.5, least)
  checks.expect("dark is dark", backs[0] != backs[1], backs)
  emulate(browser, media="print")
  checks.equal("no search on paper", browser.evaluate(
      "document.getElementById('find').offsetHeight"), 0)
  emulate(browser)
  browser.page("Emulation.setDeviceMetricsOverride", {
      "width": 340, "height": 700, "deviceScaleFactor": 1, "mobile": False})
  checks.expect("fits a narrow screen", browser.evaluate(
      "document.documentElement.scrollWidth <= innerWidth"))
  browser.page("Emulation.clearDeviceMetricsOverride")


def try_structure(browser, checks):
  levels = browser.evaluate(
      "[...document.querySelectorAll('h1,h2,h3,h4')].map(n => +n.tagName[1])")
  checks.equal("one first heading", levels.count(1), 1)
  checks.expect("headings leave out no level", all(
      b <= a + 1 for a, b in zip(levels, levels[1:])), levels)
  checks.expect("landmarks", browser.evaluate(
      "['header', 'main', 'footer'].every(n => document.querySelector(n))"))
  checks.expect("links lead somewhere", browser.evaluate(
      "[...document.links].every(a => document.querySelector(a.hash))"))
  checks.expect("parts have names", browser.evaluate(
      "[...document.querySelectorAll('section')].every(s => document"
      ".getElementById(s.getAttribute('aria-labelledby')).textContent)"))


def try_no_script(browser, checks, url):
  browser.page("Emulation.setScriptExecutionDisabled", {"value": True})
  browser.open(url)
  text = browser.evaluate("document.body.innerText")
  for want in ["${NOTES}/drafts", "drafts are saved as you type",
               "notes.textproto:6:3", "What is denied", "10.0.0.0/8"]:
    checks.expect("without script: " + want, want in text)
  checks.equal("without script there is no search", browser.evaluate(
      "document.getElementById('find').offsetHeight"), 0)
  browser.page("Emulation.setScriptExecutionDisabled", {"value": False})


def try_hostile(browser, checks, url):
  browser.open(url)
  checks.equal("hostile names do nothing", complaints(browser), [])
  checks.equal("hostile names make no elements", browser.evaluate(
      "document.querySelectorAll('img, iframe, svg').length"), 0)
  checks.equal("one script and one style", browser.evaluate(
      "document.querySelectorAll('script, style').length"), 2)
  text = browser.evaluate("document.body.textContent")
  for want in ["<img src=x onerror=alert(1)>", "\\u{202e}", "\\u{1}",
               "&lt;b&gt;"]:
    checks.expect("hostile names are shown: " + want, want in text)
  browser.evaluate("""
      document.body.appendChild(Object.assign(
          document.createElement('script'), {textContent: 'window.got = 1'}));
      document.body.appendChild(Object.assign(
          new Image(), {src: 'https://a.test/x.png'})); 1""")
  checks.equal("the page allows no other script",
               browser.evaluate("String(window.got)"), "undefined")
  checks.equal("and no picture", [
      event for event in browser.events
      if event["method"] == "Network.responseReceived" and
      event["params"]["type"] == "Image"], [])


def run(arguments, folder):
  checks = Checks()
  url = make_page(arguments, folder, "page.html", *POLICIES)
  hostile = make_page(arguments, folder, "hostile.html", hostile_policy(folder))
  browser = Browser(arguments.chromium, 9, folder)
  try:
    for domain in ["Runtime", "Log", "Network"]:
      browser.page(domain + ".enable")
    browser.open(url)
    checks.equal("no errors, no requests", complaints(browser), [])
    try_structure(browser, checks)
    try_search(browser, checks)
    try_keyboard(browser, checks)
    try_looks(browser, checks)
    checks.equal("no errors until the end", complaints(browser), [])
    try_no_script(browser, checks, url)
    try_hostile(browser, checks, hostile)
  finally:
    browser.close()
  print("%s: pages of show --html" % browser.version)
  print("%d passed, %d failed" % (checks.passed, checks.failed))
  return checks.failed == 0


def take_screenshot(arguments, folder):
  url = make_page(arguments, folder, "page.html", *POLICIES)
  browser = Browser(arguments.chromium, 9, folder)
  try:
    browser.page("Emulation.setDeviceMetricsOverride", {
        "width": arguments.width, "height": arguments.height,
        "deviceScaleFactor": 1, "mobile": False})
    browser.page("Emulation.setScrollbarsHidden", {"hidden": True})
    emulate(browser, prefers_color_scheme=arguments.scheme)
    browser.open(url)
    picture = browser.page("Page.captureScreenshot", {"format": "png"})["data"]
  finally:
    browser.close()
  with open(arguments.screenshot, "wb") as out:
    out.write(base64.b64decode(picture))
  return True


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument("--postern", required=True)
  parser.add_argument("--chromium", default="chromium")
  parser.add_argument("--screenshot")
  parser.add_argument("--scheme", default="light", choices=["light", "dark"])
  parser.add_argument("--width", type=int, default=960)
  parser.add_argument("--height", type=int, default=1225)
  arguments = parser.parse_args()
  arguments.postern = os.path.abspath(arguments.postern)
  folder = tempfile.mkdtemp(prefix="postern-page-")
  try:
    work = take_screenshot if arguments.screenshot else run
    return 0 if work(arguments, folder) else 1
  finally:
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
  sys.exit(main())
