#include "tests/permission/sequence_comparison.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "permission/ask.h"
#include "permission/builder.h"
#include "permission/clock.h"
#include "permission/context.h"
#include "permission/testing/naive_context.h"

namespace postern {
namespace testing {
namespace {

const absl::Time kStart = absl::UnixEpoch() + absl::Hours(1000);

struct FakeClock final : Clock {
  absl::Time Now() const override { return now; }
  absl::Time now = kStart;
};

// Gives the answer that was laid out, and counts.
struct Person final : AskHandler {
  Answer Ask(const Question& question) override {
    return Hear(question.rules.size());
  }
  Answer Hear(size_t shown) {
    ++asked;
    rules = shown;
    return answer;
  }
  Answer answer;
  int asked = 0;
  size_t rules = 0;
};

RulePattern Text(const char* text) { return RulePattern::Text(text); }

RulePattern Call(const char* arg) {
  return RulePattern::Call("p.f", {arg}, CallForm::kExact);
}

// Patterns that meet, of one kind of resource.
std::vector<RulePattern> PatternsFor(Permission permission) {
  const RulePattern whole;
  switch (ResourceKindOf(permission)) {
    case ResourceKind::kPath:
      return {
          whole,        Text("/a"),      Text("x"),          Text("exact:x"),
          Text("${D}"), Text("/*/x/**"), Text("exact:/a/*"), Text("/a/d/x")};
    case ResourceKind::kName:
      return {whole, Text("A*"), Text("AB*"), Text("AX")};
    case ResourceKind::kCall:
      return {whole,          Call("*"),         Call("rm"),
              Call("path:x"), Call("path:${D}"), Call("{rm,ls}")};
    case ResourceKind::kSecret:
      return {whole, RulePattern::Secret({"*"}), RulePattern::Secret({"db"})};
    default:
      return {whole, Text("*.io"), Text("a.io"), Text(":1"),
              Text("10.0.0.0/8")};
  }
}

constexpr Permission kPermissions[] = {
    Permission::kFsRead,     Permission::kFsRead,     Permission::kFsWrite,
    Permission::kEnvRead,    Permission::kPluginCall, Permission::kSecretUse,
    Permission::kNetConnect,
};

const std::vector<Access>& Accesses() {
  static const CallArg rm[] = {{"rm"}}, a[] = {{"/a/x"}}, b[] = {{"/b/x"}};
  static const absl::string_view db[] = {"db"}, root[] = {"root"};
  static const auto* const accesses = new std::vector<Access>{
      Access::Path(Permission::kFsRead, "/a"),
      Access::Path(Permission::kFsRead, "/a/x"),
      Access::Path(Permission::kFsRead, "/b/x"),
      Access::Path(Permission::kFsRead, "/a/d/x"),
      Access::Path(Permission::kFsWrite, "/a/x"),
      Access::Path(Permission::kFsWrite, "/b/d"),
      Access::Name(Permission::kEnvRead, "AX"),
      Access::Name(Permission::kEnvRead, "ABX"),
      Access::Call({"p.f", rm, {}}),
      Access::Call({"p.f", a, {}}),
      Access::Call({"p.f", b, {}}),
      Access::Secret(Permission::kSecretUse, db),
      Access::Secret(Permission::kSecretUse, root),
      Access::Endpoint(Permission::kNetConnect, "a.io:1"),
      Access::Endpoint(Permission::kNetConnect, "b.io:2"),
      Access::Endpoint(Permission::kNetConnect, "10.0.0.1:1"),
  };
  return *accesses;
}

std::string ToText(const Rule& rule) {
  std::string text =
      absl::StrCat(EffectName(rule.effect), " ", rule.permissions.ToString(),
                   " ", rule.pattern.ToString());
  if (rule.limits.uses != nullptr) {
    absl::StrAppend(&text, " uses ", rule.limits.uses->left());
  }
  if (rule.limits.expires) {
    absl::StrAppend(&text, " expires ",
                    absl::FormatDuration(*rule.limits.expires - kStart));
  }
  if (!rule.limits.session.empty()) absl::StrAppend(&text, " session");
  return text;
}

std::string ToText(const PolicySpec& spec) {
  std::string text =
      absl::StrCat(spec.base_directory, " ", spec.variables.at("D"));
  for (const Layer& layer : spec.layers) {
    absl::StrAppend(
        &text, "\n    layer ", EffectName(layer.default_effect),
        layer.precedence == Precedence::kMostSpecific ? " specific" : "",
        layer.mode == Mode::kAudit ? " audit" : "");
    for (const Rule& rule : layer.rules) {
      absl::StrAppend(&text, "\n      ", ToText(rule));
    }
  }
  return text;
}

// A tree of contexts beside its model.
class World {
 public:
  World(uint64_t seed, SequenceTally* tally) : random_(seed), tally_(*tally) {
    session_ = OneIn(2) ? "s" : "";
    const PolicySpec spec = NextSpec(/*grants=*/true);
    Note(absl::StrCat("create ", session_, " ", ToText(spec)));
    auto root = PermissionContext::Create(Build(spec), Options());
    if (!root.ok()) std::abort();
    contexts_.push_back(root->context);
    authority_ = std::make_unique<Authority>(std::move(root->authority));
    models_.push_back(std::make_unique<NaiveContext>(ForModel(spec), session_));
    See();
  }

