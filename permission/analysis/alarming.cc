#include "permission/analysis/alarming.h"

#include <iterator>
#include <string>

#include "absl/status/statusor.h"
#include "permission/permission.h"

namespace postern {
namespace {

struct Alarming {
  Permission permission;
  const char* resource;
};

// On Debian and its relatives, as far as a name tells it on every machine.
constexpr Alarming kAlarming[] = {
    {Permission::kFsRead, "/etc/shadow"},
    {Permission::kFsRead, "/root/.ssh/id_ed25519"},
    {Permission::kFsRead, "/etc/ssl/private"},
    {Permission::kFsRead, "/var/lib"},
    {Permission::kFsWrite, "/etc/passwd"},
    {Permission::kFsWrite, "/root/.ssh/authorized_keys"},
    {Permission::kFsWrite, "/etc/cron.d"},
    {Permission::kFsWrite, "/usr/bin/sudo"},
    {Permission::kNetConnect, "169.254.169.254:80"},
    {Permission::kNetConnect, "127.0.0.1:22"},
    {Permission::kNetListen, "0.0.0.0:22"},
    {Permission::kEnvRead, "AWS_SECRET_ACCESS_KEY"},
    {Permission::kEnvWrite, "LD_PRELOAD"},
};

}  // namespace

std::vector<std::unique_ptr<AccessQuestion>> AlarmingAccesses() {
  std::vector<std::unique_ptr<AccessQuestion>> accesses;
  for (const Alarming& one : kAlarming) {
    absl::StatusOr<std::unique_ptr<AccessQuestion>> question =
        AccessQuestion::Read(std::string(PermissionName(one.permission)),
                             {one.resource}, AccessQuestion::Extent::kOne);
    if (question.ok()) accesses.push_back(*std::move(question));
  }
  return accesses;
}

std::pair<size_t, size_t> AlarmRank(const AccessQuestion& question) {
  size_t number = 0;
  for (; number < std::size(kAlarming); ++number) {
    if (question.permission() == kAlarming[number].permission &&
        question.extent() == AccessQuestion::Extent::kOne &&
        question.words().size() == 1 &&
        question.words()[0] == kAlarming[number].resource) {
      break;
    }
  }
  size_t bytes = 0;
  for (const std::string& word : question.words()) bytes += word.size() + 1;
  return {number, bytes};
}

}  // namespace postern
