#include <algorithm>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "net/csp/policy_text.h"

namespace postern {
namespace csp {
namespace {

bool IsNone(const PlacedSource& s) {
  return s.source.kind == SourceKind::kNone;
}

// Joins one text after the other to the first.
class Joiner {
 public:
  Joiner(PolicyText first, std::vector<std::string>* warnings)
      : out_(std::move(first)), warnings_(warnings) {}

  absl::Status Add(const PolicyText& text) {
    out_.more_files.push_back(text.file);
    for (DirectiveValue value : text.policy.directives) {
      MoveTo(static_cast<int>(out_.more_files.size()), &value);
      DirectiveValue* const own = out_.policy.Find(value.directive);
      if (own == nullptr) {
        out_.policy.directives.push_back(std::move(value));
        continue;
      }
      const absl::Status status = Join(std::move(value), own);
      if (!status.ok()) return status;
    }
    return CheckSize();
  }

  PolicyText&& Take() { return std::move(out_); }

 private:
  static void MoveTo(int file, DirectiveValue* value) {
    value->place.file = file;
    for (PlacedSource& s : value->sources) s.place.file = file;
    for (PlacedToken& token : value->tokens) token.place.file = file;
  }

  absl::Status Join(DirectiveValue more, DirectiveValue* own) {
    const bool reports = own->directive == Directive::kReportTo;
    if (reports && !own->tokens.empty() && !more.tokens.empty() &&
        own->tokens[0].text != more.tokens[0].text) {
      return absl::InvalidArgumentError(
          absl::StrCat(PlaceInFile(out_.FileOf(more.place), more.place),
                       ": a second report-to; the first is that of ",
                       PlaceInFile(out_.FileOf(own->place), own->place)));
    }
    JoinSources(std::move(more.sources), own);
    for (PlacedToken& token : more.tokens) {
      const bool known = std::any_of(
          own->tokens.begin(), own->tokens.end(),
          [&token](const PlacedToken& t) { return t.text == token.text; });
      if (!known) own->tokens.push_back(std::move(token));
    }
    return absl::OkStatus();
  }

  // As servers that read several files do: browsers do not look at 'none'
  // beside other sources.
  void JoinSources(std::vector<PlacedSource> more, DirectiveValue* own) {
    std::set<std::string> known;
    for (const PlacedSource& s : own->sources) {
      known.insert(s.source.ToString());
    }
    for (PlacedSource& s : more) {
      if (!known.insert(s.source.ToString()).second) continue;
      own->sources.push_back(std::move(s));
    }
    auto& sources = own->sources;
    const auto none = std::find_if(sources.begin(), sources.end(), IsNone);
    if (sources.size() < 2 || none == sources.end()) return;
    warnings_->push_back(absl::StrCat(
        PlaceInFile(out_.FileOf(none->place), none->place), ": 'none' of ",
        DirectiveName(own->directive), " goes, as other files add sources"));
    sources.erase(none);
  }

  absl::Status CheckSize() const {
    size_t count = 0;
    for (const DirectiveValue& value : out_.policy.directives) {
      count += value.sources.size() + value.tokens.size();
    }
    if (count <= static_cast<size_t>(kMaxPolicySources)) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(
        absl::StrCat(out_.more_files.back(), ": more than ", kMaxPolicySources,
                     " sources in all files together"));
  }

  PolicyText out_;
  std::vector<std::string>* const warnings_;
};

}  // namespace

absl::StatusOr<PolicyText> JoinPolicyTexts(std::vector<PolicyText> texts,
                                           std::vector<std::string>* warnings) {
  if (texts.empty()) return PolicyText();
  Joiner joiner(std::move(texts[0]), warnings);
  for (size_t i = 1; i < texts.size(); ++i) {
    const absl::Status status = joiner.Add(texts[i]);
    if (!status.ok()) return status;
  }
  return joiner.Take();
}

}  // namespace csp
}  // namespace postern
