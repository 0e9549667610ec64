#include <errno.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/plugins.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/problems.h"
#include "bindings/cli/real_name.h"
#include "permission/analysis/lint.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

// Adds what the file system shows now: "link" and "missing".
class FileLinter {
 public:
  explicit FileLinter(std::vector<LintFinding>* findings)
      : findings_(*findings) {}

  void Look(const Policy& policy, const Rule& rule) {
    for (const std::string& path : LiteralBeginnings(policy, rule)) {
      const auto known = known_.emplace(path, LintFinding());
      if (known.second) known.first->second = Find(path);
      LintFinding finding = known.first->second;
      if (finding.code.empty()) continue;
      finding.source = rule.source;
      findings_.push_back(std::move(finding));
    }
  }

 private:
  static LintFinding Find(const std::string& path) {
    struct stat info;
    const absl::StatusOr<std::string> real = RealName(path);
    if (real.ok() && *real != path) {
      return {"link",
              absl::StrCat(QuoteForDisplay(path), " leads through a link to ",
                           QuoteForDisplay(*real),
                           "; unless the policy is bound, the rule is for the "
                           "first name alone"),
              {}};
    }
    if (stat(path.c_str(), &info) != 0 && errno == ENOENT) {
      return {"missing",
              absl::StrCat(QuoteForDisplay(path), " does not exist here"),
              {}};
    }
    return {};
  }

  std::vector<LintFinding>& findings_;
  std::map<std::string, LintFinding> known_;
};

// Calls of functions that the plugins of this program do not have.
void LookAtCall(const Rule& rule, const host::Catalog& catalog,
                std::vector<LintFinding>* findings) {
  if (rule.pattern.kind() != RulePattern::Kind::kCall) return;
  const absl::Status known = CheckFunction(rule.pattern.text(), catalog);
  if (known.ok()) return;
  findings->push_back(
      {"unknown-function", std::string(known.message()), rule.source});
}

bool AdvisesToDelete(const std::string& code) {
  return code == "repeated" || code == "overruled" ||
         code == "overruled-elsewhere";
}

// In a bound policy a rule with a link on its way is for where that leads,
// which rules for what lies above do not cover: nobody shall take it out.
void DropWhereLinksLead(const std::vector<LintFinding>& links,
                        std::vector<LintFinding>* findings) {
  std::set<std::string> linked;
  for (const LintFinding& link : links) {
    if (link.code == "link") linked.insert(link.source.ToString());
  }
  const auto drop = [&linked](const LintFinding& finding) {
    return AdvisesToDelete(finding.code) &&
           linked.count(finding.source.ToString()) != 0;
  };
  findings->erase(std::remove_if(findings->begin(), findings->end(), drop),
                  findings->end());
}

absl::StatusOr<std::vector<LintFinding>> FindAll(
    const LoadedPolicy& loaded, const std::vector<PolicyWarning>& of_flags) {
  std::vector<LintFinding> findings = Lint(*loaded.policy, absl::Now());
  for (const PolicyWarning& warning : of_flags) {
    findings.push_back({warning.code, warning.message, warning.source});
  }
  const absl::StatusOr<host::Catalog> catalog = HostPlugins();
  if (!catalog.ok()) return catalog.status();
  std::vector<LintFinding> links;
  FileLinter files(&links);
  for (const Layer& layer : loaded.policy->spec().layers) {
    for (const Rule& rule : layer.rules) {
      files.Look(*loaded.policy, rule);
      LookAtCall(rule, *catalog, &findings);
    }
  }
  DropWhereLinksLead(links, &findings);
  findings.insert(findings.end(), links.begin(), links.end());
  return findings;
}

std::string ToText(const std::vector<LintFinding>& findings) {
  std::string out;
  for (const LintFinding& finding : findings) {
    const std::string place =
        finding.code == "no-grants"
            ? ""
            : absl::StrCat(EscapeForDisplay(finding.source.ToString()), ": ");
    absl::StrAppend(&out, place, finding.code, ": ", finding.message, "\n");
  }
  return out;
}

std::string ToJson(const std::vector<LintFinding>& findings) {
  return JsonObject([&](JsonWriter* json) {
    json->Key("findings").StartArray();
    for (const LintFinding& finding : findings) {
      json->StartObject().Key("code").String(finding.code);
      json->Key("message").String(EscapeAllBut("\\", finding.message));
      WritePlace(finding.source, json);
      json->EndObject();
    }
    json->EndArray();
  });
}

}  // namespace

absl::StatusOr<ExitCode> LintPolicy(const Arguments& arguments, Output* out) {
  const absl::StatusOr<LoadedPolicy> loaded = LoadPolicies(arguments);
  if (!loaded.ok()) return loaded.status();
  const absl::StatusOr<std::vector<LintFinding>> findings =
      FindAll(*loaded, arguments.flags.warnings);
  if (!findings.ok()) return findings.status();
  out->Print(arguments.json ? ToJson(*findings) : ToText(*findings));
  return findings->empty() ? ExitCode::kDone : ExitCode::kDenied;
}

}  // namespace cli
}  // namespace postern
