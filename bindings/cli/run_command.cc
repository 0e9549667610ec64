#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bindings/c/postern.h"
#include "bindings/cli/app.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/plugins.h"
#include "bindings/cli/store.h"
#include "bindings/cli/terminal_prompt.h"
#include "bindings/cli/wanted.h"
#include "bindings/lua/lua_app.h"
#include "permission/approval/review.h"
#include "permission/proto/policy_proto.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using lua::AppResult;
using Outcome = lua::AppResult::Outcome;

// Of what a guest prints: the layout of its lines, and nothing that deceives.
constexpr absl::string_view kKeptOnTerminals = "\n\t\\ ";
// For the whole run where a person may be asked, whose thinking counts. What
// the guest computes is limited by itself.
constexpr absl::Duration kTimeWithQuestions = absl::Minutes(10);
// As everywhere in JSON, but with line breaks that are line breaks.
constexpr absl::string_view kKeptInJson = "\n\t";

struct FreePolicy {
  void operator()(postern_policy* p) const { postern_policy_free(p); }
};
struct FreeBuilder {
  void operator()(postern_builder* b) const { postern_builder_free(b); }
};
struct FreeContext {
  void operator()(postern_context* c) const { postern_context_free(c); }
};
struct FreeError {
  void operator()(postern_error* e) const { postern_error_free(e); }
};
using PolicyPtr = std::unique_ptr<postern_policy, FreePolicy>;
using BuilderPtr = std::unique_ptr<postern_builder, FreeBuilder>;
using ContextPtr = std::unique_ptr<postern_context, FreeContext>;
using ErrorPtr = std::unique_ptr<postern_error, FreeError>;

postern_bytes Bytes(absl::string_view text) {
  return postern_bytes{text.data(), text.size()};
}

absl::Status ToStatus(const ErrorPtr& error) {
  const char* const message = postern_error_message(error.get(), nullptr);
  return absl::FailedPreconditionError(message == nullptr ? "" : message);
}

// One layer of what is approved and of what the command line adds.
PolicySpec Grants(const App& app, const ApprovalState& state,
                  const Layer& flags, const host::Catalog& catalog) {
  PolicySpec spec;
  spec.base_directory = app.directory;
  spec.signatures = SignaturesOf(catalog);
  spec.layers.emplace_back();
  Layer& grants = spec.layers[0];
  grants.name = "grants";
  if (state.approval) {
    // What the manifest no longer asks for has ended.
    grants.rules =
        ApprovalRules(LimitToManifest(*state.approval, app.manifest));
  }
  for (const Rule& rule : flags.rules) {
    if (rule.effect == Effect::kAllow) grants.rules.push_back(rule);
  }
  return spec;
}

// What the command line takes away: a layer for each flag by its name, for the
// C interface takes one name for all that a layer's rules come from.
std::map<std::string, PolicySpec> Narrowings(const Layer& flags) {
  std::map<std::string, PolicySpec> narrowings;
  for (const Rule& rule : flags.rules) {
    if (rule.effect == Effect::kAllow) continue;
    const std::string flag = rule.source.ToString();
    std::vector<Layer>& layers = narrowings[flag].layers;
    if (layers.empty()) {
      layers.emplace_back();
      layers[0].name = absl::StrCat("flag ", flag);
      layers[0].default_effect = Effect::kAllow;
    }
    layers[0].rules.push_back(rule);
  }
  return narrowings;
}

absl::Status AddBytes(const absl::StatusOr<std::string>& bytes,
                      postern_format format, const std::string& source,
                      postern_builder* builder) {
  if (!bytes.ok()) return bytes.status();
  const ErrorPtr error(postern_error_new());
  return postern_builder_add_bytes(builder, format, bytes->data(),
                                   bytes->size(), source.data(), source.size(),
                                   error.get()) == POSTERN_OK
             ? absl::OkStatus()
             : ToStatus(error);
}

absl::StatusOr<PolicyPtr> MakePolicy(const App& app, const PolicySpec& grants,
                                     const Layer& flags) {
  const BuilderPtr builder(postern_builder_new());
  absl::Status status = AddBytes(
      PolicySpecToText(grants), POSTERN_FORMAT_TEXT,
      absl::StrCat("approval of ", app.manifest.app.IdWithoutVersion()),
      builder.get());
  for (const auto& narrowing : Narrowings(flags)) {
    if (!status.ok()) return status;
    // The binary form has no lines, and neither has a flag.
    status = AddBytes(PolicySpecToBinary(narrowing.second),
                      POSTERN_FORMAT_BINARY, narrowing.first, builder.get());
  }
  if (!status.ok()) return status;
  const ErrorPtr error(postern_error_new());
  postern_policy* policy = nullptr;
  if (postern_builder_build(builder.get(), &policy, error.get()) !=
      POSTERN_OK) {
    return ToStatus(error);
  }
  return PolicyPtr(policy);
}

// Whether a question can come: what is approved does not ask.
bool HasAskRules(const Layer& flags) {
  for (const Rule& rule : flags.rules) {
    if (rule.effect == Effect::kAsk) return true;
  }
  return false;
}

