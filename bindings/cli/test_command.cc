#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/decision_tables.h"
#include "bindings/cli/input.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/resource_problem.h"
#include "bindings/cli/test_report.h"
#include "bindings/cli/write_file.h"
#include "permission/context.h"
#include "permission/proto/form.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;

constexpr size_t kMaxTableBytes = size_t{16} << 20;

// One run over all files.
class Tester {
 public:
  explicit Tester(const Arguments& arguments) : arguments_(arguments) {
    report_.with_coverage = arguments.coverage;
  }

  absl::Status RunFile(const std::string& path) {
    const absl::StatusOr<Input> input = ReadInput(path, kMaxTableBytes);
    if (!input.ok()) return input.status();
    std::vector<Problem> problems;
    const std::vector<DecisionTable> tables =
        ParseDecisionTables(input->name, input->bytes, &problems);
    if (!problems.empty() && DetectForm(path).ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(EscapeForDisplay(input->name),
                       " is a policy: give it as --policy, and a table of "
                       "decisions after it"));
    }
    if (!problems.empty()) return ProblemsStatus(problems);
    for (const DecisionTable& table : tables) {
      const absl::Status status = RunTable(*input, path, table);
      if (!status.ok()) return status;
    }
    return absl::OkStatus();
  }

  // The tables may name several policies, each of which has some variables.
  absl::Status CheckVariables() const {
    return cli::CheckVariables(arguments_, variables_);
  }

  TestReport Finish() {
    for (auto& entry : rules_) report_.rules.push_back(std::move(entry.second));
    return std::move(report_);
  }

 private:
  // The last number tells rules apart whose line is not known. A rule of a set
  // is one, however many layers use it.
  using Place = std::tuple<std::string, int, int, int>;

  Place NewPlace(const RuleSource& source, std::set<Place>* taken) const {
    for (int number = 0;; ++number) {
      Place place(source.name, source.line, source.column, number);
      if (taken->insert(place).second || source.line > 0) return place;
    }
  }

  // The policy of a table: its own, or the command line's, which is read once,
  // as standard input can be.
  absl::StatusOr<LoadedPolicy> PolicyOf(const Input& input,
                                        const std::string& path,
                                        const DecisionTable& table) {
    const bool given =
        !arguments_.policies.empty() || !arguments_.flags.layer.rules.empty();
    if (given != table.policies.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          EscapeForDisplay(input.name), ":", table.line, ": ",
          given ? "a policy is named here and on the command line, expected "
                  "one of them"
                : "no policy is named, expected a line \"policy FILE\" before, "
                  "or --policy FILE on the command line"));
    }
    if (!given) return LoadPolicies(With(path, table));
    if (!given_) {
      absl::StatusOr<LoadedPolicy> loaded = LoadPolicies(arguments_);
      if (!loaded.ok()) return loaded.status();
      given_ = *std::move(loaded);
    }
    return *given_;
  }

  // Names in a table start where the table is.
  Arguments With(const std::string& path, const DecisionTable& table) const {
    Arguments arguments = arguments_;
    const size_t slash = path.rfind('/');
    const std::string folder =
        slash == path.npos ? "" : path.substr(0, slash + 1);
    for (const std::string& policy : table.policies) {
      arguments.policies.push_back(
          policy[0] == '/' ? policy : absl::StrCat(folder, policy));
    }
    return arguments;
  }

  absl::Status RunTable(const Input& input, const std::string& path,
                        const DecisionTable& table) {
    const absl::StatusOr<LoadedPolicy> loaded = PolicyOf(input, path, table);
    if (!loaded.ok()) return loaded.status();
    variables_.insert(loaded->variables.begin(), loaded->variables.end());
    const absl::StatusOr<RootContext> root =
        NewContext(loaded->policy, loaded->base);
    if (!root.ok()) return root.status();
    for (const ExpectedDecision& expected : table.decisions) {
      const absl::Status status = RunLine(input, expected, *root->context);
      if (!status.ok()) return status;
    }
    return report_.with_coverage ? CoverTable(table, *loaded)
                                 : absl::OkStatus();
  }

  // Asks once more, a policy whose rules have their numbers for places: in the
  // binary form, and on the command line, several are at one place.
  absl::Status CoverTable(const DecisionTable& table,
                          const LoadedPolicy& loaded) {
    PolicySpec numbered = loaded.policy->spec();
    const std::vector<Place> places = NumberRules(&numbered);
    const absl::StatusOr<std::shared_ptr<const Policy>> policy =
        BuildPolicy(std::move(numbered));
    if (!policy.ok()) return policy.status();
    const absl::StatusOr<RootContext> root = NewContext(*policy, loaded.base);
    if (!root.ok()) return root.status();
    for (const ExpectedDecision& expected : table.decisions) {
      const Access access = expected.decision->question->access();
      const absl::StatusOr<Explanation> explanation =
          root->context->Explain(root->context->Check(access), access);
      if (!explanation.ok()) return explanation.status();
      Cover(*explanation, places);
    }
    return absl::OkStatus();
  }

  absl::Status RunLine(const Input& input, const ExpectedDecision& expected,
                       const PermissionContext& context) {
    const Access access = expected.decision->question->access();
    const Decision decision = context.Check(access);
    if (decision.reason() == Reason::kInvalidResource) {
      NoteResource(input, expected);
    }
    TestResult result;
    result.file = EscapeForDisplay(input.name);
    result.line = expected.line;
    result.text = expected.text;
    result.expected = expected.decision->expected;
    result.actual = DecisionName(decision);
    if (!result.passed()) {
      const absl::StatusOr<Explanation> explanation =
          context.Explain(decision, access);
      if (!explanation.ok()) return explanation.status();
      result.explanation = explanation->ToText();
    }
    report_.results.push_back(std::move(result));
    return absl::OkStatus();
  }

  // A denial that is expected holds whatever the policy says of what is no
  // resource.
  static void NoteResource(const Input& input,
                           const ExpectedDecision& expected) {
    const AccessQuestion& question = *expected.decision->question;
    const std::string problem = ResourceProblem(question);
    const std::string note =
        problem.empty() ? ResourceSlip(question)
                        : absl::StrCat(problem, "; no policy allows this");
    if (note.empty()) return;
    PrintError(absl::StrCat(EscapeForDisplay(input.name), ":", expected.line,
                            ": note: ", note));
  }

  // The places that the rules had, in their order.
  std::vector<Place> NumberRules(PolicySpec* spec) {
    std::vector<Place> places;
    std::set<Place> taken;
    for (Layer& layer : spec->layers) {
      for (Rule& rule : layer.rules) {
        RuleCoverage coverage;
        coverage.source = rule.source;
        coverage.text = absl::StrCat(EffectName(rule.effect), " ",
                                     rule.permissions.ToString(), " ",
                                     EscapeForDisplay(rule.pattern.ToString()));
        places.push_back(NewPlace(rule.source, &taken));
        rules_.emplace(places.back(), std::move(coverage));
        rule.source.line = static_cast<int>(places.size());
      }
    }
    return places;
  }

  void Cover(const Explanation& explanation, const std::vector<Place>& places) {
    for (const LayerAnswer& answer : explanation.layers) {
      if (answer.by_default || answer.source.line < 1) continue;
      rules_[places[static_cast<size_t>(answer.source.line) - 1]].covered =
          true;
    }
  }

  const Arguments& arguments_;
  absl::optional<LoadedPolicy> given_;  // on the command line, once read
  std::set<std::string> variables_;     // of all policies
  std::map<Place, RuleCoverage> rules_;
  TestReport report_;
};

}  // namespace

