#include "bindings/host/denial.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "permission/text/display.h"

namespace postern {
namespace host {
namespace {

std::vector<std::string> ExpectedValues(
    const postern_explanation& explanation) {
  std::vector<std::string> values;
  const size_t count = postern_explanation_expected_count(&explanation);
  for (size_t i = 0; i < count; ++i) {
    size_t size = 0;
    const char* const text =
        postern_explanation_expected(&explanation, i, &size);
    values.emplace_back(text, size);
  }
  return values;
}

void AddDetails(const postern_explanation& explanation, GuestDenial* denial) {
  denial->full = true;
  denial->operation = TextOf(explanation, POSTERN_FIELD_OPERATION);
  denial->argument = postern_explanation_argument(&explanation);
  denial->actual = TextOf(explanation, POSTERN_FIELD_ACTUAL);
  denial->expected = ExpectedValues(explanation);
  denial->remedy = TextOf(explanation, POSTERN_FIELD_REMEDY);
}

// Of a plugin that nothing grants: rules for calls of it, which most apps ask
// for, do for loading too.
void AddCallsToRemedy(const postern_explanation& explanation,
                      GuestDenial* denial) {
  // With a rule in the way, loading fails whatever call is granted.
  if (!absl::StartsWith(denial->remedy, "add a rule")) return;
  denial->remedy = absl::StrCat(
      "grant a call of this plugin, which is enough, or ", denial->remedy);
  denial->message = absl::StrCat(TextOf(explanation, POSTERN_FIELD_GUEST_PLAIN),
                                 "; ", denial->remedy);
}

}  // namespace

std::string TextOf(const postern_explanation& explanation,
                   postern_field field) {
  size_t size = 0;
  const char* const text = postern_explanation_get(&explanation, field, &size);
  return text == nullptr ? std::string() : std::string(text, size);
}

postern_access NewAccess(postern_permission permission, postern_form form,
                         absl::string_view text) {
  postern_access access = {};
  access.struct_size = sizeof(access);
  access.permission = permission;
  access.form = form;
  access.text = postern_bytes{text.data(), text.size()};
  return access;
}

ExplanationPtr ExplainDecision(const postern_context* context,
                               postern_decision decision,
                               const postern_access& access) {
  postern_explanation* explanation = nullptr;
  postern_explain(context, decision, &access, &explanation, nullptr);
  return ExplanationPtr(explanation);
}

ExplanationPtr ExplainRefusal(const postern_context* context,
                              const postern_error* refused) {
  postern_explanation* explanation = nullptr;
  postern_explain_error(context, refused, &explanation, nullptr);
  return ExplanationPtr(explanation);
}

GuestDenial BriefDenial(const postern_access& access, bool concealed) {
  GuestDenial denial;
  denial.resource = std::string(access.text.data, access.text.size);
  const std::string shown = internal::EscapeForDisplay(denial.resource);
  if (concealed) {
    denial.code = "ERR_NOT_FOUND";
    denial.message = absl::StrCat("ERR_NOT_FOUND: ", shown, " does not exist");
    return denial;
  }
  denial.code = "ERR_ACCESS_DENIED";
  denial.permission = postern_permission_name(access.permission, nullptr);
  denial.message = absl::StrCat(denial.code, ": ", denial.permission,
                                shown.empty() ? "" : " ", shown);
  return denial;
}

GuestDenial DescribeDenial(const postern_access& access,
                           postern_decision decision,
                           const postern_explanation* explanation,
                           DenialDetail detail) {
  const bool concealed = postern_decision_concealed(decision) != 0;
  GuestDenial denial = BriefDenial(access, concealed);
  if (explanation == nullptr || concealed) return denial;
  const bool full = detail == DenialDetail::kFull;
  denial.message = TextOf(*explanation, full ? POSTERN_FIELD_GUEST_FULL
                                             : POSTERN_FIELD_GUEST_PLAIN);
  if (full) AddDetails(*explanation, &denial);
  if (full && access.permission == POSTERN_PLUGIN_LOAD &&
      absl::string_view(postern_decision_reason(decision, nullptr)) ==
          "default") {
    AddCallsToRemedy(*explanation, &denial);
  }
  return denial;
}

GuestDenial DescribeRefusal(const postern_context* context,
                            const postern_error* refused,
                            const postern_access& access, DenialDetail detail) {
  const bool concealed =
      postern_decision_concealed(postern_error_decision(refused)) != 0 ||
      postern_error_code(refused) == POSTERN_E_NOENT;
  GuestDenial denial = BriefDenial(access, concealed);
  if (concealed || detail == DenialDetail::kPlain) return denial;
  const ExplanationPtr explanation = ExplainRefusal(context, refused);
  if (explanation == nullptr) return denial;
  // The other fields tell where links lead.
  denial.message = TextOf(*explanation, POSTERN_FIELD_GUEST_FULL);
  return denial;
}

}  // namespace host
}  // namespace postern
