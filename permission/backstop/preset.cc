#include "permission/backstop/preset.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "permission/permission.h"
#include "permission/text/display.h"

namespace postern {
namespace {

constexpr Preset kPresets[] = {
    {"runtime",
     "reads the loader, libraries, locales, time zones and certificates; "
     "/dev/null, /dev/zero and /dev/full; random numbers; the language, time "
     "zone, terminal and PATH of the environment"},
};

// What is granted, and to what end. No home, no configuration of a user, no
// list of users: what is said of people is nobody's who did not ask for it.
struct PresetGrant {
  const char* permissions;
  const char* resource;
};

constexpr PresetGrant kRuntime[] = {
    // The loader (ld.so(8)) and libraries.
    {"fs.read", "/lib"},
    {"fs.read", "/lib32"},
    {"fs.read", "/lib64"},
    {"fs.read", "/libx32"},
    {"fs.read", "/usr/lib"},
    {"fs.read", "/usr/lib32"},
    {"fs.read", "/usr/lib64"},
    {"fs.read", "/usr/libx32"},
    {"fs.read", "/usr/libexec"},
    {"fs.read", "/usr/local/lib"},
    {"fs.read", "/etc/ld.so.cache"},
    {"fs.read", "/etc/ld.so.conf"},
    {"fs.read", "/etc/ld.so.conf.d"},
    {"fs.read", "/etc/ld.so.preload"},
    // Locales and time zones (locale(5), tzfile(5)).
    {"fs.read", "/usr/share/locale"},
    {"fs.read", "/usr/share/i18n"},
    {"fs.read", "/usr/share/zoneinfo"},
    {"fs.read", "/etc/localtime"},
    {"fs.read", "/etc/timezone"},
    {"fs.read", "/etc/locale.alias"},
    // Certificates, and none of the private keys beside them.
    {"fs.read", "/etc/ssl/certs"},
    {"fs.read", "/etc/ssl/openssl.cnf"},
    {"fs.read", "/etc/ca-certificates"},
    {"fs.read", "/usr/share/ca-certificates"},
    {"fs.read", "/usr/local/share/ca-certificates"},
    // How names are looked up; whether it is allowed is net.resolve's matter.
    {"fs.read", "/etc/nsswitch.conf"},
    {"fs.read", "/etc/gai.conf"},
    {"fs.read", "/etc/host.conf"},
    {"fs.read", "/etc/protocols"},
    {"fs.read", "/etc/services"},
    // Devices that hold nothing (null(4), random(4)).
    {"fs", "/dev/null"},
    {"fs", "/dev/zero"},
    {"fs", "/dev/full"},
    {"fs.read", "/dev/random"},
    {"fs.read", "/dev/urandom"},
    // How many processors there are (sysconf(3)).
    {"fs.read", "/sys/devices/system/cpu/online"},
    {"fs.read", "/sys/devices/system/cpu/possible"},
    // Language, time zone, terminal.
    {"env.read", "LANG"},
    {"env.read", "LANGUAGE"},
    {"env.read", "LC_*"},
    {"env.read", "TZ"},
    {"env.read", "TERM"},
    {"env.read", "COLORTERM"},
    {"env.read", "NO_COLOR"},
    {"env.read", "COLUMNS"},
    {"env.read", "LINES"},
    {"env.read", "PATH"},
};

bool IsThere(const PresetGrant& grant) {
  return grant.resource[0] != '/' || access(grant.resource, F_OK) == 0;
}

Rule ToRule(const PresetGrant& grant, absl::string_view preset) {
  Rule rule;
  rule.effect = Effect::kAllow;
  rule.permissions = *PermissionSet::Parse(grant.permissions);
  rule.pattern = RulePattern::Text(grant.resource);
  rule.source.kind = RuleSource::Kind::kTemplate;
  rule.source.name = std::string(preset);
  return rule;
}

absl::Status UnknownPreset(absl::string_view name) {
  return absl::InvalidArgumentError(absl::StrCat(
      "there is no preset ", internal::QuoteForDisplay(name), "; presets: ",
      absl::StrJoin(Presets(), ", ", [](std::string* out, const Preset& p) {
        absl::StrAppend(out, p.name);
      })));
}

}  // namespace

absl::Span<const Preset> Presets() { return kPresets; }

absl::StatusOr<std::vector<Rule>> PresetRules(absl::string_view name) {
  if (name != kPresets[0].name) return UnknownPreset(name);
  std::vector<Rule> rules;
  for (const PresetGrant& grant : kRuntime) {
    if (IsThere(grant)) rules.push_back(ToRule(grant, name));
  }
  return rules;
}

}  // namespace postern
