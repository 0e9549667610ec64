"""Builds all mutants of a small program and runs each."""

import collections
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, "tools")
import mutant_sites  # noqa: E402

# Its output depends on everything that can be changed in it.
PROGRAM = r"""
#include <cstdio>
enum class Kind { kSmall, kLarge, kHuge };
struct Pair { int first = 0; int second = 0; };
constexpr bool Never(int a) { return a < 3 && a > 5; }
void Print(const char* text) { std::puts(text); }
bool Small(int a) {
  if (a < 3) return true;
  return false;
}
bool Between(int a, int b) {
  if (a == 7) {
    return false;
  }
  return a > 2 && (b >= 4 || a == 5);
}
const char* Name(Kind kind) {
  switch (kind) {
    case Kind::kSmall:
      return "small";
    case Kind::kLarge:
    case Kind::kHuge:
      return "large";
  }
  return "";
}
int main() {
  Pair pair;
  pair.first = 2;
  pair.second += 4;
  Print(Small(2) ? "yes" : "no");
  for (int a = 2; a < 9; ++a) {
    for (int b = 3; b < 6; ++b) std::putchar(Between(a, b) ? '1' : '0');
    if (Small(a)) Print("s"); else Print("l");
  }
  static_assert(!Never(4), "");
  std::printf("%d %d %s %s %s\n", pair.first, pair.second, Name(Kind::kSmall),
              Name(Kind::kLarge), Name(Kind::kHuge));
}
"""


class MutantSitesTest(unittest.TestCase):

  def setUp(self):
    self.folder = tempfile.TemporaryDirectory()
    self.addCleanup(self.folder.cleanup)
    self.path = os.path.join(self.folder.name, "program.cc")
    with open(self.path, "w", encoding="utf-8") as file:
      file.write(PROGRAM)
    self.finder = mutant_sites.Finder(self.path, [])

  def build(self, sites):
    source = os.path.join(self.folder.name, "mutants.cc")
    program = os.path.join(self.folder.name, "mutants")
    with open(source, "wb") as file:
      file.write(mutant_sites.mutate(self.finder.source, sites))
    subprocess.run(["g++", "-std=c++17", "-w", "-o", program, source],
                   check=True)
    return program

  def output(self, program, number):
    done = subprocess.run([program], stdout=subprocess.PIPE, timeout=20,
                          env={"POSTERN_MUTANT": str(number)})
    return done.stdout

  def test_half_a_program_is_no_sample(self):
    with open(self.path, "a", encoding="utf-8") as file:
      file.write('#include "generated.pb.h"\n')
    with self.assertRaisesRegex(mutant_sites.Unreadable, "generated.pb.h"):
      mutant_sites.Finder(self.path, [])

  def test_finds_each_kind_of_mistake(self):
    kinds = collections.Counter(site.what for site in self.finder.sites)
    self.assertEqual(kinds["early return never taken"], 2)
    self.assertEqual(kinds['"<" read as "<="'], 3)
    self.assertEqual(kinds['left operand of "&&" left out'], 1)
    self.assertEqual(kinds['right operand of "||" left out'], 1)
    self.assertEqual(kinds["assignment left out"], 2)
    self.assertEqual(kinds["call left out"], 5)
    self.assertEqual(kinds["returns true"], 2)
    for case in "kSmall", "kLarge", "kHuge":
      self.assertEqual(kinds[f"case Kind::{case} gone"], 1)
    self.assertGreaterEqual(kinds["condition turned"], 3)

  def test_each_makes_a_difference_and_none_is_the_original(self):
    sites = list(enumerate(self.finder.sites, 1))
    original = self.output(self.build([]), 0)
    program = self.build(sites)
    self.assertEqual(self.output(program, 0), original)
    for number, site in sites:
      self.assertNotEqual(self.output(program, number), original,
                          f"line {site.line}: {site.what}")

  def test_what_is_compiled_is_left_alone(self):
    line = PROGRAM[:PROGRAM.index("constexpr bool Never")].count("\n") + 1
    self.assertNotIn(line, [site.line for site in self.finder.sites])


if __name__ == "__main__":
  unittest.main()
