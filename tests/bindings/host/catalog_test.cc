#include "bindings/host/catalog.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace postern {
namespace host {
namespace {

PluginFunction Function(const std::string& name,
                        std::vector<std::string> parameters) {
  PluginFunction function;
  function.name = name;
  function.parameters = std::move(parameters);
  function.handler = [](const PluginCall&) -> absl::StatusOr<Value> {
    return Value();
  };
  return function;
}

Plugin NewPlugin(const std::string& id, std::vector<PluginFunction> functions) {
  Plugin plugin;
  plugin.id = id;
  plugin.functions = std::move(functions);
  return plugin;
}

TEST(CatalogTest, FindsWhatWasAdded) {
  Catalog catalog;
  ASSERT_TRUE(catalog.Add(NewPlugin("exec.in", {Function("run", {})})).ok());
  EXPECT_NE(catalog.Find("exec.in"), nullptr);
  EXPECT_EQ(catalog.Find("exec"), nullptr);
  EXPECT_EQ(catalog.Find("exec.in.run"), nullptr);
  EXPECT_EQ(catalog.plugins().size(), 1u);
}

TEST(CatalogTest, RefusesWhatCouldNotBeNamedOrCalled) {
  Catalog catalog;
  ASSERT_TRUE(catalog.Add(NewPlugin("a", {})).ok());
  PluginFunction empty = Function("f", {});
  empty.handler = nullptr;
  const Plugin kCases[] = {
      NewPlugin("", {}),
      NewPlugin("a", {}),
      NewPlugin("a.", {}),
      NewPlugin("a..b", {}),
      NewPlugin("a/b", {}),
      NewPlugin("1a", {}),
      NewPlugin(std::string("a\0b", 3), {}),
      NewPlugin(std::string(300, 'a'), {}),
      NewPlugin("b", {empty}),
      NewPlugin("b", {Function("", {})}),
      NewPlugin("b", {Function("f.g", {})}),
      NewPlugin("b", {Function("f", {}), Function("f", {})}),
      NewPlugin("b", {Function("f", {"x", "x"})}),
      NewPlugin("b", {Function("f", {""})}),
      NewPlugin("b", {Function("f", {"*x", "y"})}),
      NewPlugin("b", {Function("f", {"x", "*x"})}),
      NewPlugin("b", {Function("f", {"*"})}),
  };
  for (const Plugin& plugin : kCases) {
    EXPECT_EQ(catalog.Add(plugin).code(), absl::StatusCode::kInvalidArgument)
        << plugin.id;
  }
  EXPECT_EQ(catalog.plugins().size(), 1u);
}

std::string Bound(const std::vector<std::string>& parameters,
                  const std::vector<std::string>& positional,
                  const std::vector<std::string>& names) {
  std::vector<Value> args;
  for (const std::string& text : positional) args.push_back(Value::Bytes(text));
  std::vector<NamedValue> named;
  for (const std::string& name : names) {
    named.push_back({name, Value::Bytes("=" + name)});
  }
  const size_t before = args.size();
  if (!BindByName(parameters, named, &args)) {
    EXPECT_EQ(args.size(), before);
    return "no";
  }
  std::string out;
  for (const Value& arg : args) {
    out += (arg.text() == nullptr ? "?" : *arg.text()) + ";";
  }
  return out;
}

TEST(BindByNameTest, PutsNamesAtTheirPositions) {
  const std::vector<std::string> kFunction = {"a", "b", "*rest"};
  EXPECT_EQ(Bound(kFunction, {}, {"a", "b"}), "=a;=b;");
  EXPECT_EQ(Bound(kFunction, {}, {"b", "a"}), "=a;=b;");
  EXPECT_EQ(Bound(kFunction, {}, {"b"}), "?;=b;");
  EXPECT_EQ(Bound(kFunction, {"x"}, {"b"}), "x;=b;");
  EXPECT_EQ(Bound(kFunction, {"x", "y", "z"}, {}), "x;y;z;");
  EXPECT_EQ(Bound(kFunction, {}, {}), "");
  EXPECT_EQ(Bound(kFunction, {"x"}, {"a"}), "no");
  EXPECT_EQ(Bound(kFunction, {}, {"a", "a"}), "no");
  EXPECT_EQ(Bound(kFunction, {}, {"rest"}), "no");
  EXPECT_EQ(Bound(kFunction, {}, {"*rest"}), "no");
  EXPECT_EQ(Bound(kFunction, {}, {"A"}), "no");
  EXPECT_EQ(Bound({}, {}, {"a"}), "no");
}

}  // namespace
}  // namespace host
}  // namespace postern
