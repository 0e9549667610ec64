#include "bindings/cli/csp_format.h"

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "bindings/cli/json.h"
#include "net/csp/directive.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

// What nginx reads between quotes; with more it does not start
// (NGX_CONF_BUFFER, 4096 with the closing one).
constexpr size_t kMaxNginxBytes = 4095;

constexpr char kName[] = "Content-Security-Policy";

std::vector<std::string> WordsOf(const csp::DirectiveValue& value) {
  std::vector<std::string> out;
  for (const csp::PlacedSource& s : value.sources) {
    out.push_back(s.source.ToString());
  }
  for (const csp::PlacedToken& token : value.tokens) out.push_back(token.text);
  const bool lists =
      csp::ValueKindOf(value.directive) == csp::ValueKind::kSources;
  if (out.empty() && lists) out.emplace_back("'none'");
  return out;
}

// Refuses the first word that holds one of `parts`. All words are ASCII without
// blanks, ";" and ",".
absl::Status RefuseParts(const csp::Policy& policy,
                         const std::vector<absl::string_view>& parts,
                         absl::string_view server) {
  for (const csp::DirectiveValue& value : policy.directives) {
    for (const std::string& word : WordsOf(value)) {
      for (absl::string_view part : parts) {
        if (!absl::StrContains(word, part)) continue;
        return absl::FailedPreconditionError(absl::StrCat(
            csp::DirectiveName(value.directive), " ",
            internal::EscapeForDisplay(word), ": ",
            internal::QuoteForDisplay(part), " means something else to ",
            server, "; write it with %XX, as in %24 for \"$\""));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status RefuseForNginx(const csp::Policy& policy) {
  const size_t size = policy.ToString().size();
  if (size > kMaxNginxBytes) {
    return absl::FailedPreconditionError(
        absl::StrCat("the policy has ", size,
                     " bytes, and nginx does not start with more "
                     "than ",
                     kMaxNginxBytes,
                     " in one value; print it as header, and put "
                     "its parts into variables (set) by hand"));
  }
  return RefuseParts(policy, {"\"", "\\", "$"}, "nginx");
}

// What the servers that read such a file replace, or do not start with.
absl::Status RefuseForFile(const csp::Policy& policy) {
  const csp::DirectiveValue* const sandbox =
      policy.Find(csp::Directive::kSandbox);
  if (sandbox != nullptr && sandbox->tokens.size() > 1) {
    return absl::FailedPreconditionError(
        "sandbox: oCIS and OpenCloud take one flag at most, and do not start "
        "with more");
  }
  return RefuseParts(policy, {"${"}, "oCIS and OpenCloud");
}

std::string Yaml(const csp::Policy& policy) {
  std::string out = "# Written by postern csp merge.\ndirectives:";
  if (policy.directives.empty()) absl::StrAppend(&out, " {}");
  absl::StrAppend(&out, "\n");
  for (const csp::DirectiveValue& value : policy.directives) {
    const std::vector<std::string> words = WordsOf(value);
    absl::StrAppend(&out, "  ", csp::DirectiveName(value.directive), ":",
                    words.empty() ? " []" : "", "\n");
    for (const std::string& word : words) {
      // In single quotes, nothing but these has a meaning (YAML 1.1, 9.1.2).
      absl::StrAppend(&out, "    - '", absl::StrReplaceAll(word, {{"'", "''"}}),
                      "'\n");
    }
  }
  return out;
}

std::string Json(const csp::Policy& policy) {
  return JsonObject([&policy](JsonWriter* json) {
    json->Key("directives");
    json->StartObject();
    for (const csp::DirectiveValue& value : policy.directives) {
      json->Key(csp::DirectiveName(value.directive));
      json->StartArray();
      for (const std::string& word : WordsOf(value)) json->String(word);
      json->EndArray();
    }
    json->EndObject();
  });
}

}  // namespace

absl::optional<CspFormat> ParseCspFormat(absl::string_view name) {
  if (name == "header") return CspFormat::kHeader;
  if (name == "yaml") return CspFormat::kYaml;
  if (name == "json") return CspFormat::kJson;
  if (name == "nginx") return CspFormat::kNginx;
  if (name == "caddy") return CspFormat::kCaddy;
  return absl::nullopt;
}

absl::StatusOr<std::string> FormatCsp(const csp::Policy& policy,
                                      CspFormat format) {
  absl::Status status;
  switch (format) {
    case CspFormat::kHeader:
      return absl::StrCat(kName, ": ", policy.ToString(), "\n");
    case CspFormat::kYaml:
      status = RefuseForFile(policy);
      return status.ok() ? absl::StatusOr<std::string>(Yaml(policy)) : status;
    case CspFormat::kJson:
      status = RefuseForFile(policy);
      return status.ok() ? absl::StatusOr<std::string>(Json(policy)) : status;
    case CspFormat::kNginx:
      status = RefuseForNginx(policy);
      if (!status.ok()) return status;
      return absl::StrCat("add_header ", kName, " \"", policy.ToString(),
                          "\" always;\n");
    case CspFormat::kCaddy:
      status = RefuseParts(policy, {"\"", "\\", "{", "}"}, "Caddy");
      if (!status.ok()) return status;
      return absl::StrCat("header ", kName, " \"", policy.ToString(), "\"\n");
  }
  return absl::InternalError("unknown format");
}

}  // namespace cli
}  // namespace postern
