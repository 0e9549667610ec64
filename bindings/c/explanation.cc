#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "bindings/c/access.h"
#include "bindings/c/callbacks.h"
#include "bindings/c/handles.h"
#include "permission/explain.h"
#include "permission/guard/spawn_status.h"
#include "permission/permission.h"
#include "permission/text/explain_json.h"

namespace postern {
namespace c {
namespace {

void FillFields(postern_explanation* out) {
  const Explanation& e = out->explanation;
  out->fields[POSTERN_FIELD_PRINCIPAL] = e.principal;
  out->fields[POSTERN_FIELD_OPERATION] = e.operation;
  out->fields[POSTERN_FIELD_RESOURCE] = e.resource;
  out->fields[POSTERN_FIELD_ACTUAL] =
      e.argument < 0 || e.actual_kind == ActualKind::kText ? e.actual
                                                           : e.ActualText();
  out->fields[POSTERN_FIELD_LAYER] = e.layer;
  out->fields[POSTERN_FIELD_RULE] = e.rule;
  // Without a rule, the source is no more than its default, "the host".
  out->fields[POSTERN_FIELD_SOURCE] = e.rule.empty() ? "" : e.source.ToString();
  out->fields[POSTERN_FIELD_REMEDY] = e.remedy;
  out->fields[POSTERN_FIELD_TEXT] = e.ToText();
  out->fields[POSTERN_FIELD_JSON] = ExplanationToJson(e);
  out->fields[POSTERN_FIELD_GUEST_PLAIN] = GuestMessage(e, GuestDetail::kPlain);
  out->fields[POSTERN_FIELD_GUEST_FULL] = GuestMessage(e, GuestDetail::kFull);
}

absl::Status ExplanationOut(absl::StatusOr<Explanation> why,
                            postern_explanation** out) {
  if (!why.ok()) return why.status();
  auto made = std::make_unique<postern_explanation>();
  made->explanation = *std::move(why);
  FillFields(made.get());
  *out = made.release();
  return absl::OkStatus();
}

absl::Status NewExplanation(const PermissionContext& context,
                            const Decision& decision, const Access& access,
                            postern_explanation** out) {
  return ExplanationOut(context.Explain(decision, access), out);
}

// Those of `all`, what the operation asked for before the others.
std::vector<Permission> InOrder(const Outcome& outcome,
                                std::vector<Permission> all) {
  std::stable_partition(all.begin(), all.end(), [&](Permission one) {
    return one == outcome.permission;
  });
  return all;
}

void AddPaths(const Outcome& outcome, absl::string_view path,
              std::vector<Access>* suspects) {
  for (Permission permission :
       InOrder(outcome, {Permission::kFsRead, Permission::kFsWrite})) {
    suspects->push_back(Access::CanonicalPath(permission, path));
  }
}

void AddEndpoints(const Outcome& outcome, std::vector<Access>* suspects) {
  const std::string& subject = outcome.subject;
  for (Permission permission :
       InOrder(outcome, {Permission::kNetConnect, Permission::kNetListen,
                         Permission::kNetResolve})) {
    if (outcome.asked == subject) {
      suspects->push_back(Access::Endpoint(permission, subject));
      continue;
    }
    if (!outcome.asked.empty()) {
      suspects->push_back(Access::Resolved(permission, outcome.asked, subject));
    }
    suspects->push_back(
        Access::CanonicalEndpoint(permission, subject, outcome.asked));
  }
}

// The accesses that an operation may have been refused for, the likeliest
// first: the decision is on one of them, and Explain() refuses the others
// unless the same rule or default decides them. They tell what the guest did
// not say itself from what it said, for the fields that it may see.
std::vector<Access> Suspects(const Outcome& outcome) {
  std::vector<Access> suspects;
  absl::string_view path = outcome.subject;
  if (absl::StartsWith(path, "/")) {
    AddPaths(outcome, path, &suspects);
    return suspects;
  }
  AddEndpoints(outcome, &suspects);
  // A socket with a path is decided as a file, too.
  if (absl::ConsumePrefix(&path, "unix:")) AddPaths(outcome, path, &suspects);
  return suspects;
}

absl::Status ExplainOutcome(const PermissionContext& context,
                            const Outcome& outcome, postern_explanation** out) {
  if (outcome.status != POSTERN_DENIED || outcome.subject.empty()) {
    return absl::FailedPreconditionError("no rule refused the operation");
  }
  if (outcome.spawn != nullptr) {
    return ExplanationOut(ExplainSpawn(context, *outcome.spawn), out);
  }
  absl::Status status;
  for (const Access& access : Suspects(outcome)) {
    status = NewExplanation(context, outcome.decision, access, out);
    if (status.ok()) return status;
  }
  return status;
}

}  // namespace
}  // namespace c
}  // namespace postern

using namespace postern::c;  // NOLINT: the functions below are global

postern_status postern_explain(const postern_context* context,
                               postern_decision decision,
                               const postern_access* access,
                               postern_explanation** explanation,
                               postern_error* error) {
  if (explanation != nullptr) *explanation = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (explanation == nullptr) return NullError("explanation");
    return WithAccess(access, [&](const postern::Access& read) -> absl::Status {
      return NewExplanation(*context->holder->context, FromC(decision), read,
                            explanation);
    });
  });
}

postern_status postern_explain_error(const postern_context* context,
                                     const postern_error* refused,
                                     postern_explanation** explanation,
                                     postern_error* error) {
  if (explanation != nullptr) *explanation = nullptr;
  return Guard(error, [&]() -> absl::Status {
    if (context == nullptr) return NullError("context");
    if (refused == nullptr) return NullError("refused");
    if (explanation == nullptr) return NullError("explanation");
    return ExplainOutcome(*context->holder->context, refused->outcome,
                          explanation);
  });
}

void postern_explanation_free(postern_explanation* explanation) {
  delete explanation;
}

const char* postern_explanation_get(const postern_explanation* explanation,
                                    postern_field field, size_t* size) {
  const bool known = explanation != nullptr &&
                     field >= POSTERN_FIELD_PRINCIPAL &&
                     field <= POSTERN_FIELD_GUEST_FULL;
  return TextOut(known ? &explanation->fields[field] : nullptr, size);
}

int32_t postern_explanation_argument(const postern_explanation* explanation) {
  return explanation == nullptr ? -1 : explanation->explanation.argument;
}

size_t postern_explanation_expected_count(
    const postern_explanation* explanation) {
  return explanation == nullptr ? 0 : explanation->explanation.expected.size();
}

const char* postern_explanation_expected(const postern_explanation* explanation,
                                         size_t index, size_t* size) {
  const bool known = index < postern_explanation_expected_count(explanation);
  return TextOut(known ? &explanation->explanation.expected[index] : nullptr,
                 size);
}

const char* postern_explanation_path(const postern_explanation* explanation,
                                     size_t index, size_t* size) {
  if (explanation != nullptr) {
    for (const auto& path : explanation->explanation.paths) {
      if (static_cast<size_t>(path.first) == index) {
        return TextOut(&path.second, size);
      }
    }
  }
  return TextOut(nullptr, size);
}
