#include "permission/proto/json_schema.h"

#include <string>

#include "gtest/gtest.h"
#include "permission/proto/policy_proto.h"
#include "permission/testing/random_policy.h"
#include "rapidjson/document.h"
#include "rapidjson/schema.h"

namespace postern {
namespace {

class JsonSchemaTest : public ::testing::Test {
 protected:
  JsonSchemaTest() { parsed_.Parse(PolicyJsonSchema().c_str()); }

  bool Takes(const std::string& json) {
    rapidjson::Document document;
    document.Parse(json.c_str());
    if (document.HasParseError()) return false;
    const rapidjson::SchemaDocument schema(parsed_);
    rapidjson::SchemaValidator validator(schema);
    return document.Accept(validator);
  }

  rapidjson::Document parsed_;
};

TEST_F(JsonSchemaTest, IsJson) { EXPECT_FALSE(parsed_.HasParseError()); }

TEST_F(JsonSchemaTest, TakesWhatIsWritten) {
  testing::RandomPolicy policies(404);
  int taken = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto json = PolicySpecToJson(policies.NextStack().spec);
    if (!json.ok()) continue;  // bytes that no file holds
    if (!ParsePolicyJson(*json, "f").ok()) continue;
    ++taken;
    EXPECT_TRUE(Takes(*json)) << *json;
  }
  EXPECT_GT(taken, 300);
}

TEST_F(JsonSchemaTest, RefusesWhatTheReaderRefuses) {
  const std::string begin = R"({"version": 1, "layers": [{"name": "g", )";
  const std::string cases[] = {
      "[]",
      "{}",
      R"({"version": 2})",
      R"({"version": "1"})",
      R"({"version": 1, "layer": []})",
      R"({"version": 1, "baseDirectory": ""})",
      R"({"version": 1, "layers": [{}]})",
      R"({"version": 1, "variables": [{"value": "x"}]})",
      R"({"version": 1, "signatures": [{"parameters": ["x"]}]})",
      begin + R"("default": "PERHAPS"}]})",
      begin + R"("mode": "MODE_UNSPECIFIED"}]})",
      begin + R"("rules": [{}]}]})",
      begin + R"("rules": [{"allow": []}]}]})",
      begin + R"("rules": [{"allow": ["fs.raed"]}]}]})",
      begin + R"("rules": [{"allow": ["fs"], "deny": ["fs"]}]}]})",
      begin + R"("rules": [{"allow": ["fs"], "pattern": ""}]}]})",
      begin + R"("rules": [{"allow": ["fs"], "uses": 0}]}]})",
      begin + R"("rules": [{"allow": ["fs"], "uses": 4294967296}]}]})",
      begin + R"("rules": [{"allow": ["plugin.call"], "call": {}}]}]})",
      begin + R"("rules": [{"allow": ["secret.use"], "secret": {}}]}]})",
      begin + R"("rules": [{"allow": ["fs"], "pattern": "/a",)"
              R"( "call": {"function": "a.b"}}]}]})",
  };
  for (const std::string& json : cases) {
    EXPECT_FALSE(ParsePolicyJson(json, "f").ok()) << json;
    EXPECT_FALSE(Takes(json)) << json;
  }
  for (const std::string& good :
       {begin + R"("rules": [{"allow": ["fs"], "reason": ""}]}]})",
        begin + R"("rules": [{"deny": ["all", "net", "code.eval"]}]}]})",
        std::string(R"({"version": 1})")}) {
    EXPECT_TRUE(ParsePolicyJson(good, "f").ok()) << good;
    EXPECT_TRUE(Takes(good)) << good;
  }
}

}  // namespace
}  // namespace postern
