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

std::string PathOf(int fd) { return absl::StrCat("/proc/self/fd/", fd); }

}  // namespace

bool GrantsAccess(const std::vector<process::LandlockRules>& rulesets,
                  const std::string& path, uint64_t access) {
  return std::all_of(rulesets.begin(), rulesets.end(),
                     [&](const process::LandlockRules& rules) {
                       return GrantsIn(rules, path, access);
                     });
}

absl::optional<ProbeVictim> ProbeVictim::Make(const std::string& directory,
                                              const process::Identity* owner) {
  const std::unique_ptr<char, void (*)(void*)> canonical(
      realpath(directory.c_str(), nullptr), free);
  if (canonical == nullptr) return absl::nullopt;
  // O_EXCL: it never gets a name.
  const fs::FileDescriptor made(
      open(canonical.get(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0700));
  if (!made.valid() ||
      (owner != nullptr && fchown(made.get(), owner->uid, owner->gid) != 0)) {
    return absl::nullopt;
  }
  // What is open for writing cannot be executed (ETXTBSY).
  fs::FileDescriptor kept(open(PathOf(made.get()).c_str(), O_PATH | O_CLOEXEC));
  if (!kept.valid()) return absl::nullopt;
  return ProbeVictim(canonical.get(), std::move(kept));
}

std::string ProbeVictim::absent() const {
  return absl::StrCat(directory_, "/postern-probe-", getpid());
}

std::string ProbeVictim::path() const { return PathOf(file_.get()); }

std::vector<ProbeVictim> MakeProbeVictims(const process::Identity* owner) {
  std::vector<ProbeVictim> victims;
  for (const char* place : {"/tmp", "/var/tmp", "/dev/shm", "/run"}) {
    absl::optional<ProbeVictim> victim = ProbeVictim::Make(place, owner);
    if (victim.has_value()) victims.push_back(*std::move(victim));
  }
  return victims;
}

}  // namespace postern
