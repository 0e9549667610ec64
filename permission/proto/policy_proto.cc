#include "permission/proto/policy_proto.h"

#include <stdlib.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "google/protobuf/descriptor.h"
#include "permission/internal/nearest_name.h"
#include "permission/proto/binary_rule.h"
#include "permission/proto/message_filler.h"
#include "permission/proto/policy.pb.h"
#include "permission/proto/policy_fields.h"
#include "permission/proto/read_message.h"
#include "permission/proto/values.h"

namespace postern {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using internal::Is;

absl::Status Invalid(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

// Which of the three lists a rule has; OnMessage has seen that it is one.
Effect EffectOf(const v1::Rule& rule) {
  if (rule.allow_size() > 0) return Effect::kAllow;
  return rule.ask_size() > 0 ? Effect::kAsk : Effect::kDeny;
}

RulePattern PatternOf(const v1::Rule& rule) {
  switch (rule.resource_case()) {
    case v1::Rule::kPattern:
      return RulePattern::Resolving(rule.pattern(),
                                    ToVector(rule.resolves_to()));
    case v1::Rule::kCall: {
      const v1::Call& call = rule.call();
      const bool exact =
          call.no_args() || (call.args_size() > 0 && !call.further_args());
      return RulePattern::Call(call.function(), ToVector(call.args()),
                               exact ? CallForm::kExact : CallForm::kList);
    }
    case v1::Rule::kSecret:
      return RulePattern::Secret(ToVector(rule.secret().parts()));
    case v1::Rule::RESOURCE_NOT_SET:
      return RulePattern::Whole();
  }
  return RulePattern::Whole();
}

absl::Status CheckCall(const v1::Call& call) {
  if (call.function().empty())
    return Invalid("call without \"function\", expected its full name");
  if (call.no_args() && call.args_size() > 0) {
    return Invalid("\"no_args\" beside \"args\", expected only one of them");
  }
  if (call.further_args() && call.args_size() == 0) {
    return Invalid(
        "\"further_args\" without \"args\", expected \"args\" or neither of "
        "them, which is any arguments");
  }
  return absl::OkStatus();
}

absl::Status CheckEffects(const v1::Rule& rule) {
  const int effects =
      (rule.allow_size() > 0) + (rule.ask_size() > 0) + (rule.deny_size() > 0);
  if (effects == 1) return absl::OkStatus();
  return Invalid(absl::StrCat(
      effects == 0 ? "rule without permissions" : "rule with several effects",
      ", expected exactly one of allow, ask, deny"));
}

// What it means beside the pattern is judged by whoever parses patterns.
absl::Status CheckResolvesTo(const v1::Rule& rule) {
  if (rule.resolves_to_size() == 0 || !rule.pattern().empty()) {
    return absl::OkStatus();
  }
  return Invalid("\"resolves_to\" without \"pattern\", expected a host name");
}

// What cannot be resolved cannot be opened either, which then says why.
std::string RealName(const std::string& path) {
  const std::unique_ptr<char, decltype(&free)> real(
      realpath(path.c_str(), nullptr), &free);
  return real == nullptr ? path : real.get();
}

// Rules by the name of their set.
using RuleSets = std::map<std::string, std::vector<Rule>>;

// Reads what policies include, each file once. Owns all sets of a policy.
class IncludeReader {
 public:
  IncludeReader(const FileInput& input, Includes mode, const ReadLimits& limits)
      : mode_(mode), limits_(limits), bytes_left_(limits.max_bytes) {
    open_.push_back(std::string(input.name));
    if (mode == Includes::kRead) real_.push_back(RealName(open_[0]));
  }

  bool ignored() const { return mode_ == Includes::kIgnored; }
  RuleSets* sets() { return &sets_; }

  // Reads the sets of a file that the one that is open now names so.
  absl::Status Include(const std::string& written);

 private:
  absl::Status Check(const std::string& written) const;
  absl::Status Read(const std::string& path);

  const Includes mode_;
  const ReadLimits limits_;
  size_t bytes_left_;
  std::vector<std::string> open_;  // names, the outermost first
  std::vector<std::string> real_;  // of those in open_
  std::set<std::string> done_;     // by real names
  RuleSets sets_;
};

// Makes a PolicySpec of a policy's parts.
class PolicyVisitor : public MessageVisitor {
 public:
  // `sets` take what the policy and its includes have; `included` says that
  // this is one of them.
  PolicyVisitor(const FileInput& input, const ReadLimits& limits,
                IncludeReader* includes, RuleSets* sets, bool included)
      : form_(input.form),
        sources_(input),
        max_rules_(limits.max_rules),
        includes_(*includes),
        sets_(*sets),
        included_(included) {}

  PolicySpec Take() { return std::move(spec_); }

  absl::Status OnString(const FieldDescriptor& field, const std::string& value,
                        size_t offset) override {
    if (types_.IsPermission(field)) return AddPermission(value);
    if (types_.MayBeEmpty(field)) return absl::OkStatus();
    if (value.empty()) return CheckNotEmpty(field.name(), value);
    if (Is(field, types_.rule, v1::Rule::kExpiresFieldNumber)) {
      return ParseRfc3339(value).status();
    }
    if (Is(field, types_.policy, v1::Policy::kBaseDirectoryFieldNumber)) {
      return included_ ? NotIncluded("base_directory") : CheckAbsolute(value);
    }
    if (Is(field, types_.policy, v1::Policy::kIncludeFieldNumber)) {
      return form_ == FileForm::kText
                 ? includes_.Include(value)
                 : Invalid("\"include\" is for the text form alone");
    }
    if (Is(field, types_.layer, v1::Layer::kUseFieldNumber)) {
      uses_.push_back({value, offset, spec_.layers.size()});
      return absl::OkStatus();
    }
    return CheckNew(field, value);
  }

  absl::Status OnNumber(const FieldDescriptor& field, uint32_t value) override {
    if (Is(field, types_.policy, v1::Policy::kVersionFieldNumber)) {
      return CheckVersion(value);
    }
    if (Is(field, types_.rule, v1::Rule::kUsesFieldNumber) && value == 0) {
      return Invalid("0 uses, expected at least 1");
    }
    return absl::OkStatus();
  }

  bool OnBytes(const FieldDescriptor& field, absl::string_view bytes,
               size_t offset) override {
    if (!Is(field, types_.layer, v1::Layer::kRulesFieldNumber)) return false;
    Rule rule;
    if (rule_count_ == max_rules_ || !ReadPlainBinaryRule(bytes, &rule)) {
      return false;
    }
    ++rule_count_;
    rule.source = sources_.Find(offset);
    rules_.push_back(std::move(rule));
    return true;
  }

  absl::Status OnMessage(const Message& message, size_t offset) override {
    const Descriptor* type = message.GetDescriptor();
    if (type == types_.rule) {
      return AddRule(As<v1::Rule>(message), offset);
    }
    if (type == types_.call) return CheckCall(As<v1::Call>(message));
    if (type == types_.secret) {
      return CheckSecret(As<v1::Secret>(message));
    }
    if (type == types_.set) return AddSet(As<v1::RuleSet>(message));
    if (type == types_.layer) {
      return included_ ? NotIncluded("layers")
                       : AddLayer(As<v1::Layer>(message));
    }
    if (type == types_.signature) {
      return included_ ? NotIncluded("signatures")
                       : AddSignature(As<v1::Signature>(message));
    }
    if (type == types_.variable) {
      return included_ ? NotIncluded("variables")
                       : AddVariable(As<v1::Variable>(message));
    }
    return Finish(As<v1::Policy>(message));
  }

  // Keeps what was good in it, for who looks for more problems.
  void OnBadMessage(const Message& message) override {
    const Descriptor* type = message.GetDescriptor();
    if (type == types_.rule) permissions_ = PermissionSet();
    if (type == types_.set) rules_.clear();
    if (type == types_.layer) {
      spec_.layers.emplace_back();
      spec_.layers.back().rules = std::exchange(rules_, {});
    }
    if (type == types_.policy) KeepFrame(As<v1::Policy>(message));
  }

  size_t ErrorOffset(size_t offset) override {
    return std::exchange(error_offset_, absl::nullopt).value_or(offset);
  }

 private:
  // A layer that uses a set.
  struct Use {
    std::string set;
    size_t offset;  // of its name
    size_t layer;
  };

  // Who includes a file says what is enforced and how; the file lends rules.
  static absl::Status NotIncluded(absl::string_view what) {
    return Invalid(absl::StrCat("\"", what,
                                "\" in an included file, expected \"sets\" and "
                                "\"include\" alone"));
  }

  absl::Status AddPermission(const std::string& name) {
    const absl::StatusOr<PermissionSet> one = PermissionSet::Parse(name);
    if (!one.ok()) return one.status();
    permissions_ = permissions_ | *one;
    return absl::OkStatus();
  }

  static absl::Status CheckAbsolute(const std::string& path) {
    if (path[0] == '/') return absl::OkStatus();
    return Invalid(absl::StrCat("\"base_directory\" is \"", path,
                                "\", expected an absolute path"));
  }

  // Names that occur once.
  absl::Status CheckNew(const FieldDescriptor& field, const std::string& name) {
    bool known = false;
    if (Is(field, types_.layer, v1::Layer::kNameFieldNumber)) {
      known = !layer_names_.insert(name).second;
    } else if (Is(field, types_.signature,
                  v1::Signature::kFunctionFieldNumber)) {
      known = spec_.signatures.count(name) != 0;
    } else if (Is(field, types_.variable, v1::Variable::kNameFieldNumber)) {
      known = spec_.variables.count(name) != 0;
    } else if (Is(field, types_.set, v1::RuleSet::kNameFieldNumber)) {
      known = sets_.count(name) != 0;
    }
    if (!known) return absl::OkStatus();
    return Invalid(absl::StrCat(field.containing_type()->name(), " \"",
                                name.substr(0, 64),
                                "\" is there already, expected another name"));
  }

  absl::Status AddRule(const v1::Rule& from, size_t offset) {
    if (++rule_count_ > max_rules_) return TooManyRules();
    absl::Status status = CheckEffects(from);
    if (status.ok()) status = CheckResolvesTo(from);
    const PermissionSet permissions = std::exchange(permissions_, {});
    if (!status.ok()) return status;
    Rule rule;
    rule.effect = EffectOf(from);
    rule.permissions = permissions;
    rule.pattern = PatternOf(from);
    rule.source = sources_.Find(offset);
    rule.reason = from.reason();
    if (!from.expires().empty()) {
      rule.limits.expires = ParseRfc3339(from.expires()).value();
    }
    if (from.has_uses()) {
      rule.limits.uses = std::make_shared<UseCounter>(from.uses());
    }
    rule.limits.session = from.session();
    rules_.push_back(std::move(rule));
    return absl::OkStatus();
  }

  absl::Status AddLayer(const v1::Layer& from) {
    if (from.name().empty())
      return Invalid("layer without \"name\", expected one");
    Layer layer;
    layer.name = from.name();
    if (from.default_() == v1::Layer::ALLOW) {
      layer.default_effect = Effect::kAllow;
    }
    if (from.precedence() == v1::Layer::MOST_SPECIFIC) {
      layer.precedence = Precedence::kMostSpecific;
    }
    if (from.mode() == v1::Layer::AUDIT) layer.mode = Mode::kAudit;
    layer.conceal = from.deny_as() == v1::Layer::NOT_FOUND;
    layer.rules = std::move(rules_);
    rules_.clear();
    spec_.layers.push_back(std::move(layer));
    return absl::OkStatus();
  }

  absl::Status AddSet(const v1::RuleSet& from) {
    if (from.name().empty())
      return Invalid("set without \"name\", expected one");
    sets_[from.name()] = std::exchange(rules_, {});
    return absl::OkStatus();
  }

  // Gives each layer the rules of the sets that it uses.
  absl::Status ResolveUses() {
    for (const Use& use : uses_) {
      const auto set = sets_.find(use.set);
      if (use.layer >= spec_.layers.size()) continue;  // it had a problem
      if (set == sets_.end() && includes_.ignored()) continue;
      if (set == sets_.end()) {
        error_offset_ = use.offset;
        return UnknownSet(use.set);
      }
      std::vector<Rule>& rules = spec_.layers[use.layer].rules;
      rule_count_ += set->second.size();
      if (rule_count_ > max_rules_) return TooManyRules();
      for (Rule rule : set->second) {
        // Each layer counts for itself.
        if (rule.limits.uses != nullptr) {
          rule.limits.uses =
              std::make_shared<UseCounter>(rule.limits.uses->left());
        }
        rules.push_back(std::move(rule));
      }
    }
    return absl::OkStatus();
  }

  absl::Status UnknownSet(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& entry : sets_) known.push_back(entry.first);
    return Invalid(absl::StrCat(
        "unknown set \"", name.substr(0, 64), "\"",
        internal::Suggestion(name, known),
        ", expected one of this file or of those that it includes"));
  }

  absl::Status TooManyRules() const {
    return Invalid(
        absl::StrCat("too many rules, expected at most ", max_rules_));
  }

  absl::Status AddSignature(const v1::Signature& from) {
    if (from.function().empty()) {
      return Invalid("signature without \"function\", expected its full name");
    }
    spec_.signatures[from.function()] = ToVector(from.parameters());
    return absl::OkStatus();
  }

  absl::Status AddVariable(const v1::Variable& from) {
    if (from.name().empty()) {
      return Invalid("variable without \"name\", expected one");
    }
    spec_.variables[from.name()] = from.value();
    return absl::OkStatus();
  }

  static absl::Status CheckSecret(const v1::Secret& secret) {
    if (secret.parts_size() > 0) return absl::OkStatus();
    return Invalid("secret without \"parts\", expected at least one");
  }

  void KeepFrame(const v1::Policy& policy) {
    spec_.base_directory = policy.base_directory();
    spec_.lenient_wildcards = policy.lenient_wildcards();
  }

  absl::Status Finish(const v1::Policy& policy) {
    KeepFrame(policy);
    if (included_ && policy.lenient_wildcards()) {
      return NotIncluded("lenient_wildcards");
    }
    const absl::Status version = CheckVersionGiven(policy.version());
    return version.ok() ? ResolveUses() : version;
  }

  const internal::PolicyTypes types_;
  const FileForm form_;
  SourceFinder sources_;
  const size_t max_rules_;
  IncludeReader& includes_;
  RuleSets& sets_;
  const bool included_;
  std::vector<Use> uses_;
  absl::optional<size_t> error_offset_;
  size_t rule_count_ = 0;
  PermissionSet permissions_;  // of the rule that is being read, of any effect
  std::vector<Rule> rules_;    // of the layer that is being read
  absl::flat_hash_set<std::string> layer_names_;
  PolicySpec spec_;
};

absl::Status IncludeReader::Check(const std::string& written) const {
  if (mode_ == Includes::kRefused) {
    return Invalid("\"include\" in what is no file, expected it in a file");
  }
  if (written[0] == '/') {
    return Invalid(absl::StrCat("\"", written.substr(0, 64),
                                "\" is absolute, expected a path relative to "
                                "this file"));
  }
  if (open_.size() > kMaxIncludeDepth) {
    return Invalid(
        absl::StrCat("too many files within each other, expected at "
                     "most ",
                     kMaxIncludeDepth));
  }
  if (done_.size() >= kMaxIncludes) {
    return Invalid(
        absl::StrCat("too many files, expected at most ", kMaxIncludes));
  }
  const absl::StatusOr<FileForm> form = DetectForm(written);
  if (!form.ok()) return form.status();
  return *form == FileForm::kText
             ? absl::OkStatus()
             : Invalid(absl::StrCat("\"", written.substr(0, 64),
                                    "\" is not in the text form"));
}

absl::Status IncludeReader::Include(const std::string& written) {
  if (ignored()) return absl::OkStatus();
  const absl::Status status = Check(written);
  if (!status.ok()) return status;
  const std::string& from = open_.back();
  const size_t slash = from.rfind('/');
  const std::string path =
      slash == from.npos ? written
                         : absl::StrCat(from.substr(0, slash + 1), written);
  const std::string name = RealName(path);
  if (std::find(real_.begin(), real_.end(), name) != real_.end()) {
    return Invalid(absl::StrCat("\"", written.substr(0, 64),
                                "\" includes itself, expected no cycle"));
  }
  if (!done_.insert(name).second) return absl::OkStatus();
  real_.push_back(name);
  const absl::Status read = Read(path);
  real_.pop_back();
  return read;
}

absl::Status IncludeReader::Read(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadRegularFile(path, bytes_left_);
  if (!bytes.ok()) return bytes.status();
  bytes_left_ -= bytes->size();
  const FileInput input{FileForm::kText, *bytes, path};
  open_.push_back(path);
  v1::Policy root;
  PolicyVisitor visitor(input, limits_, this, &sets_, /*included=*/true);
  const absl::Status status =
      ReadMessage(input, limits_.max_bytes, &root, &visitor);
  open_.pop_back();
  return status;
}

// A policy that is being read, with all that belongs to it.
class PolicyReader {
 public:
  PolicyReader(const FileInput& input, Includes mode, const ReadLimits& limits)
      : includes_(input, mode, limits),
        visitor_(input, limits, &includes_, includes_.sets(),
                 /*included=*/false) {}

