// Every value that a script can reach without being granted anything, against
// the list in reachable.golden: what is not on the list has not been thought
// about (CVE-2023-32558, CVE-2023-30586, CVE-2026-21715). And the other way
// round: each global of Duktape's has a row, or is one that is taken away.

#include <duktape.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "tests/bindings/duktape/script_runner.h"

namespace postern {
namespace duktape {
namespace {

// Walks own properties and prototypes, from the global object and from what
// syntax makes. It prints a line for each name: "Array.prototype.map function".
constexpr char kWalk[] = R"js(
(function () {
  var seen = [], lines = [];
  var names = Object.getOwnPropertyNames, proto = Object.getPrototypeOf;
  var symbols = Object.getOwnPropertySymbols;
  var describe = Object.getOwnPropertyDescriptor;
  function visit(name, value) {
    var kind = value === null ? 'null' : typeof value;
    lines.push(name + ' ' + kind);
    if (kind !== 'object' && kind !== 'function' || value === null) return;
    if (seen.indexOf(value) >= 0) return;
    seen.push(value);
    names(value).concat(symbols ? symbols(value) : []).forEach(function (key) {
      if (typeof value === 'function' && (key === 'length' || key === 'name'))
        return;
      var inside = name + '.' + String(key), what = describe(value, key);
      if ('value' in what) return visit(inside, what.value);
      if (what.get) visit(inside + '<get>', what.get);
      if (what.set) visit(inside + '<set>', what.set);
    });
    if (seen.indexOf(proto(value)) < 0) {
      visit(name + '<prototype>', proto(value));
    }
  }
  // What several names lead to gets the one that is walked first.
  ['Object', 'Function', 'Array', 'String', 'Boolean', 'Number', 'Date',
   'RegExp', 'Error'].forEach(function (name) {
    visit(name, globalThis[name]);
  });
  seen.push(globalThis);
  names(globalThis).sort().forEach(function (name) {
    visit(name, globalThis[name]);
  });
  visit('<global>', proto(globalThis));
  visit('<function>', function f() {});
  visit('<arguments>', (function () { return arguments; })());
  visit('<regexp>', /a/);
  try { null.x } catch (e) { visit('<error>', e); }
  try { fs.readFile('/x') } catch (e) { visit('<denial>', e); }
  lines.sort();
  print(lines.join('\n'));
})();
)js";

std::set<std::string> Lines(std::istream& stream) {
  std::set<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line[0] != '#') lines.insert(line);
  }
  return lines;
}

TEST(ReachableTest, EveryValueHasARow) {
  const Rights rights({}, "/");
  host::Catalog catalog;
  ScriptOptions options;
  options.source = kWalk;
  const ScriptResult result = RunScript(rights.context(), catalog, options);
  ASSERT_EQ(result.outcome, ScriptResult::Outcome::kFinished) << result.message;
  std::istringstream output(result.output);
  const std::set<std::string> reachable = Lines(output);
  std::ifstream file("tests/bindings/duktape/reachable.golden");
  const std::set<std::string> golden = Lines(file);
  EXPECT_GT(golden.size(), 400u);
  for (const std::string& value : reachable) {
    EXPECT_EQ(golden.count(value), 1u) << value << " has no row";
  }
  for (const std::string& row : golden) {
    EXPECT_EQ(reachable.count(row), 1u) << row << " is not there any more";
  }
  const char* const print = std::getenv("POSTERN_PRINT_REACHABLE");
  if (print != nullptr) std::ofstream(print) << result.output;
}

TEST(ReachableTest, EveryGlobalOfDuktapeIsKnown) {
  // Taken away, or guarded by a function of ours with the same name.
  const std::set<std::string> other = {"Buffer", "Duktape", "Function", "eval"};
  std::ifstream file("tests/bindings/duktape/reachable.golden");
  const std::set<std::string> golden = Lines(file);
  duk_context* const ctx = duk_create_heap_default();
  ASSERT_EQ(duk_peval_string(
                ctx, "Object.getOwnPropertyNames(globalThis).join('\\n')"),
            0);
  std::istringstream output(duk_get_string(ctx, -1));
  for (const std::string& name : Lines(output)) {
    const auto row = golden.lower_bound(name + " ");
    const bool has_row = row != golden.end() &&
                         row->compare(0, name.size() + 1, name + " ") == 0;
    EXPECT_TRUE(has_row || other.count(name) == 1) << name << " has no row";
  }
  duk_destroy_heap(ctx);
}

}  // namespace
}  // namespace duktape
}  // namespace postern
