#include "bindings/host/plugin_calls.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "bindings/host/call_access.h"
#include "permission/text/json_writer.h"

namespace postern {
namespace host {
namespace {

constexpr size_t kMostDenials = 100;

// The texts of a denial that is not explained.
void NotExplained(const postern_access& access, size_t bytes, Denial* denial) {
  const std::string why =
      bytes > kMaxExplainedBytes
          ? absl::StrCat("not explained: its arguments have ", bytes, " bytes")
          : "not explained";
  const char* const permission =
      postern_permission_name(access.permission, nullptr);
  denial->explanation =
      absl::StrCat("deny ", permission, " ", denial->operation, " (", why, ")");
  denial->explanation_json = WriteJsonObject([&](JsonWriter& json) {
    json.Key("permission").String(permission);
    json.Key("operation").String(denial->operation);
    json.Key("allowed").Bool(false);
    json.Key("effect").String("deny");
    json.Key("note").String(why);
  });
}

}  // namespace

bool PluginCalls::Enforce(const postern_access& access,
                          postern_decision* decision) {
  *decision = {};
  postern_enforce(options_.context, &access, absl::ToUnixNanos(deadline_),
                  decision, nullptr);
  if (postern_decision_allowed(*decision)) return true;
  NoteDenial(access, *decision);
  return false;
}

// Puts the names that were judged in place of the arguments that were given.
// False if it cannot be known which these are.
bool PluginCalls::UseDecidedPaths(const postern_access& access,
                                  postern_decision decision) {
  const ExplanationPtr why =
      ExplainDecision(options_.context, decision, access);
  if (why == nullptr) {
    problem_ = "the decision cannot be explained";
    return false;
  }
  for (size_t i = 0; i < call_.args.size(); ++i) {
    size_t size = 0;
    const char* const path = postern_explanation_path(why.get(), i, &size);
    if (path == nullptr) continue;
    call_.args[i] = Value::Bytes(std::string(path, size));
    paths_.push_back(i);
  }
  return true;
}

void PluginCalls::NoteDenial(const postern_access& access,
                             postern_decision decision) {
  ExplanationPtr explanation;
  if (call_.bytes <= kMaxExplainedBytes) {
    explanation = ExplainDecision(options_.context, decision, access);
  }
  denial_ =
      DescribeDenial(access, decision, explanation.get(), options_.detail);
  KeepDenial(access, explanation.get());
}

void PluginCalls::KeepDenial(const postern_access& access,
                             const postern_explanation* explanation) {
  if (denials_.size() >= kMostDenials) return;
  Denial denial;
  denial.operation = std::string(access.text.data, access.text.size);
  if (explanation != nullptr) {
    denial.explanation = TextOf(*explanation, POSTERN_FIELD_TEXT);
    denial.explanation_json = TextOf(*explanation, POSTERN_FIELD_JSON);
  } else {
    NotExplained(access, call_.bytes, &denial);
  }
  const size_t size =
      denial.explanation.size() + denial.explanation_json.size();
  if (size > kMaxDenialBytes - denial_bytes_) return;
  denial_bytes_ += size;
  denials_.push_back(std::move(denial));
}

PluginCalls::Verdict PluginCalls::DecideCall(const std::string& function) {
  const CallAccess call(function, call_.args, call_.named);
  postern_decision decision;
  if (!Enforce(call.access(), &decision)) return Verdict::kDenied;
  return UseDecidedPaths(call.access(), decision) ? Verdict::kGranted
                                                  : Verdict::kError;
}

// Whether a call without arguments is granted, or would be with others.
bool PluginCalls::SomeCallIsGranted(const Plugin& plugin) {
  for (const PluginFunction& function : plugin.functions) {
    if (MayCallSomehow(options_.context,
                       absl::StrCat(plugin.id, ".", function.name))) {
      return true;
    }
  }
  return false;
}

PluginCalls::Verdict PluginCalls::DecideLoad(const char* name) {
  const postern_access access =
      NewAccess(POSTERN_PLUGIN_LOAD, POSTERN_FORM_NAME, name);
  postern_decision decision = {};
  (void)postern_check(options_.context, &access, &decision, nullptr);
  loading_ = options_.catalog->Find(name);
  if (loading_ != nullptr && !postern_decision_allowed(decision) &&
      absl::string_view(postern_decision_reason(decision, nullptr)) ==
          "default" &&
      SomeCallIsGranted(*loading_)) {
    return Verdict::kGranted;
  }
  if (!Enforce(access, &decision)) return Verdict::kDenied;
  if (loading_ != nullptr) return Verdict::kGranted;
  denial_ = BriefDenial(access, /*concealed=*/true);
  return Verdict::kDenied;
}

PluginCalls::Verdict PluginCalls::Load(const char* name) noexcept {
  (void)NewCall();
  loading_ = nullptr;
  try {
    return DecideLoad(name);
  } catch (...) {
    return Verdict::kError;
  }
}

PluginCalls::Arguments& PluginCalls::NewCall() noexcept {
  call_ = Arguments();
  paths_.clear();
  problem_.clear();
  denial_ = GuestDenial();
  result_ = Value();
  return call_;
}

void PluginCalls::set_problem(const char* problem) noexcept {
  try {
    problem_ = problem;
  } catch (...) {
    problem_.clear();
  }
}

PluginCalls::Verdict PluginCalls::Decide(
    const Plugin& plugin, const PluginFunction& function) noexcept {
  try {
    if (BindByName(function.parameters, call_.named, &call_.args)) {
      call_.named.clear();
    }
    const Verdict verdict =
        DecideCall(absl::StrCat(plugin.id, ".", function.name));
    if (verdict == Verdict::kGranted && !call_.named.empty()) {
      problem_ = "unknown or repeated argument name";
      return Verdict::kError;
    }
    return verdict;
  } catch (...) {
    return Verdict::kError;
  }
}

bool PluginCalls::Run(const PluginFunction& function) noexcept {
  try {
    PluginCall call;
    call.args = std::move(call_.args);
    call.paths = std::move(paths_);
    call.context = options_.context;
    call.directory = options_.directory;
    call.deadline = deadline_;
    absl::StatusOr<Value> result = function.handler(call);
    if (result.ok()) {
      result_ = *std::move(result);
      return true;
    }
    problem_ = std::string(result.status().message());
  } catch (...) {
    problem_.clear();
  }
  return false;
}

}  // namespace host
}  // namespace postern
