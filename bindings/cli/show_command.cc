#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bindings/cli/commands.h"
#include "bindings/cli/json.h"
#include "bindings/cli/policies.h"
#include "bindings/cli/policy_page.h"
#include "bindings/cli/problems.h"
#include "bindings/cli/shown.h"
#include "bindings/cli/write_file.h"
#include "permission/text/display.h"

namespace postern {
namespace cli {
namespace {

using internal::EscapeForDisplay;
using internal::QuoteForDisplay;

// What the colour of a text stands for.
enum class Role : unsigned char { kAllow, kAsk, kDeny, kTitle, kPlace };

Role RoleOf(Effect effect) {
  switch (effect) {
    case Effect::kAllow:
      return Role::kAllow;
    case Effect::kAsk:
      return Role::kAsk;
    case Effect::kDeny:
      return Role::kDeny;
  }
  return Role::kDeny;
}

// Colours text for a terminal, unless NO_COLOR (no-color.org) or a terminal
// without colours says otherwise.
class Painter {
 public:
  Painter() {
    const char* const no_color = getenv("NO_COLOR");
    const char* const term = getenv("TERM");
    colours_ = isatty(STDOUT_FILENO) != 0 &&
               (no_color == nullptr || *no_color == '\0') &&
               (term == nullptr || absl::string_view(term) != "dumb");
  }

  std::string operator()(Role role, absl::string_view text) const {
    if (!colours_) return std::string(text);
    return absl::StrCat("\x1b[", Code(role), "m", text, "\x1b[0m");
  }

 private:
  static const char* Code(Role role) {
    switch (role) {
      case Role::kAllow:
        return "32";
      case Role::kAsk:
        return "33";
      case Role::kDeny:
        return "31";
      case Role::kTitle:
        return "1";
      case Role::kPlace:
        return "2";
    }
    return "0";
  }