absl::StatusOr<ExitCode> Test(const Arguments& arguments, Output* out) {
  if (arguments.words.empty()) {
    return absl::InvalidArgumentError(
        "FILE is missing; see \"postern test --help\"");
  }
  std::vector<std::string> read = arguments.words;
  read.insert(read.end(), arguments.policies.begin(), arguments.policies.end());
  const absl::Status once = CheckStandardInputOnce(read);
  if (!once.ok()) return once;
  Tester tester(arguments);
  for (const std::string& path : arguments.words) {
    const absl::Status status = tester.RunFile(path);
    if (!status.ok()) return status;
  }
  const absl::Status known = tester.CheckVariables();
  if (!known.ok()) return known;
  const TestReport report = tester.Finish();
  if (report.results.empty()) {
    return absl::InvalidArgumentError(
        "there is no decision to test, expected lines such as \"allow fs.read "
        "/srv/app\"");
  }
  if (!arguments.junit.empty()) {
    const absl::Status status =
        WriteWholeFile(arguments.junit, TestReportToJunit(report));
    if (!status.ok()) return status;
  }
  out->Print(arguments.json ? TestReportToJson(report)
                            : TestReportToText(report));
  return report.failed() == 0 ? ExitCode::kDone : ExitCode::kDenied;
}

}  // namespace cli
}  // namespace postern