// `prompt` has to outlive the context.
absl::StatusOr<ContextPtr> MakeContext(const App& app, const PolicySpec& grants,
                                       const Layer& flags,
                                       TerminalPrompt* prompt) {
  const absl::StatusOr<PolicyPtr> policy = MakePolicy(app, grants, flags);
  if (!policy.ok()) return policy.status();
  postern_context_options options = {};
  options.struct_size = sizeof(options);
  options.principal = Bytes(app.manifest.app.id());
  options.base_directory = Bytes(app.directory);
  options.ask = &TerminalPrompt::Ask;
  options.user_data = prompt;
  const ErrorPtr error(postern_error_new());
  postern_context* context = nullptr;
  // Without an authority: nothing can widen this context any more.
  if (postern_context_new(policy->get(), &options, &context, nullptr,
                          error.get()) != POSTERN_OK) {
    return ToStatus(error);
  }
  return ContextPtr(context);
}

const char* OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotStarted:
      return "not_started";
    case Outcome::kNoStack:
      return "no_stack";
    case Outcome::kFinished:
      return "finished";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kDenied:
      return "denied";
    case Outcome::kLimit:
      return "limit";
  }
  return "";
}

std::string ToJson(const App& app, const AppResult& result) {
  return JsonObject([&](JsonWriter* json) {
    JsonMember("app", app.manifest.app.id(), json);
    JsonMember("outcome", OutcomeName(result.outcome), json);
    JsonMember("message", result.message, json);
    json->Key("output").String(EscapeAllBut(kKeptInJson, result.output));
    JsonBool("output_truncated", result.output_truncated, json);
    json->Key("denials");
    json->StartArray();
    for (const lua::Denial& denial : result.denials) {
      json->Raw(denial.explanation_json);
    }
    json->EndArray();
  });
}

// What to do about a denial besides changing the app.
std::string Remedy(const Arguments& arguments, const App& app,
                   const ApprovalState& state, const TerminalPrompt& prompt) {
  if (prompt.missed_question()) {
    return "; asked, and there is no terminal: run it with standard input and "
           "standard error on one, or give --allow- rules instead of --ask-";
  }
  const absl::StatusOr<Review> review =
      MakeReview(app.manifest, state, absl::Now());
  if (!review.ok() || !review->NeedsApproval()) return "";
  return absl::StrCat("; the manifest asks for more than is approved, see ",
                      "\"postern approve ", EscapeForDisplay(arguments.app),
                      "\"");
}

absl::StatusOr<ExitCode> Conclude(const Arguments& arguments, const App& app,
                                  const ApprovalState& state,
                                  const TerminalPrompt& prompt,
                                  const AppResult& result) {
  const std::string& message = result.message;
  switch (result.outcome) {
    case Outcome::kFinished:
      return ExitCode::kDone;
    case Outcome::kDenied:
      PrintError(absl::StrCat("denied: ", message,
                              Remedy(arguments, app, state, prompt)));
      return ExitCode::kDenied;
    case Outcome::kNotStarted:
      return absl::FailedPreconditionError(absl::StrCat(
          "cannot start the app: ", message, "; correct its main.lua"));
    case Outcome::kNoStack:
      return absl::FailedPreconditionError(
          absl::StrCat("cannot start the app: ", message));
    case Outcome::kFailed:
      return absl::InternalError(
          absl::StrCat("the app failed: ", message, "; correct its code"));
    case Outcome::kLimit:
      return absl::ResourceExhaustedError(absl::StrCat(
          "the app was stopped: ", message, "; let it do less at once"));
  }
  return ExitCode::kFailed;
}

AppResult RunWith(const ContextPtr& context, const host::Catalog& catalog,
                  const App& app, const Arguments& arguments, bool may_ask,
                  Output* out) {
  lua::AppOptions options;
  if (may_ask) options.limits.time = kTimeWithQuestions;
  options.directory = app.directory;
  options.args = arguments.words;
  options.detail = lua::DenialDetail::kFull;
  if (!arguments.json) {
    const bool terminal = isatty(STDOUT_FILENO) != 0;
    // What goes through a pipe may reach the same terminal late and unescaped,
    // over a question: it waits for the end of the run.
    const bool held = may_ask && !terminal;
    options.print = [out, terminal, held](absl::string_view text) {
      out->Print(terminal ? EscapeAllBut(kKeptOnTerminals, text)
                          : std::string(text));
      if (!held) (void)out->Flush();  // an error stays, and main() reports it
    };
  }
  return lua::RunApp(context.get(), catalog, options);
}

}  // namespace

absl::StatusOr<ExitCode> Run(const Arguments& arguments, Output* out) {
  const absl::StatusOr<App> app = LoadApp(arguments.app);
  if (!app.ok()) return app.status();
  const absl::StatusOr<host::Catalog> catalog = HostPlugins();
  if (!catalog.ok()) return catalog.status();
  const absl::StatusOr<std::string> path = StorePath(arguments.store);
  if (!path.ok()) return path.status();
  const absl::StatusOr<ApprovalState> state =
      ReadState(*path, app->manifest.app.IdWithoutVersion());
  if (!state.ok()) return state.status();
  const absl::Status place = CheckPlace(
      *app, *state, "; if that is to take its place, \"postern approve\" it");
  if (!place.ok()) return place;
  const Layer& flags = arguments.flags.layer;
  TerminalPrompt prompt = TerminalPrompt::OfProcess();
  const absl::StatusOr<ContextPtr> context =
      MakeContext(*app, Grants(*app, *state, flags, *catalog), flags, &prompt);
  if (!context.ok()) return context.status();

  const bool may_ask = prompt.has_terminal() && HasAskRules(flags);
  const AppResult result =
      RunWith(*context, *catalog, *app, arguments, may_ask, out);
  if (arguments.json) out->Print(ToJson(*app, result));
  return Conclude(arguments, *app, *state, prompt, result);
}

}  // namespace cli
}  // namespace postern