  // False if the two differ by now.
  bool Step() {
    switch (Below(16)) {
      case 0:
        Publish();
        break;
      case 1:
        Restrict();
        break;
      case 2:
        Derive();
        break;
      case 3:
        Drop();
        break;
      case 4:
      case 5:
        MoveClock();
        break;
      default:
        ActOnce();
    }
    See();
    return CheckSome() && same_;
  }
  std::string ToString() const { return absl::StrJoin(log_, "\n  "); }

 private:
  int Below(int limit) {
    return static_cast<int>(random_() % static_cast<uint64_t>(limit));
  }
  bool OneIn(int n) { return Below(n) == 0; }
  template <typename T>
  T Pick(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(
        Below(static_cast<int>(choices.size())))];
  }
  void Note(std::string what) { log_.push_back(std::move(what)); }
  absl::Time NextTime() { return kStart + absl::Hours(Below(4)); }

  ContextOptions Options() {
    ContextOptions options;
    options.session = session_;
    options.ask = &person_;
    options.clock = &clock_;
    return options;
  }
  static std::shared_ptr<const Policy> Build(const PolicySpec& spec) {
    auto policy = PolicyBuilder(spec).Build();
    if (!policy.ok()) std::abort();
    return *std::move(policy);
  }

  RuleLimits NextLimits() {
    RuleLimits limits;
    if (OneIn(2)) {
      if (counters_.empty() || !OneIn(4)) {
        const uint32_t uses = OneIn(3) ? 2 : 1;
        limits.uses = std::make_shared<UseCounter>(uses);
        counters_.push_back({limits.uses, std::make_shared<UseCounter>(uses)});
      } else {
        limits.uses = Pick(counters_).engine;
      }
    }
    if (OneIn(4)) {
      limits.expires = OneIn(4) ? absl::InfiniteFuture() : NextTime();
    }
    if (OneIn(6)) limits.session = "s";
    return limits;
  }
  Rule NextRule(Permission permission) {
    Rule rule;
    rule.effect = OneIn(6)   ? Effect::kDeny
                  : OneIn(3) ? Effect::kAsk
                             : Effect::kAllow;
    rule.permissions = PermissionSet(permission);
    rule.pattern = Pick(PatternsFor(permission));
    if (rule.effect != Effect::kDeny && OneIn(2)) rule.limits = NextLimits();
    return rule;
  }
  // What a policy is about: few permissions, so that its rules meet.
  Permission NextPermission() {
    if (focus_.size() < 3) {
      focus_.push_back(kPermissions[Below(std::size(kPermissions))]);
    }
    return Pick(focus_);
  }
  Layer NextLayer(bool grants) {
    Layer layer;
    layer.default_effect = grants || OneIn(4) ? Effect::kDeny : Effect::kAllow;
    if (OneIn(3)) layer.precedence = Precedence::kMostSpecific;
    if (!grants && OneIn(8)) layer.mode = Mode::kAudit;
    for (int left = 1 + Below(grants ? 8 : 4); left > 0; --left) {
      layer.rules.push_back(OneIn(6) && !layer.rules.empty()
                                ? layer.rules[0]
                                : NextRule(NextPermission()));
    }
    return layer;
  }
  PolicySpec NextTerms() {
    PolicySpec spec;
    spec.base_directory = OneIn(2) ? "/a" : "/b";
    spec.variables["D"] = OneIn(2) ? "/a/d" : "/b/d";
    return spec;
  }
  PolicySpec NextSpec(bool grants) {
    PolicySpec spec = NextTerms();
    spec.layers.push_back(NextLayer(grants));
    if (OneIn(3)) spec.layers.push_back(NextLayer(false));
    return spec;
  }
  // The same with the model's counters.
  PolicySpec ForModel(PolicySpec spec) const {
    for (Layer& layer : spec.layers) {
      for (Rule& rule : layer.rules) {
        for (const Counters& pair : counters_) {
          if (pair.engine == rule.limits.uses) {
            rule.limits.uses = pair.model;
            break;
          }
        }
      }
    }
    return spec;
  }

