#include "permission/analysis/access_question.h"

#include <utility>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "net/endpoint.h"
#include "permission/text/display.h"

namespace postern {
namespace {

// At "/", save after a backslash.
std::vector<std::string> SplitKey(absl::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      parts.back().push_back(text[++i]);
    } else if (text[i] == '/') {
      parts.emplace_back();
    } else {
      parts.back().push_back(text[i]);
    }
  }
  return parts;
}

absl::Status NotKnown(const std::string& permission) {
  const absl::StatusOr<PermissionSet> group = PermissionSet::Parse(permission);
  if (!group.ok()) return group.status();
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", permission, "\" is a group; ask for one permission, as \"",
      permission == "all" ? "fs" : permission, ".",
      permission == "all" || permission == "fs" ? "read" : "...", "\""));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AccessQuestion>> AccessQuestion::Read(
    const std::string& permission, std::vector<std::string> words,
    Extent extent, Naming naming, const std::vector<bool>& verbatim) {
  const absl::optional<Permission> known = ParsePermission(permission);
  if (!known) return NotKnown(permission);
  auto question = absl::WrapUnique(
      new AccessQuestion(*known, std::move(words), extent, naming, verbatim));
  const absl::Status status = question->Fit();
  if (!status.ok()) return status;
  return question;
}

AccessQuestion::AccessQuestion(Permission permission,
                               std::vector<std::string> words, Extent extent,
                               Naming naming, const std::vector<bool>& verbatim)
    : permission_(permission),
      words_(std::move(words)),
      extent_(extent),
      named_words_(words_.size()) {
  const ResourceKind kind = ResourceKindOf(permission_);
  is_path_ = kind == ResourceKind::kPath && !words_.empty();
  if (kind == ResourceKind::kSecret && !words_.empty()) {
    key_ = SplitKey(words_[0]);
    parts_.assign(key_.begin(), key_.end());
  }
  for (size_t i = 1; i < words_.size(); ++i) {
    const bool as_it_is = i < verbatim.size() && verbatim[i];
    AddArgument(i, naming == Naming::kTaken && !as_it_is &&
                       kind == ResourceKind::kCall);
  }
}

void AccessQuestion::AddArgument(size_t number, bool may_be_named) {
  const absl::string_view word = words_[number];
  const size_t equals = word.find('=');
  named_words_[number] =
      may_be_named && equals != word.npos &&
      absl::ascii_isalpha(static_cast<unsigned char>(word[0]));
  if (named_words_[number]) {
    named_.push_back({word.substr(0, equals), {word.substr(equals + 1), true}});
  } else {
    args_.push_back(CallArg{word, true});
  }
}

absl::Status AccessQuestion::Fit() {
  const absl::string_view name = PermissionName(permission_);
  if (extent_ == Extent::kSubtree && !is_path_) {
    return absl::InvalidArgumentError(
        "--subtree goes with a path; give one after fs.read, fs.write, "
        "code.load or device.use");
  }
  const ResourceKind kind = ResourceKindOf(permission_);
  if (words_.size() > 1 && kind != ResourceKind::kCall &&
      kind != ResourceKind::kCommand) {
    return absl::InvalidArgumentError(absl::StrCat(
        "unexpected argument ", internal::QuoteForDisplay(words_[1]), "; ",
        name, " takes one resource"));
  }
  switch (kind) {
    case ResourceKind::kNone:
      if (words_.empty()) break;
      return absl::InvalidArgumentError(
          absl::StrCat(name, " cannot be asked for one resource; leave ",
                       internal::QuoteForDisplay(words_[0]), " out"));
    case ResourceKind::kPath:
    case ResourceKind::kEndpoint:
    case ResourceKind::kHostName:
    case ResourceKind::kName:
    case ResourceKind::kFact:
    case ResourceKind::kModule:
    case ResourceKind::kCall:
    case ResourceKind::kCommand:
    case ResourceKind::kProcess:
    case ResourceKind::kSecret:
      break;
  }
  return absl::OkStatus();
}

Access AccessQuestion::AccessFor(absl::string_view path) const {
  return extent_ == Extent::kSubtree ? Access::Subtree(permission_, path)
                                     : Access::Path(permission_, path);
}

bool AccessQuestion::connects_by_name() const {
  net::Endpoint endpoint;
  net::SyntaxError error;
  return permission_ == Permission::kNetConnect && !words_.empty() &&
         net::Endpoint::Parse(words_[0], &endpoint, &error) &&
         endpoint.kind() == net::Endpoint::Kind::kName;
}

Access AccessQuestion::access() const {
  if (words_.empty()) return Access::Whole(permission_);
  if (is_path_) return AccessFor(path());
  switch (ResourceKindOf(permission_)) {
    case ResourceKind::kCall:
      return Access::Call(CallView{words_[0], args_, named_});
    case ResourceKind::kCommand:
      return Access::Command(words_[0], args_);
    case ResourceKind::kSecret:
      return Access::Secret(permission_, parts_);
    case ResourceKind::kEndpoint:
    case ResourceKind::kHostName:
      return Access::Endpoint(permission_, words_[0]);
    case ResourceKind::kPath:
    case ResourceKind::kName:
    case ResourceKind::kFact:
    case ResourceKind::kModule:
    case ResourceKind::kNone:
    case ResourceKind::kProcess:
      break;
  }
  return Access::Name(permission_, words_[0]);
}

}  // namespace postern
