"""Counts the test cases of a `bazel test`, and names those that failed.

usage: count_tests.py [--again CONFIG] EVENTS
           (a file of --build_event_json_file)
       count_tests.py --xml FILE...   (of GoogleTest, by --gtest_output)
Prints the names, with --again the line that runs each failed case again with
Bazel's flag CONFIG, and as its last line "PASSED FAILED SKIPPED".
"""

import json
import re
import shlex
import sys
import urllib.parse
import xml.etree.ElementTree as ET


# GoogleTest writes a failure's text as it is, but XML has no such characters.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def count_xml(path):
  """Returns (passed, skipped, names of failed cases) of a test.xml."""
  passed, skipped, failed = 0, 0, []
  with open(path, encoding="utf-8", errors="replace") as file:
    text = NOT_XML.sub("?", file.read())
  # Without the declaration: text that is decoded may not name an encoding.
  for case in ET.fromstring(re.sub(r"^<\?xml[^>]*\?>", "", text)).iter("testcase"):
    name = f"{case.get('classname', '')}.{case.get('name', '')}".lstrip(".")
    if case.find("failure") is not None or case.find("error") is not None:
      failed.append(name)
    elif (case.find("skipped") is not None or case.get("status") == "notrun" or
          case.get("result") == "skipped"):
      skipped += 1
    else:
      passed += 1
  return passed, skipped, failed


def report(passed, skipped, failed):
  for name in sorted(failed):
    print(f"FAILED {name}")
  print(passed, len(failed), skipped)


def count_files(paths):
  """Reports on test.xml files; one that cannot be read is a failure."""
  passed, skipped, failed = 0, 0, []
  for path in paths:
    try:
      cases = count_xml(path)
    except (OSError, ET.ParseError) as error:
      cases = (0, 0, [f"{path}: {error}"])
    passed += cases[0]
    skipped += cases[1]
    failed += cases[2]
  report(passed, skipped, failed)


def again(config, label, name):
  """Returns the command that runs one case again."""
  command = ["bazel", "test", config, label]
  if name:
    command.append(f"--test_filter={name}")
  return "  again: " + " ".join(shlex.quote(word) for word in command)


def main():
  arguments = sys.argv[1:]
  if arguments[0] == "--xml":
    count_files(arguments[1:])
    return
  config = None
  if arguments[0] == "--again":
    config, arguments = arguments[1], arguments[2:]
  passed, skipped, failed = 0, 0, []
  tests = set()  # all test targets that were asked for
  run = set()  # those with a result
  commands = []
  for line in open(arguments[0], encoding="utf-8"):
    event = json.loads(line)
    key = event["id"]
    if "targetConfigured" in key and "configured" in event:
      if event["configured"].get("targetKind", "").endswith("_test rule"):
        tests.add(key["targetConfigured"]["label"])
    if "testResult" not in key or "testResult" not in event:
      continue
    label = key["testResult"]["label"]
    result = event["testResult"]
    run.add(label)
    cases = (0, 0, [])
    for output in result.get("testActionOutput", []):
      if output["name"] == "test.xml":
        url = urllib.parse.urlparse(output["uri"])
        try:
          cases = count_xml(urllib.parse.unquote(url.path))
        except (OSError, ET.ParseError) as error:
          print(f"unreadable test.xml of {label}: {error}")
    ok = result["status"] == "PASSED"
    passed += cases[0] if ok or cases[2] else 0
    skipped += cases[1]
    failed += [f"{label} {name}" for name in cases[2]]
    commands += [again(config, label, name) for name in cases[2]]
    if ok and cases == (0, 0, []):
      passed += 1  # a test that reports no cases counts as one
    if not ok and not cases[2]:
      # For instance a time-out, or a leak found after the last case.
      failed.append(f"{label} ({result['status'].lower()})")
      commands.append(again(config, label, None))
  failed += [f"{label} (not built or not run)" for label in tests - run]
  if config:
    print("\n".join(commands), end="\n" if commands else "")
  report(passed, skipped, failed)


if __name__ == "__main__":
  main()