  void Publish() {
    if (published_.empty() || OneIn(2)) published_.push_back(NextSpec(true));
    const PolicySpec spec = Pick(published_);
    Note(absl::StrCat("publish ", ToText(spec)));
    if (!contexts_[0]->Publish(*authority_, Build(spec)).ok()) std::abort();
    models_[0]->Publish(ForModel(spec));
    contexts_[0]->Quiesce();
  }
  void Restrict() {
    const size_t at = NextContext();
    PolicySpec spec = NextSpec(false);
    const bool own_terms = OneIn(2);
    if (!own_terms) {
      std::vector<Layer> layers = spec.layers;
      spec = models_[at]->Terms();
      spec.layers = std::move(layers);
    }
    Note(absl::StrCat("restrict ", at, " ", ToText(spec)));
    const absl::Status status = own_terms
                                    ? contexts_[at]->RestrictTo(Build(spec))
                                    : contexts_[at]->Restrict(spec.layers);
    if (status.ok()) models_[at]->Restrict(ForModel(spec));
  }
  void Derive() {
    if (contexts_.size() > 4) return;
    const size_t at = NextContext();
    Note(absl::StrCat("derive ", contexts_.size(), " from ", at));
    auto child = contexts_[at]->Derive({}, Options());
    if (!child.ok()) std::abort();
    contexts_.push_back(*child);
    models_.push_back(std::make_unique<NaiveContext>(models_[at].get()));
  }
  // Often the same again, which may mean something else by now.
  void Drop() {
    if (given_up_.empty() || OneIn(2)) given_up_.push_back(NextGivenUp());
    const GivenUp drop = Pick(given_up_);
    Note(absl::StrCat("drop ", drop.at, " ", drop.permissions.ToString(), " ",
                      drop.pattern.ToString()));
    if (!contexts_[drop.at]->Drop(drop.permissions, drop.pattern).ok()) {
      std::abort();
    }
    models_[drop.at]->Drop(drop.permissions, drop.pattern);
  }
  struct GivenUp {
    size_t at;
    PermissionSet permissions;
    RulePattern pattern;
  };
  GivenUp NextGivenUp() {
    const Permission permission = NextPermission();
    GivenUp drop = {NextContext(), PermissionSet(permission), {}};
    while (drop.pattern.kind() == RulePattern::Kind::kWhole) {
      drop.pattern = Pick(PatternsFor(permission));
    }
    return drop;
  }
  void MoveClock() {
    const absl::Time before = clock_.now;
    clock_.now = NextTime();
    Note(absl::StrCat("clock ", absl::FormatDuration(clock_.now - kStart)));
    if (clock_.now < before) ++tally_.clock_back;
  }
  // Lets every context read the clock.
  void See() {
    for (size_t i = 0; i < contexts_.size(); ++i) {
      contexts_[i]->Check(Access::Whole(Permission::kFsRead)).effect();
      models_[i]->See(clock_.now);
    }
  }

  size_t NextContext() {
    return static_cast<size_t>(Below(static_cast<int>(contexts_.size())));
  }
  // Mostly one that some rule is about.
  size_t NextAccess() {
    for (;;) {
      const auto i =
          static_cast<size_t>(Below(static_cast<int>(Accesses().size())));
      const Permission permission = Accesses()[i].permission();
      const bool in_focus =
          std::find(focus_.begin(), focus_.end(), permission) != focus_.end();
      if (in_focus || OneIn(20)) return i;
    }
  }
  Answer NextAnswer(Permission permission) {
    Answer answer;
    answer.effect = OneIn(8)   ? Effect::kAsk
                    : OneIn(3) ? Effect::kDeny
                               : Effect::kAllow;
    answer.lifetime = static_cast<AnswerLifetime>(Below(4));
    answer.expires = OneIn(4) ? absl::InfiniteFuture() : NextTime();
    if (OneIn(2)) answer.scope = Pick(PatternsFor(permission));
    return answer;
  }