  MessageVisitor* visitor() { return &visitor_; }
  PolicySpec Take() { return visitor_.Take(); }

 private:
  IncludeReader includes_;
  PolicyVisitor visitor_;
};

absl::StatusOr<PolicySpec> Parse(const FileInput& input,
                                 const ReadLimits& limits,
                                 Includes includes = Includes::kRefused) {
  v1::Policy root;
  PolicyReader reader(input, includes, limits);
  const absl::Status status =
      ReadMessage(input, limits.max_bytes, &root, reader.visitor());
  if (!status.ok()) return status;
  return reader.Take();
}

}  // namespace

PolicyReading ReadPolicyWithProblems(const FileInput& input,
                                     size_t max_problems, Includes includes,
                                     const ReadLimits& limits) {
  v1::Policy root;
  PolicyReader reader(input, includes, limits);
  PolicyReading reading;
  reading.complete =
      ReadMessageWithProblems(input, limits.max_bytes, max_problems, &root,
                              reader.visitor(), &reading.problems);
  reading.spec = reader.Take();
  return reading;
}

absl::StatusOr<PolicySpec> ParsePolicyText(absl::string_view text,
                                           absl::string_view file_name,
                                           const ReadLimits& limits) {
  return Parse({FileForm::kText, text, file_name}, limits);
}

absl::StatusOr<PolicySpec> ParsePolicyJson(absl::string_view json,
                                           absl::string_view file_name,
                                           const ReadLimits& limits) {
  return Parse({FileForm::kJson, json, file_name}, limits);
}

absl::StatusOr<PolicySpec> ParsePolicyBinary(absl::string_view bytes,
                                             absl::string_view file_name,
                                             const ReadLimits& limits) {
  return Parse({FileForm::kBinary, bytes, file_name}, limits);
}

absl::StatusOr<PolicySpec> ReadPolicyFile(const std::string& path,
                                          const ReadLimits& limits) {
  const absl::StatusOr<FileForm> form = DetectForm(path);
  if (!form.ok()) return form.status();
  const absl::StatusOr<std::string> bytes =
      ReadRegularFile(path, limits.max_bytes);
  if (!bytes.ok()) return bytes.status();
  return Parse({*form, *bytes, path}, limits, Includes::kRead);
}

}  // namespace postern
