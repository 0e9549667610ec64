#include "permission/explain.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "permission/text/display.h"

namespace postern {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

namespace {

// What the guest itself said of `e.resource`: nothing of a name that the host
// found (a link's target, given without the name that led there), and of
// "name = address" the name.
absl::string_view SaidByGuest(const Explanation& e) {
  absl::string_view said = e.resource;
  if (e.canonical.empty()) return said;
  if (said == e.canonical) return "";
  if (absl::ConsumeSuffix(&said, e.canonical) &&
      absl::ConsumeSuffix(&said, " = ")) {
    return said;
  }
  return e.resource;
}

}  // namespace

std::string Explanation::ActualText() const {
  switch (actual_kind) {
    case ActualKind::kText:
      return QuoteForDisplay(actual);
    case ActualKind::kNotText:
      return "(not text)";
    case ActualKind::kMissing:
      return "(missing)";
  }
  return "";
}

std::string Explanation::ExpectedText() const {
  std::vector<std::string> parts;
  for (const std::string& pattern : expected) {
    parts.push_back(QuoteForDisplay(pattern));
  }
  if (more_expected > 0) {
    parts.push_back(absl::StrCat("up to ", more_expected, " more"));
  }
  if (end_expected) parts.push_back("no further argument");
  return absl::StrJoin(parts, " or ");
}

std::string Explanation::ToText() const {
  std::string text = absl::StrCat(EffectName(decision.effect()),
                                  decision.concealed() ? " (concealed)" : "",
                                  ": ", PermissionName(permission),
                                  resource.empty() ? "" : " ", resource, "\n");
  const auto line = [&text](absl::string_view name, absl::string_view value) {
    if (!value.empty()) absl::StrAppend(&text, "  ", name, ": ", value, "\n");
  };
  line("principal", EscapeForDisplay(principal));
  if (SaidByGuest(*this) == resource) line("decided as", canonical);
  line("reason", ReasonCode(decision.reason()));
  line("layer", EscapeForDisplay(layer));
  line("rule", rule.empty()
                   ? std::string()
                   : absl::StrCat(EscapeForDisplay(rule), " (",
                                  EscapeForDisplay(source.ToString()), ")"));
  if (argument >= 0) {
    line("argument index", absl::StrCat(argument));
    line("actual", ActualText());
    line("expected", ExpectedText());
  }
  for (const LayerAnswer& answer : layers) {
    absl::StrAppend(
        &text, "  layer \"", EscapeForDisplay(answer.layer), "\"",
        answer.mode == Mode::kAudit ? " (audit only)" : "", ": ",
        EffectName(answer.effect),
        answer.by_default
            ? std::string(" by default")
            : absl::StrCat(" by ", EscapeForDisplay(answer.rule), " (",
                           EscapeForDisplay(answer.source.ToString()), ")"),
        answer.reason.empty() ? "" : ", ", EscapeForDisplay(answer.reason),
        answer.spent.empty() ? "" : "; ", EscapeForDisplay(answer.spent), "\n");
  }
  line("remedy", remedy);
  return text;
}

std::string GuestMessage(const Explanation& e, GuestDetail detail) {
  const absl::string_view said = SaidByGuest(e);
  if (e.decision.concealed()) {
    return absl::StrCat("no such resource", said.empty() ? "" : ": ", said);
  }
  std::string text =
      absl::StrCat("ERR_ACCESS_DENIED: ", PermissionName(e.permission),
                   said.empty() ? "" : " ", said);
  if (detail == GuestDetail::kPlain) return text;
  if (e.argument >= 0) {
    absl::StrAppend(&text, "; argument ", e.argument, " is ", e.ActualText(),
                    ", expected ", e.ExpectedText());
  }
  // The remedy names what was decided, and the rules in the way of that.
  if (!e.remedy.empty() && e.canonical.empty()) {
    absl::StrAppend(&text, "; ", e.remedy);
  }
  return text;
}

}  // namespace postern
