#include "permission/backstop/probe_victims.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fs/base/file_descriptor.h"

namespace postern {
namespace {

bool Contains(const std::string& directory, const std::string& path) {
  return directory == "/" || path == directory ||
         absl::StartsWith(path, absl::StrCat(directory, "/"));
}

bool GrantsIn(const process::LandlockRules& rules, const std::string& path,
              uint64_t access) {
  if ((rules.handled_fs & access) == 0) return true;
  return std::any_of(rules.beneath.begin(), rules.beneath.end(),
                     [&](const process::LandlockRules::Beneath& rule) {
                       return (rule.access & access) != 0 &&
                              Contains(rule.path, path);
                     });
}

}  // namespace

bool GrantsAccess(const std::vector<process::LandlockRules>& rulesets,
                  const std::string& path, uint64_t access) {
  return std::all_of(rulesets.begin(), rulesets.end(),
                     [&](const process::LandlockRules& rules) {
                       return GrantsIn(rules, path, access);
                     });
}

absl::optional<ProbeVictim> ProbeVictim::Make(const std::string& place) {
  std::string name = absl::StrCat(place, "/postern-probe-XXXXXX");
  if (mkdtemp(&name[0]) == nullptr) return absl::nullopt;
  const std::unique_ptr<char, void (*)(void*)> canonical(
      realpath(name.c_str(), nullptr), free);
  ProbeVictim victim(canonical == nullptr ? name : canonical.get());
  const fs::FileDescriptor file(open(
      victim.file().c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700));
  if (!file.valid() || canonical == nullptr) return absl::nullopt;
  return absl::optional<ProbeVictim>(std::move(victim));
}

ProbeVictim::ProbeVictim(ProbeVictim&& other) noexcept
    : directory_(std::exchange(other.directory_, "")) {}

ProbeVictim::~ProbeVictim() {
  if (directory_.empty()) return;
  unlink(file().c_str());
  rmdir(directory_.c_str());
}

std::vector<ProbeVictim> MakeProbeVictims() {
  std::vector<ProbeVictim> victims;
  for (const char* place : {"/tmp", "/var/tmp", "/dev/shm", "/run"}) {
    absl::optional<ProbeVictim> victim = ProbeVictim::Make(place);
    if (victim.has_value()) victims.push_back(*std::move(victim));
  }
  return victims;
}

}  // namespace postern
