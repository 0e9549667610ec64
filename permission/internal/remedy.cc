#include "permission/internal/remedy.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "fs/path_components.h"
#include "fs/path_pattern.h"
#include "net/address_class.h"
#include "permission/builder.h"
#include "permission/internal/command_pattern.h"
#include "permission/internal/compiled_policy.h"
#include "permission/internal/near_miss.h"
#include "permission/internal/policy_parts.h"
#include "permission/internal/rule_table.h"
#include "permission/literal_pattern.h"
#include "permission/text/display.h"
#include "permission/text/rule_text.h"

namespace postern {
namespace internal {
namespace {

// Bounds of what is tried of one layer, so that no guest makes a denial dear.
constexpr size_t kMaxScannedRules = 20000;
constexpr size_t kMaxTriedRules = 64;
constexpr size_t kMaxTriedBytes = 4096;
constexpr size_t kMaxTriedGroups = 8;  // "{": each may be a thousand patterns
constexpr size_t kMaxInTheWay = 8;

// `text` as a pattern that matches it alone, where `special` are operators.
std::string EscapePattern(absl::string_view text, absl::string_view special) {
  std::string out;
  for (char c : text) {
    if (special.find(c) != special.npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

// What a rule has to say, or why none can.
struct Wanted {
  absl::optional<RulePattern> pattern;
  std::string why_not;
};

Wanted No(absl::string_view why) { return {absl::nullopt, std::string(why)}; }

Wanted WantedCall(const Query& query) {
  if (query.arguments().unbound) {
    return No(
        "give the arguments by position, or by names that the function "
        "declares");
  }
  std::vector<std::string> args;
  for (const CallArg& arg : query.arguments().args) {
    if (!arg.is_text) {
      return No(absl::StrCat("pass text: argument ", args.size(),
                             " is none, and no rule names such a value"));
    }
    args.push_back(LiteralArgument(arg.text));
  }
  return {RulePattern::Call(query.access().text(), std::move(args),
                            CallForm::kExact),
          ""};
}

// As it was asked, with nothing that an operator of patterns could stand for.
Wanted WantedCommand(const Query& query) {
  const GivenProgram program = query.program();
  if (program.path == nullptr && !IsPlainProgramName(program.name)) {
    return No("ask for the program by its path");
  }
  std::vector<std::string> args;
  for (const CallArg& arg : query.arguments().args) {
    args.push_back(LiteralArgument(arg.text));
  }
  const std::string path =
      program.path == nullptr
          ? std::string(program.name)
          : fs::EscapePathPattern(fs::JoinPath(query.path()));
  return {RulePattern::Command(path, args), ""};
}

bool IsMetadata(const net::Endpoint& endpoint) {
  return endpoint.kind() == net::Endpoint::Kind::kAddress &&
         net::ClassOf(endpoint.address()) == net::AddressClass::kMetadata;
}

Wanted MetadataIsNotAdvised(const net::Endpoint& endpoint) {
  return No(absl::StrCat(
      "nothing that could be advised: ", endpoint.address().ToString(),
      " is where clouds tell a machine its credentials, and only a rule that "
      "names it would allow it"));
}

Wanted WantedEndpoint(const net::Endpoint& endpoint) {
  if (IsMetadata(endpoint)) return MetadataIsNotAdvised(endpoint);
  if (endpoint.kind() == net::Endpoint::Kind::kAbstract &&
      absl::EndsWith(endpoint.abstract(), "*")) {
    return No(
        "nothing: a rule whose name ends in \"*\" would allow every name that "
        "begins so");
  }
  return {RulePattern::Text(endpoint.ToString()), ""};
}

// For an address, the name that leads to it.
Wanted WantedResolved(const Query& query) {
  if (IsMetadata(query.address())) return MetadataIsNotAdvised(query.address());
  const net::IpAddress& address = query.address().address();
  if (net::IsPublic(address)) {
    return {RulePattern::Text(query.endpoint().ToString()), ""};
  }
  return {
      RulePattern::Resolving(query.endpoint().ToString(), {address.ToString()}),
      ""};
}

Wanted WantedPattern(const Query& query) {
  const Access& access = query.access();
  if (AskedResource(access).full_bytes != 0) {
    return No("nothing: what was asked is too long for a rule; ask for less");
  }
  switch (access.form()) {
    case Access::Form::kWhole:
      return {RulePattern::Whole(), ""};
    case Access::Form::kPath:
      return {RulePattern::Text(absl::StrCat(
                  "exact:", fs::EscapePathPattern(fs::JoinPath(query.path())))),
              ""};
    case Access::Form::kSubtree:
      return {
          RulePattern::Text(fs::EscapePathPattern(fs::JoinPath(query.path()))),
          ""};
    case Access::Form::kName:
      return {RulePattern::Text(EscapePattern(access.text(), "\\*?{")), ""};
    case Access::Form::kCall:
      return WantedCall(query);
    case Access::Form::kCommand:
      return WantedCommand(query);
    case Access::Form::kSecret: {
      std::vector<std::string> parts;
      for (absl::string_view part : access.parts()) {
        parts.push_back(EscapePattern(part, "\\*?{"));
      }
      return {RulePattern::Secret(std::move(parts)), ""};
    }
    case Access::Form::kEndpoint:
      return WantedEndpoint(query.endpoint());
    case Access::Form::kResolved:
      return WantedResolved(query);
  }
  return No("");
}

Rule MakeRule(Permission permission, RulePattern pattern) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = PermissionSet(permission);
  rule.pattern = std::move(pattern);
  return rule;
}

// Whether it doubts how a pattern is written: here a name that is there was.
bool IsAboutWriting(const PolicyWarning& warning) {
  return warning.code == "blank" || warning.code == "one-pattern";
}

// One layer with some rules, asked about the access: what the layer would say.
class Trial {
 public:
  Trial(const Policy& like, const ContextStack& stack, const Query& query)
      : like_(like), stack_(stack), query_(query) {}

  // nullopt if the rules are refused. Warnings are those of the last rule.
  absl::optional<Decision> Decide(const LayerSummary& summary,
                                  std::vector<Rule> rules) {
    const size_t count = rules.size();
    absl::StatusOr<std::shared_ptr<const Policy>> policy =
        Build(summary, std::move(rules));
    if (!policy.ok()) return absl::nullopt;
    warnings_.clear();
    for (const PolicyWarning& warning : (*policy)->warnings()) {
      if (warning.source.line == static_cast<int>(count) &&
          !IsAboutWriting(warning)) {
        warnings_.push_back(warning.message);
      }
    }
    ContextOptions options;
    options.base_directory = std::string(query_.scope().base_directory);
    options.session = std::string(query_.scope().session);
    options.clock = stack_.state(stack_.leaf()).options.clock;
    absl::StatusOr<RootContext> root =
        PermissionContext::Create(*std::move(policy), std::move(options));
    if (!root.ok()) return absl::nullopt;
    return Ask(*root->context);
  }

  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  // Behind a layer that grants all, as others may. Rules are told by line.
  absl::StatusOr<std::shared_ptr<const Policy>> Build(
      const LayerSummary& summary, std::vector<Rule> rules) const {
    PolicySpec spec;
    spec.base_directory = like_.base_directory();
    spec.variables = like_.variables();
    spec.lenient_wildcards = like_.lenient_wildcards();
    spec.layers.resize(2);
    spec.layers[0].rules.push_back(
        MakeRule(query_.access().permission(), RulePattern::Whole()));
    spec.layers[1].default_effect = summary.default_effect;
    spec.layers[1].precedence = summary.precedence;
    for (size_t i = 0; i < rules.size(); ++i) {
      rules[i].source = {RuleSource::Kind::kFile, "", static_cast<int>(i + 1),
                         0};
    }
    spec.layers[1].rules = std::move(rules);
    return PolicyBuilder(std::move(spec)).Build();
  }

  Decision Ask(const PermissionContext& context) const {
    const Access& access = query_.access();
    switch (access.form()) {
      case Access::Form::kPath:
        return context.Check(Access::CanonicalPath(
            access.permission(), fs::JoinPath(query_.path())));
      case Access::Form::kSubtree:
        return context.Check(Access::CanonicalSubtree(
            access.permission(), fs::JoinPath(query_.path())));
      case Access::Form::kCall:
        return context.Check(
            Access::Call({access.text(), query_.arguments().args, {}}));
      case Access::Form::kCommand:
        return AskCommand(context, access);
      case Access::Form::kWhole:
      case Access::Form::kName:
      case Access::Form::kSecret:
      case Access::Form::kEndpoint:
      case Access::Form::kResolved:
        break;
    }
    return context.Check(access);
  }

  Decision AskCommand(const PermissionContext& context,
                      const Access& access) const {
    if (query_.program().path == nullptr) return context.Check(access);
    const std::string path = fs::JoinPath(query_.path());
    const Access command =
        Access::CanonicalCommand(path, query_.arguments().args);
    return context.Check(access.is_through() ? command.Through() : command);
  }

  const Policy& like_;
  const ContextStack& stack_;
  const Query& query_;
  std::vector<std::string> warnings_;
};

// The rules of a layer that may say something of a permission.
struct TriedRules {
  std::vector<Rule> rules;
  bool all = true;  // no bound was met
};

// Whether one more pattern fits into the bounds; counts it.
class TriedBounds {
 public:
  bool Admit(const RulePattern& pattern) {
    Count(pattern.text());
    for (const std::string& part : pattern.parts()) Count(part);
    return ++rules_ <= kMaxTriedRules && bytes_ <= kMaxTriedBytes &&
           groups_ <= kMaxTriedGroups;
  }

 private:
  void Count(absl::string_view text) {
    bytes_ += text.size();
    groups_ += static_cast<size_t>(std::count(text.begin(), text.end(), '{'));
  }
  size_t rules_ = 0, bytes_ = 0, groups_ = 0;
};

PermissionSet MayDecide(Permission permission) {
  const PermissionSet asked(permission);
  return ResourceKindOf(permission) == ResourceKind::kEndpoint
             ? asked | PermissionSet(Permission::kNetResolve)
             : asked;
}

// Those that are not about the access by themselves do no harm.
TriedRules RulesToTry(const TraceEntry& entry, const Query& query) {
  TriedRules tried;
  TriedBounds bounds;
  const RuleTable& table = PolicyParts::Rules(*entry.policy);
  const LayerSummary& layer = entry.policy->layers()[entry.layer];
  const uint32_t bits = MayDecide(query.access().permission()).bits();
  const size_t count = std::min<size_t>(layer.rule_count, kMaxScannedRules);
  tried.all = count == layer.rule_count;
  if (entry.rule != Decision::kNoRule)
    tried.rules.push_back(table.Get(entry.rule));
  for (Effect effect : {Effect::kDeny, Effect::kAsk, Effect::kAllow}) {
    for (size_t i = 0; i < count; ++i) {
      const uint32_t number = layer.first_rule + static_cast<uint32_t>(i);
      if (number == entry.rule || table.effect(number) != effect ||
          (table.permissions(number).bits() & bits) == 0) {
        continue;
      }
      if (!bounds.Admit(table.Pattern(number))) {
        tried.all = false;
        return tried;
      }
      tried.rules.push_back(table.Get(number));
    }
  }
  return tried;
}

// Puts the remedy together, layer by layer.
class RemedyMaker {
 public:
  RemedyMaker(const ContextStack& stack, const Query& query, Explanation* out)
      : stack_(stack), query_(query), out_(*out) {}

  // What the layers of `trace` and the drops lack.
  std::string ForLayers(const Trace& trace) {
    const Wanted wanted = WantedPattern(query_);
    if (!wanted.pattern) return wanted.why_not;
    rule_ = MakeRule(query_.access().permission(), *wanted.pattern);
    if (!CanBeGranted()) return CannotBeGranted();
    for (const TraceEntry& entry : trace) {
      const LayerSummary& layer = entry.policy->layers()[entry.layer];
      if (layer.mode == Mode::kAudit) continue;
      if (entry.effect == Effect::kDeny ? ForLayer(entry, layer)
                                        : !HasNarrower(entry, layer)) {
        continue;
      }
      return query_.AsksForMany() ? NarrowerWithin(entry) : OnlyAskedFor();
    }
    AddGrantLayer();
    return Sentence();
  }

  // The rule in a layer that keeps `query_` from being granted as a whole.
  std::string NarrowerWithin(const TraceEntry& entry) {
    Clear();
    const LayerSummary& layer = entry.policy->layers()[entry.layer];
    Trial trial(*entry.policy, stack_, query_);
    LayerSummary open = layer;
    open.default_effect = Effect::kAllow;
    const TriedRules tried = RulesToTry(entry, query_);
    std::vector<std::string> within;
    for (const Rule& rule : tried.rules) {
      if (rule.effect == Effect::kAllow) continue;
      if (within.size() == kMaxInTheWay) break;
      const absl::optional<Decision> decision = trial.Decide(open, {rule});
      if (decision && decision->allowed()) continue;
      within.push_back(Described(rule));
    }
    return Within(within, tried.all && within.size() < kMaxInTheWay);
  }

  static std::string Within(const std::vector<std::string>& within, bool all) {
    if (within.empty()) {
      return "a stricter rule lies within what was asked; ask for each "
             "resource by itself";
    }
    return absl::StrCat("within what was asked lie stricter rules: ",
                        absl::StrJoin(within, ", "), all ? "" : " and others",
                        "; ask for each resource by itself");
  }

 private:
  static std::string Described(const Rule& rule) {
    return absl::StrCat(EffectName(rule.effect), " ",
                        EscapeForDisplay(rule.pattern.ToString()), " (",
                        EscapeForDisplay(rule.source.ToString()), ")");
  }

  void Clear() {
    out_.rules_to_add.clear();
    out_.rules_in_the_way.clear();
  }

  // In a layer of its own the rule is good for the access.
  bool CanBeGranted() {
    Trial trial(stack_.root_policy(), stack_, query_);
    const absl::optional<Decision> decision =
        trial.Decide(LayerSummary(), {rule_});
    warnings_ = trial.warnings();
    return decision && decision->allowed();
  }

  std::string CannotBeGranted() const {
    const absl::string_view name = PermissionName(out_.permission);
    switch (ResourceKindOf(out_.permission)) {
      case ResourceKind::kEndpoint:
        return "nothing: no rule names such an endpoint by itself, with a zone "
               "or port 0";
      default:
        return absl::StrCat("nothing: no rule for ", name,
                            " names this resource by itself");
    }
  }

  // False if narrower rules stand against it.
  bool ForLayer(const TraceEntry& entry, const LayerSummary& layer) {
    narrowed_ = narrowed_ || !IsOfPolicy(entry);
    only_grants_ = only_grants_ && IsOfPolicy(entry) && layer.name == "grants";
    const bool from_flags = layer.name == "flags";
    // Where no rule matches, an allow rule decides: there is nothing to try.
    // But names of hosts have other rules to pass, too.
    const bool is_host = query_.access().form() == Access::Form::kResolved ||
                         query_.access().form() == Access::Form::kEndpoint;
    if (entry.rule == Decision::kNoRule && !query_.AsksForMany() && !is_host) {
      return AddRule(layer.name, from_flags) || Unwritable();
    }
    Trial trial(*entry.policy, stack_, query_);
    TriedRules tried = RulesToTry(entry, query_);
    const auto decide = [&](bool with_rule) {
      std::vector<Rule> rules = tried.rules;
      if (with_rule) rules.push_back(rule_);
      return trial.Decide(layer, std::move(rules));
    };
    absl::optional<Decision> before = decide(/*with_rule=*/false);
    if (!before || before->effect() != Effect::kDeny) {
      return DenyByTrace(entry, layer, from_flags);
    }
    for (size_t i = 0; i <= kMaxInTheWay; ++i) {
      const absl::optional<Decision> after = decide(/*with_rule=*/true);
      if (!after) return false;
      if (after->effect() != Effect::kDeny) {
        before = decide(/*with_rule=*/false);
        unsure_ = unsure_ || !tried.all;
        if (before && before->effect() != Effect::kDeny && tried.all) {
          return true;
        }
        return AddRule(layer.name, from_flags) || Unwritable();
      }
      if (after->reason() != Reason::kRule ||
          !TakeOutOfTheWay(*after, layer, &tried.rules)) {
        return false;
      }
      before = decide(/*with_rule=*/false);
      if (before && before->effect() != Effect::kDeny) {
        unsure_ = unsure_ || !tried.all;
        return true;
      }
    }
    unsure_ = true;
    return true;
  }

  // Whether a layer that grants the top keeps something beneath back.
  bool HasNarrower(const TraceEntry& entry, const LayerSummary& layer) {
    if (!query_.AsksForMany()) return false;
    std::vector<Rule> rules = RulesToTry(entry, query_).rules;
    rules.push_back(rule_);
    const absl::optional<Decision> decision =
        Trial(*entry.policy, stack_, query_).Decide(layer, std::move(rules));
    return decision && decision->effect() == Effect::kDeny;
  }

  // An address whose name is not allowed, but asked about.
  std::string OnlyAskedFor() {
    Clear();
    return absl::StrCat(
        "no rule beside those there are: what they say of the name ",
        "does not hold for this address; let a rule that allows the name say "
        "in resolves_to where it may lead, in their place");
  }

  // The deciding rule of a trial, by its number there: rule 0 is the first
  // layer's.
  bool TakeOutOfTheWay(const Decision& decision, const LayerSummary& layer,
                       std::vector<Rule>* rules) {
    const size_t index = decision.rule() - 1;
    if (decision.layer() != 1 || decision.rule() == 0 ||
        index >= rules->size()) {
      return false;
    }
    const Rule& rule = (*rules)[index];
    AddInTheWay(layer.name, rule);
    rules->erase(rules->begin() + static_cast<std::ptrdiff_t>(index));
    return true;
  }

  // What was tried does not deny as the layer does: links lead elsewhere.
  bool DenyByTrace(const TraceEntry& entry, const LayerSummary& layer,
                   bool from_flags) {
    if (entry.rule == Decision::kNoRule) {
      return !query_.AsksForMany() &&
             (AddRule(layer.name, from_flags) || Unwritable());
    }
    unsure_ = true;
    AddInTheWay(layer.name, PolicyParts::Rules(*entry.policy).Get(entry.rule));
    return layer.default_effect == Effect::kAllow ||
           AddRule(layer.name, from_flags) || Unwritable();
  }

  void AddInTheWay(const std::string& layer, const Rule& rule) {
    out_.rules_in_the_way.push_back(
        {layer, rule.pattern.ToString(), rule.source});
  }

  // Of the root's own policy, which somebody can change.
  bool IsOfPolicy(const TraceEntry& entry) const {
    return entry.depth == 0 && entry.policy == &stack_.root_policy();
  }

  bool AddRule(const std::string& layer, bool from_flags) {
    const absl::optional<std::string> text =
        from_flags ? RuleAsFlag(rule_) : RuleAsPolicyText(rule_);
    if (!text) return false;
    out_.rules_to_add.push_back({layer, /*new_layer=*/false, rule_, *text});
    return true;
  }

  // If there is none: nothing is granted by silence.
  void AddGrantLayer() {
    const Policy& policy = stack_.root_policy();
    if (PolicyParts::Compiled(policy).grants() || policy.unconfined()) return;
    only_grants_ = false;
    if (AddRule("grants", /*from_flags=*/false)) {
      out_.rules_to_add.back().new_layer = true;
    } else {
      unwritable_ = true;
    }
  }

  bool Unwritable() { return unwritable_ = true; }

  static std::string NotInAFile() {
    return "nothing that could be pasted: the name holds bytes that a policy "
           "file or a flag cannot hold; the host's code can grant it";
  }

  // For a layer of flags: the rule itself is one that a policy file can say.
  std::string NotAFlag() const {
    return absl::StrCat(
        "no flag can say what is needed; in a policy file, add ",
        RuleAsPolicyText(rule_).value_or(""), Beware());
  }

  std::string Beware() const {
    return warnings_.empty()
               ? ""
               : absl::StrCat("; beware: ", absl::StrJoin(warnings_, "; "));
  }

  std::string Additions() const {
    std::vector<std::string> parts;
    for (const RuleToAdd& add : out_.rules_to_add) {
      parts.push_back(
          add.new_layer
              ? absl::StrCat("add a layer ", QuoteForDisplay(add.layer),
                             " that denies by default, with the rule ",
                             add.text)
              : absl::StrCat("add a rule to layer ", QuoteForDisplay(add.layer),
                             ": ", add.text));
    }
    return absl::StrJoin(parts, ", and ");
  }

  std::string Removals() const {
    std::vector<std::string> parts;
    const bool many = out_.rules_in_the_way.size() > 1;
    for (const RuleInTheWay& rule : out_.rules_in_the_way) {
      parts.push_back(absl::StrCat(
          EscapeForDisplay(rule.rule), " (",
          EscapeForDisplay(rule.source.ToString()), ")",
          many ? absl::StrCat(" of layer ", QuoteForDisplay(rule.layer)) : ""));
    }
    return absl::StrCat(
        "remove or narrow the deny rule", many ? "s " : " ",
        absl::StrJoin(parts, " and "),
        unsure_ ? ", and others of that layer that match it" : "");
  }

  std::string Sentence() {
    if (unwritable_) {
      Clear();
      return rule_.pattern.kind() == RulePattern::Kind::kResolving
                 ? NotAFlag()
                 : NotInAFile();
    }
    std::string text;
    if (!out_.rules_in_the_way.empty()) text = Removals();
    const bool removes = !text.empty();
    if (!out_.rules_to_add.empty()) {
      absl::StrAppend(&text, removes ? "; and " : "", Additions());
    }
    if (unsure_ && !removes) {
      absl::StrAppend(&text, ", and remove others of that layer that deny it");
    }
    const bool manifest =
        only_grants_ && out_.rules_in_the_way.empty() && IsForManifests();
    absl::StrAppend(
        &text,
        manifest ? ", or ask for it in the app's manifest and approve it" : "",
        narrowed_ ? "; some of these layers were added by the host's code when "
                    "it narrowed the context"
                  : "",
        IsShellText() ? "; a shell string is a spawn of the shell with that "
                        "text as its argument, which no rule for a program in "
                        "it matches"
                      : "",
        IsSocket() ? "; it is for sockets beneath that name, too, if it is a "
                     "folder"
                   : "",
        Beware());
    return text;
  }

  // What a shell is to run: "-c", perhaps with other options in front of the
  // "c", and the text.
  bool IsShellText() const {
    if (query_.access().form() != Access::Form::kCommand) return false;
    const absl::Span<const CallArg> args = query_.arguments().args;
    return args.size() > 1 && absl::StartsWith(args[0].text, "-") &&
           !absl::StartsWith(args[0].text, "--") &&
           absl::EndsWith(args[0].text, "c") &&
           absl::EndsWith(query_.program().name, "sh");
  }

  bool IsSocket() const {
    return !out_.rules_to_add.empty() &&
           query_.access().form() == Access::Form::kEndpoint &&
           query_.endpoint().kind() == net::Endpoint::Kind::kUnix;
  }

  bool IsForManifests() const {
    switch (ResourceKindOf(out_.permission)) {
      case ResourceKind::kNone:
      case ResourceKind::kHostName:
        return false;
      case ResourceKind::kCommand:
      case ResourceKind::kProcess:
      case ResourceKind::kPath:
      case ResourceKind::kEndpoint:
      case ResourceKind::kName:
      case ResourceKind::kFact:
      case ResourceKind::kModule:
      case ResourceKind::kCall:
      case ResourceKind::kSecret:
        return true;
    }
    return false;
  }

  const ContextStack& stack_;
  const Query& query_;
  Explanation& out_;
  Rule rule_;  // that would allow the access
  std::vector<std::string> warnings_;
  bool only_grants_ = true;
  bool narrowed_ = false;
  bool unsure_ = false;
  bool unwritable_ = false;
};

std::string AddDrops(const ContextStack& stack, const Query& query,
                     std::string remedy) {
  for (int depth = 0; depth <= stack.leaf(); ++depth) {
    if (!stack.state(depth).drops.Find(query).has_value()) continue;
    return absl::StrCat(
        "the app gave this up itself; start it again without the drop",
        remedy.empty() ? "" : ", and ", remedy);
  }
  return remedy;
}

std::string NameOfNarrower(const ContextStack& stack, const Query& query,
                           const Trace& trace, Explanation* out) {
  for (const TraceEntry& entry : trace) {
    if (entry.policy->layers()[entry.layer].mode == Mode::kAudit) continue;
    std::string text = RemedyMaker(stack, query, out).NarrowerWithin(entry);
    if (absl::StartsWith(text, "within")) return text;
  }
  return RemedyMaker::Within({}, true);
}

std::string InvalidResource(const Access& access) {
  const bool relative = (access.form() == Access::Form::kPath ||
                         access.form() == Access::Form::kSubtree) &&
                        !absl::StartsWith(access.text(), "/");
  if (relative && !access.text().empty()) {
    return "ask for an absolute name, or give the context a base directory";
  }
  return "ask for a valid resource: not empty, not too long, no NUL, of the "
         "permission's kind";
}

std::string RemedyText(const ContextStack& stack, const Query& query,
                       const Trace& trace, Explanation* out) {
  if (out->decision.allowed()) return "";
  switch (out->decision.reason()) {
    case Reason::kNone:
    case Reason::kUnconfined:
      return "";
    case Reason::kRule:
      if (out->decision.effect() == Effect::kAsk) {
        return "a person has to be asked: resolve the access with a handler";
      }
      ABSL_FALLTHROUGH_INTENDED;
    case Reason::kDefault:
    case Reason::kDropped:
    case Reason::kNoGrantLayer:
      return AddDrops(stack, query,
                      RemedyMaker(stack, query, out).ForLayers(trace));
    case Reason::kUnknownPermission:
      return "use one of the documented permissions";
    case Reason::kInvalidResource:
      return InvalidResource(query.access());
    case Reason::kNarrowerRule:
      return NameOfNarrower(stack, query, trace, out);
    case Reason::kAnswered:
      return "a person denied this; ask again after the rules change";
    case Reason::kNoAnswer:
      return "nobody answered in time; run it where a person can be asked, "
             "which is on a terminal or by the host's ask handler";
    case Reason::kStale:
      return "the rules changed while a person was asked; try again";
    case Reason::kUsedUp:
      return "the rule's uses are spent; approve it again";
    case Reason::kUnenforceable:
      return "this kernel cannot do it safely";
    case Reason::kProtected:
      return "rules stand on this name; only the host may give it to "
             "something else";
    case Reason::kNotNamed:
      return "a rule further up does not mean this; add one whose pattern "
             "names it";
  }
  return "";
}

}  // namespace

void AddRemedy(const ContextStack& stack, const Query& query,
               const Trace& trace, Explanation* out) {
  out->remedy = RemedyText(stack, query, trace, out);
}

}  // namespace internal
}  // namespace postern