  void ActOnce() {
    const size_t at = NextContext();
    const bool resolves = OneIn(6);
    OneOperation operation;
    NaiveContext::Taken taken;
    for (int left = OneIn(4) ? 3 : 1; left > 0 && same_; --left) {
      const size_t id = NextAccess();
      person_.answer = NextAnswer(Accesses()[id].permission());
      Note(absl::StrCat(resolves ? "resolve " : "enforce ", at, " #", id,
                        left > 1 ? " and" : "", "; would answer ",
                        EffectName(person_.answer.effect), " lifetime ",
                        static_cast<int>(person_.answer.lifetime), " until ",
                        absl::FormatDuration(person_.answer.expires - kStart),
                        " for ", person_.answer.scope.ToString()));
      Act(at, id, resolves, &operation, &taken);
    }
    tally_.uses += static_cast<int64_t>(taken.size());
  }
  void Act(size_t at, size_t id, bool resolves, OneOperation* operation,
           NaiveContext::Taken* taken) {
    const Access& access = Accesses()[id];
    Person model = person_;
    const Effect asks = models_[at]->Check(access);
    const Decision decision =
        resolves
            ? contexts_[at]->Resolve(access)
            : contexts_[at]->Enforce(access, absl::InfiniteFuture(), operation);
    const Effect effect = models_[at]->Act(
        access, static_cast<int>(id),
        [&](size_t rules) { return model.Hear(rules); },
        resolves ? nullptr : taken);
    Same("effect", decision.effect(), effect);
    Same("asked", person_.asked, model.asked);
    Same("rules shown", person_.rules, model.rules);
    for (const Counters& pair : counters_) {
      Same("uses left", pair.engine->left(), pair.model->left());
    }
    ++tally_.acts;
    tally_.allowed += decision.allowed() ? 1 : 0;
    const bool was_asked = model.asked > asked_before_;
    tally_.asked += was_asked ? 1 : 0;
    tally_.asked_by_two += was_asked && model.rules > 1 ? 1 : 0;
    tally_.remembered += asks == Effect::kAsk && !was_asked ? 1 : 0;
    asked_before_ = model.asked;
  }
  bool CheckSome() {
    for (size_t i = 0; i < contexts_.size(); ++i) {
      for (int left = 3; left > 0; --left) {
        const size_t id = NextAccess();
        const Access& access = Accesses()[id];
        Same(absl::StrCat("check ", i, " #", id),
             contexts_[i]->Check(access).effect(), models_[i]->Check(access));
      }
    }
    return same_;
  }
  template <typename T>
  void Same(absl::string_view what, T engine, T model) {
    if (engine == model || !same_) return;
    same_ = false;
    Note(absl::StrCat("DIFFERS: ", what, ": ", static_cast<int>(engine),
                      ", by the model ", static_cast<int>(model)));
  }

  // One for the engine, and its like for the model.
  struct Counters {
    std::shared_ptr<UseCounter> engine, model;
  };

  std::mt19937_64 random_;
  SequenceTally& tally_;
  std::string session_;
  FakeClock clock_;
  Person person_;
  int asked_before_ = 0;
  std::vector<Permission> focus_;
  std::vector<Counters> counters_;
  std::vector<PolicySpec> published_;
  std::vector<GivenUp> given_up_;
  std::unique_ptr<Authority> authority_;
  std::vector<std::shared_ptr<PermissionContext>> contexts_;
  std::vector<std::unique_ptr<NaiveContext>> models_;
  bool same_ = true;
  std::vector<std::string> log_;
};

constexpr int kSteps = 40;

}  // namespace

SequenceComparison CompareSequences(uint64_t seed, int64_t sequences) {
  SequenceComparison comparison;
  std::mt19937_64 seeds(seed);
  for (int64_t i = 0; i < sequences; ++i) {
    World world(seeds(), &comparison.tally);
    for (int step = 0; step < kSteps; ++step) {
      if (world.Step()) continue;
      comparison.difference = world.ToString();
      return comparison;
    }
  }
  return comparison;
}

}  // namespace testing
}  // namespace postern
