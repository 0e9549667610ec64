#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bindings/cli/app.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/plugins.h"
#include "bindings/cli/wanted.h"
#include "bindings/lua/audit_app.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;
using lua::AuditReport;
using lua::WantedArg;
using lua::WantedCall;

const char* Asked(bool asked) {
  return asked ? "asked for" : "NOT IN THE MANIFEST";
}

void AppendArg(std::string* out, const WantedArg& arg) {
  if (!arg.name.empty()) {
    absl::StrAppend(out, EscapeForDisplay(arg.name), "=");
  }
  switch (arg.kind) {
    case WantedArg::Kind::kText:
      absl::StrAppend(out, QuoteForDisplay(arg.text));
      return;
    case WantedArg::Kind::kNotText:
      absl::StrAppend(out, "(not text)");
      return;
    case WantedArg::Kind::kUnknown:
      absl::StrAppend(out, "(known when run)");
      return;
  }
}

std::string ToText(const App& app, const AuditReport& report,
                   const ManifestCoverage& coverage,
                   const MissingRequests& missing) {
  std::string out =
      absl::StrCat("app      ", QuoteForDisplay(app.manifest.app.id()), "\n");
  for (const std::string& file : report.files) {
    absl::StrAppend(&out, "file     ", EscapeForDisplay(file), "\n");
  }
  for (const std::string& id : report.modules) {
    absl::StrAppend(&out, "load     ", EscapeForDisplay(id), "  -- ",
                    Asked(coverage.CoversModule(id)), "\n");
  }
  for (const WantedCall& call : report.calls) {
    absl::StrAppend(&out, "call     ", EscapeForDisplay(call.function), " [",
                    absl::StrJoin(call.args, ", ", AppendArg), "]  -- ",
                    Asked(coverage.Covers(call)), "\n");
  }
  if (!missing.lines.empty()) {
    absl::StrAppend(&out, "\nTo ask for the rest, add to the manifest:\n\n",
                    missing.lines);
  }
  if (!missing.remarks.empty()) {
    absl::StrAppend(&out, "\nWhat no manifest can ask for:\n\n");
  }
  for (const std::string& remark : missing.remarks) {
    absl::StrAppend(&out, EscapeForDisplay(remark), "\n");
  }
  return out;
}

void WriteArg(const WantedArg& arg, JsonWriter* json) {
  json->StartObject();
  if (!arg.name.empty()) JsonMember("name", arg.name, json);
  JsonMember("kind",
             arg.kind == WantedArg::Kind::kText      ? "text"
             : arg.kind == WantedArg::Kind::kNotText ? "not_text"
                                                     : "unknown",
             json);
  if (arg.kind == WantedArg::Kind::kText) JsonMember("text", arg.text, json);
  json->EndObject();
}

void WriteCall(const WantedCall& call, bool asked, JsonWriter* json) {
  json->StartObject();
  JsonMember("function", call.function, json);
  json->Key("args");
  json->StartArray();
  for (const WantedArg& arg : call.args) WriteArg(arg, json);
  json->EndArray();
  JsonBool("asked", asked, json);
  json->EndObject();
}

std::string ToJson(const App& app, const AuditReport& report,
                   const ManifestCoverage& coverage,
                   const MissingRequests& missing) {
  return JsonObject([&](JsonWriter* json) {
    JsonMember("app", app.manifest.app.id(), json);
    JsonBool("complete", report.complete(), json);
    if (!report.complete()) JsonMember("error", report.error, json);
    JsonList("files", report.files, json);
    json->Key("loads");
    json->StartArray();
    for (const std::string& id : report.modules) {
      json->StartObject();
      JsonMember("plugin", id, json);
      JsonBool("asked", coverage.CoversModule(id), json);
      json->EndObject();
    }
    json->EndArray();
    json->Key("calls");
    json->StartArray();
    for (const WantedCall& call : report.calls) {
      WriteCall(call, coverage.Covers(call), json);
    }
    json->EndArray();
    json->Key("missing");
    json->String(missing.lines);  // UTF-8, escaped by the manifest's printer
    JsonList("cannot_ask", missing.remarks, json);
  });
}

}  // namespace

absl::StatusOr<ExitCode> Audit(const Arguments& arguments, Output* out) {
  const absl::StatusOr<App> app = LoadApp(arguments.app);
  if (!app.ok()) return app.status();
  const absl::StatusOr<host::Catalog> catalog = HostPlugins();
  if (!catalog.ok()) return catalog.status();
  const absl::Status functions = CheckFunctions(app->manifest, *catalog);
  if (!functions.ok()) return functions;
  const absl::StatusOr<ManifestCoverage> coverage =
      ManifestCoverage::Make(*app, *catalog);
  if (!coverage.ok()) return coverage.status();

  lua::AuditOptions options;
  options.directory = app->directory;
  options.args = arguments.words;
  const AuditReport report = lua::AuditApp(options);
  const MissingRequests missing = coverage->Missing(report);
  out->Print(arguments.json ? ToJson(*app, report, *coverage, missing)
                            : ToText(*app, report, *coverage, missing));
  if (report.complete()) return ExitCode::kDone;
  return absl::FailedPreconditionError(
      absl::StrCat("the audit ended early: ", report.error,
                   "; what follows in main.lua was not seen, correct it and "
                   "audit again"));
}

}  // namespace cli
}  // namespace postern