  bool colours_ = false;
};

std::string Padded(absl::string_view text, size_t width) {
  return absl::StrCat(text,
                      std::string(width - std::min(width, text.size()), ' '));
}

std::string LimitsText(const RuleLimits& limits) {
  std::string out;
  if (limits.expires) {
    absl::StrAppend(&out, "  until ",
                    absl::FormatTime(absl::RFC3339_full, *limits.expires,
                                     absl::UTCTimeZone()));
  }
  if (limits.uses) absl::StrAppend(&out, "  ", limits.uses->left(), " uses");
  if (!limits.session.empty()) {
    absl::StrAppend(&out, "  in session ", QuoteForDisplay(limits.session));
  }
  return out;
}

// Rules in columns: effect, permissions, pattern, place.
std::string RulesText(const std::vector<Rule>& rules, const Painter& paint) {
  constexpr size_t kWidest = 40;  // longer patterns move what follows
  size_t permissions = 0, pattern = 0;
  for (const Rule& rule : rules) {
    permissions = std::max(permissions, rule.permissions.ToString().size());
    pattern =
        std::max(pattern, EscapeForDisplay(rule.pattern.ToString()).size());
  }
  std::string out;
  for (const Rule& rule : rules) {
    absl::StrAppend(
        &out, "  ",
        paint(RoleOf(rule.effect), Padded(EffectName(rule.effect), 5)), "  ",
        Padded(rule.permissions.ToString(), permissions), "  ",
        Padded(EscapeForDisplay(rule.pattern.ToString()),
               std::min(pattern, kWidest)),
        "  ", paint(Role::kPlace, EscapeForDisplay(rule.source.ToString())),
        LimitsText(rule.limits), rule.reason.empty() ? "" : "  -- ",
        EscapeForDisplay(rule.reason), "\n");
  }
  return out;
}

std::string LayerText(const Layer& layer, const Painter& paint) {
  const bool allows = layer.default_effect == Effect::kAllow;
  std::string out = absl::StrCat(
      paint(Role::kTitle, absl::StrCat("layer ", QuoteForDisplay(layer.name))),
      allows ? ": only takes away" : ": denies by default",
      layer.precedence == Precedence::kMostSpecific
          ? ", the most specific rule wins"
          : "",
      layer.mode == Mode::kAudit ? ", only reports" : "",
      layer.conceal ? ", hides what it denies" : "", "\n");
  return absl::StrCat(out, RulesText(layer.rules, paint));
}

std::string ToText(const PolicySpec& spec) {
  const Painter paint;
  std::string out;
  if (!spec.base_directory.empty()) {
    absl::StrAppend(&out, "relative paths start in ",
                    EscapeForDisplay(spec.base_directory), "\n");
  }
  for (const auto& entry : spec.variables) {
    absl::StrAppend(&out, "${", EscapeForDisplay(entry.first), "} is ",
                    EscapeForDisplay(entry.second), "\n");
  }
  for (const auto& entry : spec.signatures) {
    absl::StrAppend(&out, "function ", EscapeForDisplay(entry.first), "(");
    for (size_t i = 0; i < entry.second.size(); ++i) {
      absl::StrAppend(&out, i == 0 ? "" : ", ",
                      EscapeForDisplay(entry.second[i]));
    }
    absl::StrAppend(&out, ")\n");
  }
  for (const Layer& layer : spec.layers) {
    absl::StrAppend(&out, out.empty() ? "" : "\n", LayerText(layer, paint));
  }
  return out.empty() ? "no layers: everything is denied\n" : out;
}

void WriteRule(const Rule& rule, JsonWriter* json) {
  json->StartObject().Key("effect").String(EffectName(rule.effect));
  json->Key("permissions").String(rule.permissions.ToString());
  JsonMember("pattern", rule.pattern.ToString(), json);
  WritePlace(rule.source, json);
  if (!rule.reason.empty()) JsonMember("reason", rule.reason, json);
  if (rule.limits.expires) JsonMember("expires", *rule.limits.expires, json);
  if (rule.limits.uses) json->Key("uses").Integer(rule.limits.uses->left());
  if (!rule.limits.session.empty()) {
    JsonMember("session", rule.limits.session, json);
  }
  json->EndObject();
}

void WriteLayer(const Layer& layer, JsonWriter* json) {
  json->StartObject();
  JsonMember("name", layer.name, json);
  json->Key("default").String(EffectName(layer.default_effect));
  json->Key("precedence")
      .String(layer.precedence == Precedence::kMostSpecific ? "most_specific"
                                                            : "deny_overrides");
  json->Key("mode").String(layer.mode == Mode::kAudit ? "audit" : "enforce");
  json->Key("hides").Bool(layer.conceal);
  json->Key("rules").StartArray();
  for (const Rule& rule : layer.rules) WriteRule(rule, json);
  json->EndArray().EndObject();
}

std::string ToJson(const PolicySpec& spec) {
  return JsonObject([&](JsonWriter* json) {
    JsonMember("base_directory", spec.base_directory, json);
    json->Key("variables").StartArray();
    for (const auto& entry : spec.variables) {
      json->StartObject();
      JsonMember("name", entry.first, json);
      JsonMember("value", entry.second, json);
      json->EndObject();
    }
    json->EndArray();
    json->Key("layers").StartArray();
    for (const Layer& layer : spec.layers) WriteLayer(layer, json);
    json->EndArray();
  });
}

absl::StatusOr<ExitCode> ShowPage(const PolicyPage& shown,
                                  const std::string& file, Output* out) {
  const std::string html = MakePolicyPage(shown, absl::Now());
  if (file == "-") {
    out->Print(html);
    return ExitCode::kDone;
  }
  const absl::Status status = WriteWholeFile(file, html);
  if (!status.ok()) return status;
  return ExitCode::kDone;
}

}  // namespace

absl::StatusOr<ExitCode> ShowPolicy(const Arguments& arguments, Output* out) {
  if (arguments.json && !arguments.html.empty()) {
    return absl::InvalidArgumentError(
        "--json and --html exclude each other: give one of them");
  }
  const absl::StatusOr<PolicyPage> shown = LoadShown(arguments);
  if (!shown.ok()) return shown.status();
  PrintWarnings(shown->warnings);
  if (!arguments.html.empty()) return ShowPage(*shown, arguments.html, out);
  const PolicySpec spec = shown->policy->spec();
  out->Print(arguments.json ? ToJson(spec) : ToText(spec));
  return ExitCode::kDone;
}

}  // namespace cli
}  // namespace postern
