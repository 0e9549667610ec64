#ifndef POSTERN_PERMISSION_BACKSTOP_PROBE_VICTIMS_H_
#define POSTERN_PERMISSION_BACKSTOP_PROBE_VICTIMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "process/landlock.h"

namespace postern {

// Whether the rulesets together grant `access`, one right, to `path`, which is
// canonical: what is expected of the kernel.
bool GrantsAccess(const std::vector<process::LandlockRules>& rulesets,
                  const std::string& path, uint64_t access);

// A directory of one's own with an empty program in it, in some place for
// temporary files. Removed at the end.
class ProbeVictim {
 public:
  // nullopt if nothing can be made in `place`.
  static absl::optional<ProbeVictim> Make(const std::string& place);
  ProbeVictim(ProbeVictim&& other) noexcept;
  ProbeVictim& operator=(ProbeVictim&&) = delete;
  ~ProbeVictim();

  const std::string& directory() const { return directory_; }  // canonical
  std::string file() const { return directory_ + "/file"; }
  std::string absent() const { return directory_ + "/new"; }

 private:
  explicit ProbeVictim(std::string directory)
      : directory_(std::move(directory)) {}
  std::string directory_;  // "" once moved from
};

// One in each place where that can be done.
std::vector<ProbeVictim> MakeProbeVictims();

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PROBE_VICTIMS_H_
