#include "tests/vectors/vector_case.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "permission/permission.h"
#include "rapidjson/document.h"
#include "rapidjson/error/en.h"

namespace postern {
namespace testing {
namespace {

using rapidjson::Value;

absl::Status Bad(absl::string_view what, absl::string_view key) {
  return absl::InvalidArgumentError(absl::StrCat(what, " \"", key, "\""));
}

std::string Text(const Value& value) {
  return std::string(value.GetString(), value.GetStringLength());
}

// The member `key`, which must be there; its type is checked by the caller.
absl::StatusOr<const Value*> Member(const Value& object, const char* key) {
  if (!object.IsObject()) return Bad("no object to hold", key);
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd()) return Bad("no member", key);
  return &member->value;
}

absl::StatusOr<std::string> TextMember(const Value& object, const char* key) {
  absl::StatusOr<const Value*> value = Member(object, key);
  if (!value.ok()) return value.status();
  if (!(*value)->IsString()) return Bad("no text in", key);
  return Text(**value);
}

absl::StatusOr<const Value*> ArrayMember(const Value& object, const char* key) {
  absl::StatusOr<const Value*> value = Member(object, key);
  if (value.ok() && !(*value)->IsArray()) return Bad("no list in", key);
  return value;
}

absl::StatusOr<std::vector<std::string>> TextsMember(const Value& object,
                                                     const char* key) {
  absl::StatusOr<const Value*> list = ArrayMember(object, key);
  if (!list.ok()) return list.status();
  std::vector<std::string> texts;
  for (const Value& value : (*list)->GetArray()) {
    if (!value.IsString()) return Bad("no text in", key);
    texts.push_back(Text(value));
  }
  return texts;
}

// The value of the choice whose name `key` holds.
template <typename T>
absl::StatusOr<T> Choice(const Value& object, const char* key,
                         std::initializer_list<std::pair<const char*, T>> all) {
  absl::StatusOr<std::string> name = TextMember(object, key);
  if (!name.ok()) return name.status();
  for (const auto& choice : all) {
    if (*name == choice.first) return choice.second;
  }
  return Bad(absl::StrCat("unknown value \"", *name, "\" of"), key);
}

absl::StatusOr<Effect> ReadEffect(const Value& object, const char* key) {
  return Choice<Effect>(object, key,
                        {{"deny", Effect::kDeny},
                         {"ask", Effect::kAsk},
                         {"allow", Effect::kAllow}});
}

absl::StatusOr<Precedence> ReadPrecedence(const Value& object) {
  return Choice<Precedence>(object, "precedence",
                            {{"DENY_OVERRIDES", Precedence::kDenyOverrides},
                             {"MOST_SPECIFIC", Precedence::kMostSpecific}});
}

bool IsNotRunYet(Permission permission) {
  switch (ResourceKindOf(permission)) {
    case ResourceKind::kCommand:
    case ResourceKind::kProcess:
      return true;
    case ResourceKind::kNone:
    case ResourceKind::kEndpoint:
    case ResourceKind::kHostName:
    case ResourceKind::kPath:
    case ResourceKind::kName:
    case ResourceKind::kFact:
    case ResourceKind::kModule:
    case ResourceKind::kCall:
    case ResourceKind::kSecret:
      return false;
  }
  return false;
}

// The permission asked about; the form of the access follows from it.
absl::Status ReadQuery(const Value& line, OwnedAccess* access) {
  absl::StatusOr<std::string> name = TextMember(line, "permission");
  if (!name.ok()) return name.status();
  const absl::optional<Permission> permission = ParsePermission(*name);
  if (!permission) return Bad("unknown permission", *name);
  if (IsNotRunYet(*permission)) return absl::UnimplementedError(*name);
  access->permission = *permission;
  const ResourceKind kind = ResourceKindOf(*permission);
  access->form =
      kind == ResourceKind::kPath ? Access::Form::kPath
      : kind == ResourceKind::kEndpoint || kind == ResourceKind::kHostName
          ? Access::Form::kEndpoint
          : Access::Form::kName;
  absl::StatusOr<std::string> query = TextMember(line, "query");
  if (!query.ok()) return query.status();
  access->text = *std::move(query);
  return absl::OkStatus();
}

// ---- {permission, precedence, allow, deny, query, expect} ----

absl::Status AddPatterns(const Value& line, const char* key, Effect effect,
                         Permission permission, Layer* layer) {
  Rule rule;
  rule.effect = effect;
  rule.permissions = PermissionSet(permission);
  absl::StatusOr<const Value*> value = Member(line, key);
  if (!value.ok()) return value.status();
  if ((*value)->IsString() && Text(**value) == "all") {
    layer->rules.push_back(rule);
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<std::string>> patterns = TextsMember(line, key);
  if (!patterns.ok()) return patterns.status();
  for (const std::string& pattern : *patterns) {
    rule.pattern = RulePattern::Text(pattern);
    layer->rules.push_back(rule);
  }
  return absl::OkStatus();
}

absl::Status ReadAccessCase(const Value& line, VectorCase* out) {
  absl::Status status = ReadQuery(line, &out->access);
  if (!status.ok()) return status;
  Layer layer;
  absl::StatusOr<Precedence> precedence = ReadPrecedence(line);
  if (!precedence.ok()) return precedence.status();
  layer.precedence = *precedence;
  const Permission permission = out->access.permission;
  status = AddPatterns(line, "allow", Effect::kAllow, permission, &layer);
  if (!status.ok()) return status;
  status = AddPatterns(line, "deny", Effect::kDeny, permission, &layer);
  out->spec.layers.push_back(std::move(layer));
  return status;
}

// ---- {kind: "layers"} ----

absl::StatusOr<Rule> ReadRule(const Value& value) {
  Rule rule;
  absl::StatusOr<Effect> effect = ReadEffect(value, "effect");
  if (!effect.ok()) return effect.status();
  rule.effect = *effect;
  absl::StatusOr<std::string> name = TextMember(value, "permission");
  if (!name.ok()) return name.status();
  absl::StatusOr<PermissionSet> permissions = PermissionSet::Parse(*name);
  if (!permissions.ok()) return permissions.status();
  rule.permissions = *permissions;
  absl::StatusOr<const Value*> pattern = Member(value, "pattern");
  if (!pattern.ok()) return pattern.status();
  if ((*pattern)->IsNull()) return rule;
  if (!(*pattern)->IsString()) return Bad("no text in", "pattern");
  rule.pattern = RulePattern::Text(Text(**pattern));
  return rule;
}

absl::StatusOr<Layer> ReadLayer(const Value& value) {
  Layer layer;
  absl::StatusOr<Effect> otherwise = ReadEffect(value, "default");
  if (!otherwise.ok()) return otherwise.status();
  layer.default_effect = *otherwise;
  absl::StatusOr<Precedence> precedence = ReadPrecedence(value);
  if (!precedence.ok()) return precedence.status();
  layer.precedence = *precedence;
  absl::StatusOr<Mode> mode = Choice<Mode>(
      value, "mode", {{"enforce", Mode::kEnforce}, {"audit", Mode::kAudit}});
  if (!mode.ok()) return mode.status();
  layer.mode = *mode;
  absl::StatusOr<const Value*> rules = ArrayMember(value, "rules");
  if (!rules.ok()) return rules.status();
  for (const Value& rule : (*rules)->GetArray()) {
    absl::StatusOr<Rule> read = ReadRule(rule);
    if (!read.ok()) return read.status();
    layer.rules.push_back(*std::move(read));
  }
  return layer;
}

absl::Status ReadLayersCase(const Value& line, VectorCase* out) {
  absl::Status status = ReadQuery(line, &out->access);
  if (!status.ok()) return status;
  absl::StatusOr<const Value*> layers = ArrayMember(line, "layers");
  if (!layers.ok()) return layers.status();
  for (const Value& value : (*layers)->GetArray()) {
    absl::StatusOr<Layer> layer = ReadLayer(value);
    if (!layer.ok()) return layer.status();
    out->spec.layers.push_back(*std::move(layer));
  }
  absl::StatusOr<const Value*> would_deny = Member(line, "would_deny");
  if (!would_deny.ok()) return would_deny.status();
  if (!(*would_deny)->IsBool()) return Bad("no boolean in", "would_deny");
  out->would_deny = (*would_deny)->GetBool();
  return absl::OkStatus();
}

// ---- {kind: "call"} ----

absl::Status AddCalls(const Value& line, const char* key, Effect effect,
                      Layer* layer) {
  absl::StatusOr<const Value*> rules = ArrayMember(line, key);
  if (!rules.ok()) return rules.status();
  for (const Value& value : (*rules)->GetArray()) {
    absl::StatusOr<std::string> function = TextMember(value, "function");
    if (!function.ok()) return function.status();
    absl::StatusOr<std::vector<std::string>> args = TextsMember(value, "args");
    if (!args.ok()) return args.status();
    absl::StatusOr<CallForm> form = Choice<CallForm>(
        value, "form",
        {{"list", CallForm::kList}, {"exact", CallForm::kExact}});
    if (!form.ok()) return form.status();
    Rule rule;
    rule.effect = effect;
    rule.permissions = PermissionSet(Permission::kPluginCall);
    rule.pattern = RulePattern::Call(*function, *std::move(args), *form);
    layer->rules.push_back(std::move(rule));
  }
  return absl::OkStatus();
}

OwnedAccess::Arg ReadArg(const Value& value) {
  OwnedAccess::Arg arg;
  arg.is_text = value.IsString();
  if (arg.is_text) arg.text = Text(value);
  return arg;
}

absl::Status ReadCall(const Value& call, OwnedAccess* access) {
  access->permission = Permission::kPluginCall;
  access->form = Access::Form::kCall;
  absl::StatusOr<std::string> function = TextMember(call, "function");
  if (!function.ok()) return function.status();
  access->text = *std::move(function);
  absl::StatusOr<const Value*> args = ArrayMember(call, "args");
  if (!args.ok()) return args.status();
  for (const Value& value : (*args)->GetArray()) {
    access->args.push_back(ReadArg(value));
  }
  absl::StatusOr<const Value*> named = Member(call, "named");
  if (!named.ok()) return named.status();
  if (!(*named)->IsObject()) return Bad("no object in", "named");
  for (const auto& member : (*named)->GetObject()) {
    access->named.emplace_back(Text(member.name), ReadArg(member.value));
  }
  return absl::OkStatus();
}

absl::Status ReadCallCase(const Value& line, VectorCase* out) {
  Layer layer;
  absl::Status status = AddCalls(line, "allow", Effect::kAllow, &layer);
  if (!status.ok()) return status;
  status = AddCalls(line, "deny", Effect::kDeny, &layer);
  if (!status.ok()) return status;
  out->spec.layers.push_back(std::move(layer));
  absl::StatusOr<const Value*> call = Member(line, "call");
  if (!call.ok()) return call.status();
  status = ReadCall(**call, &out->access);
  if (!status.ok()) return status;
  absl::StatusOr<std::vector<std::string>> signature =
      TextsMember(line, "signature");
  if (!signature.ok()) return signature.status();
  // One is given; it is that of the function which is called.
  if (!signature->empty()) out->spec.signatures[out->access.text] = *signature;
  return absl::OkStatus();
}

// ---- A line ----

bool IsCspKind(absl::string_view kind) {
  for (absl::string_view known :
       {"match",           "subsumes_source",  "subsumes_list",
        "intersect",       "source_grammar",   "parse",
        "policy_count",    "inline",           "eval",
        "frame_ancestors", "upgrade_insecure", "none_handling",
        "nonces",          "reject_value",     "reject_directive_name",
        "merge",           "canonical",        "findings",
        "normalize_list",  "header_size"}) {
    if (kind == known) return true;
  }
  return false;
}

absl::Status ReadByKind(const Value& line, VectorCase* out) {
  if (!line.HasMember("kind")) return ReadAccessCase(line, out);
  absl::StatusOr<std::string> kind = TextMember(line, "kind");
  if (!kind.ok()) return kind.status();
  if (*kind == "layers") return ReadLayersCase(line, out);
  if (*kind == "call") return ReadCallCase(line, out);
  if (IsCspKind(*kind)) return absl::UnimplementedError(*kind);
  return Bad("unknown kind", *kind);
}

}  // namespace

absl::StatusOr<VectorCase> ReadVectorCase(absl::string_view line) {
  rapidjson::Document document;
  // Iterative: deep nesting must not exhaust the stack.
  document.Parse<rapidjson::kParseIterativeFlag>(line.data(), line.size());
  if (document.HasParseError()) {
    return absl::InvalidArgumentError(
        absl::StrCat(rapidjson::GetParseError_En(document.GetParseError()),
                     " at column ", document.GetErrorOffset() + 1));
  }
  if (!document.IsObject()) {
    return absl::InvalidArgumentError("no JSON object");
  }
  VectorCase out;
  out.spec.lenient_wildcards = true;
  const auto id = document.FindMember("id");
  if (id != document.MemberEnd() && id->value.IsString()) {
    out.id = Text(id->value);
  }
  absl::Status status = ReadByKind(document, &out);
  if (!status.ok()) return status;
  absl::StatusOr<Effect> expect = ReadEffect(document, "expect");
  if (!expect.ok()) return expect.status();
  out.expect = *expect;
  return out;
}

}  // namespace testing
}  // namespace postern
