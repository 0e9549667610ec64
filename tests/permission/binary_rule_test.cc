#include "permission/proto/binary_rule.h"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "permission/proto/form.h"
#include "permission/proto/message_filler.h"
#include "permission/proto/policy.pb.h"
#include "permission/proto/policy_proto.h"
#include "permission/proto/read_message.h"
#include "tests/amount.h"

namespace postern {
namespace {

// A varint of at least `width` bytes, as wide ones are legal too.
std::string Varint(uint64_t value, size_t width = 1) {
  std::string out;
  while (value >= 0x80 || out.size() + 1 < width) {
    out.push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
  return out;
}

std::string Delimited(int field, absl::string_view text, size_t width = 1) {
  return Varint(static_cast<uint64_t>(field) << 3 | 2) +
         Varint(text.size(), width) + std::string(text);
}

// A policy of one layer with this rule.
std::string PolicyOf(absl::string_view rule) {
  const std::string layer = Delimited(v1::Layer::kNameFieldNumber, "l") +
                            Delimited(v1::Layer::kRulesFieldNumber, rule);
  return std::string("\x08\x01") +
         Delimited(v1::Policy::kLayersFieldNumber, layer);
}

std::string Read(absl::string_view policy) {
  const absl::StatusOr<PolicySpec> spec = ParsePolicyBinary(policy, "f");
  if (!spec.ok()) return std::string("refused");
  const absl::StatusOr<std::string> text = PolicySpecToText(*spec);
  return text.ok() ? *text : text.status().ToString();
}

struct Field {
  int number;
  std::string text;
};

// Wide lengths are not what most rules look like.
std::string Encode(const std::vector<Field>& fields, size_t width) {
  std::string rule;
  for (const Field& field : fields) {
    rule += Delimited(field.number, field.text, width);
  }
  return rule;
}

std::vector<Field> RandomFields(std::mt19937_64* random) {
  const std::string kTexts[] = {"fs.read",
                                "fs",
                                "all",
                                "env.read",
                                "bogus",
                                "",
                                "/a/**",
                                "\xc3\xa4",
                                "\xff",
                                std::string("a\0b", 3),
                                "2031-12-31T18:00:00Z",
                                std::string(200, 'x'),
                                std::string(20000, 'y'),
                                Delimited(1, "p.f")};
  // Most rules have a permission, and a pattern or a reason.
  const int kUsual[] = {v1::Rule::kAllowFieldNumber, v1::Rule::kDenyFieldNumber,
                        v1::Rule::kPatternFieldNumber,
                        v1::Rule::kReasonFieldNumber};
  std::vector<Field> fields;
  for (uint64_t n = (*random)() % 5; n > 0; --n) {
    const int number = (*random)() % 3 != 0
                           ? kUsual[(*random)() % 4]
                           : static_cast<int>((*random)() % 18 + 1);
    const size_t texts = number <= 3 && (*random)() % 4 != 0 ? 4 : 14;
    fields.push_back({number, kTexts[(*random)() % texts]});
  }
  return fields;
}

TEST(PlainBinaryRuleTest, IsReadAsTheStrictReaderReadsIt) {
  std::mt19937_64 random(5);
  const int64_t cases = testing::AmountOf({40000, 4000, 3000000});
  int64_t plain = 0;
  for (int64_t i = 0; i < cases; ++i) {
    const std::vector<Field> fields = RandomFields(&random);
    const std::string narrow = Encode(fields, 1), wide = Encode(fields, 3);
    Rule rule;
    if (ReadPlainBinaryRule(narrow, &rule)) ++plain;
    ASSERT_TRUE(fields.empty() || !ReadPlainBinaryRule(wide, &rule));
    ASSERT_EQ(Read(PolicyOf(narrow)), Read(PolicyOf(wide)))
        << absl::CHexEscape(narrow);
  }
  EXPECT_GT(plain, cases / 10);
}

// What only the form's readers know of is none of its concern.
class Approving final : public MessageVisitor {
 public:
  absl::Status OnString(const google::protobuf::FieldDescriptor&,
                        const std::string&, size_t) override {
    return absl::OkStatus();
  }
  absl::Status OnNumber(const google::protobuf::FieldDescriptor&,
                        uint32_t) override {
    return absl::OkStatus();
  }
  absl::Status OnMessage(const google::protobuf::Message&, size_t) override {
    return absl::OkStatus();
  }
};

TEST(PlainBinaryRuleTest, IsWellFormed) {
  std::mt19937_64 random(6);
  const int64_t cases = testing::AmountOf({100000, 10000, 5000000});
  int64_t plain = 0;
  for (int64_t i = 0; i < cases; ++i) {
    std::string bytes = Encode(RandomFields(&random), 1);
    if (bytes.size() > 1000) continue;
    for (uint64_t n = random() % 3; n > 0 && !bytes.empty(); --n) {
      const size_t at = random() % bytes.size();
      if (random() % 3 == 0) {
        bytes.erase(at, random() % 4);
      } else {
        bytes[at] = static_cast<char>(random());
      }
    }
    Rule rule;
    if (!ReadPlainBinaryRule(bytes, &rule)) continue;
    ++plain;
    v1::Rule root;
    Approving visitor;
    const absl::Status status =
        ReadMessage({FileForm::kBinary, bytes, "f"}, 1 << 20, &root, &visitor);
    ASSERT_TRUE(status.ok()) << status << " " << absl::CHexEscape(bytes);
  }
  EXPECT_GT(plain, cases / 100);
}

TEST(PlainBinaryRuleTest, CountsAmongTheRules) {
  const std::string rule = Delimited(v1::Rule::kAllowFieldNumber, "fs");
  const std::string layer = Delimited(v1::Layer::kNameFieldNumber, "l") +
                            Delimited(v1::Layer::kRulesFieldNumber, rule) +
                            Delimited(v1::Layer::kRulesFieldNumber, rule);
  const std::string policy = std::string("\x08\x01") +
                             Delimited(v1::Policy::kLayersFieldNumber, layer);
  ReadLimits limits;
  limits.max_rules = 2;
  EXPECT_TRUE(ParsePolicyBinary(policy, "f", limits).ok());
  limits.max_rules = 1;
  EXPECT_EQ(ParsePolicyBinary(policy, "f", limits).status().message(),
            "f: byte 13: too many rules, expected at most 1");
}

}  // namespace
}  // namespace postern
