#include "bindings/cli/question_json.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bindings/cli/suggestion.h"
#include "permission/analysis/access_question.h"
#include "permission/proto/json_events.h"
#include "permission/text/display.h"
#include "permission/text/literal.h"
#include "rapidjson/document.h"

namespace postern {
namespace cli {
namespace {

using rapidjson::Value;

absl::Status Invalid(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

std::string Text(const Value& value) {
  return std::string(value.GetString(), value.GetStringLength());
}

// One parse of one line.
class QuestionReader {
 public:
  explicit QuestionReader(std::string* id) : id_(*id) {}

  absl::StatusOr<Question> Read(const Value& root) {
    if (!root.IsObject()) {
      return Invalid("expected an object, as {\"permission\": \"fs.read\"}");
    }
    absl::Status status;
    for (const auto& member : root.GetObject()) {
      const absl::Status one = Take(Text(member.name), member.value);
      if (status.ok()) status = one;
    }
    if (!status.ok()) return status;
    if (permission_.empty()) {
      return Invalid("no \"permission\", expected one as \"fs.read\"");
    }
    absl::StatusOr<std::unique_ptr<AccessQuestion>> asked =
        AccessQuestion::Read(permission_, std::move(words_),
                             subtree_ ? AccessQuestion::Extent::kSubtree
                                      : AccessQuestion::Extent::kOne);
    if (!asked.ok()) return asked.status();
    return WithResolved(*std::move(asked), resolved_);
  }

 private:
  absl::Status Take(const std::string& name, const Value& value) {
    for (const std::string& one : taken_) {
      if (one != name) continue;
      return Invalid(absl::StrCat("member ", internal::QuoteForDisplay(name),
                                  " is given twice, expected it once"));
    }
    taken_.push_back(name);
    if (name == "permission") return TakePermission(value);
    if (name == "resource") return TakeResource(value);
    if (name == "subtree") return TakeSubtree(value);
    if (name == "resolved") return TakeResolved(value);
    if (name == "id") return TakeId(value);
    const std::vector<std::string> known = {"permission", "resource", "subtree",
                                            "resolved", "id"};
    return Invalid(absl::StrCat(
        "unknown member ", internal::QuoteForDisplay(name.substr(0, 64)),
        Suggestion(name, known),
        ", expected one of permission, resource, subtree, resolved, id"));
  }

  absl::Status TakePermission(const Value& value) {
    if (!value.IsString()) return Invalid("\"permission\": expected a string");
    permission_ = Text(value);
    return absl::OkStatus();
  }

  absl::Status TakeResource(const Value& value) {
    if (value.IsString()) {
      words_ = {Text(value)};
      return absl::OkStatus();
    }
    bool strings = value.IsArray();
    for (rapidjson::SizeType i = 0; strings && i < value.Size(); ++i) {
      strings = value[i].IsString();
      if (strings) words_.push_back(Text(value[i]));
    }
    return strings ? absl::OkStatus()
                   : Invalid(
                         "\"resource\": expected a string or a list of "
                         "strings");
  }

  absl::Status TakeSubtree(const Value& value) {
    if (!value.IsBool()) return Invalid("\"subtree\": expected true or false");
    subtree_ = value.GetBool();
    return absl::OkStatus();
  }

  absl::Status TakeResolved(const Value& value) {
    if (!value.IsString() || value.GetStringLength() == 0) {
      return Invalid(
          "\"resolved\": expected an address as a string, \"127.0.0.1\"");
    }
    resolved_ = Text(value);
    return absl::OkStatus();
  }

  absl::Status TakeId(const Value& value) {
    if (value.IsString()) {
      id_ = QuoteLiteral(Text(value));
    } else if (value.IsInt64()) {
      id_ = absl::StrCat(value.GetInt64());
    } else {
      return Invalid("\"id\": expected a string or an integer");
    }
    return absl::OkStatus();
  }

  std::string& id_;
  std::vector<std::string> taken_;
  std::string permission_;
  std::vector<std::string> words_;
  std::string resolved_;
  bool subtree_ = false;
};

}  // namespace

absl::StatusOr<Question> ParseJsonQuestion(absl::string_view line,
                                           std::string* id) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  id->clear();
  rapidjson::Document document;
  document.Parse<kFlags>(line.data(), line.size());
  if (document.HasParseError()) {
    return Invalid(
        absl::StrCat("column ", document.GetErrorOffset() + 1, ": ",
                     internal::DescribeJsonError(document.GetParseError())));
  }
  return QuestionReader(id).Read(document);
}

}  // namespace cli
}  // namespace postern
