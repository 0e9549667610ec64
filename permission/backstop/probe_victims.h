#ifndef POSTERN_PERMISSION_BACKSTOP_PROBE_VICTIMS_H_
#define POSTERN_PERMISSION_BACKSTOP_PROBE_VICTIMS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "fs/base/file_descriptor.h"
#include "process/identity.h"
#include "process/landlock.h"

namespace postern {

// Whether the rulesets together grant `access`, one right, to `path`, which is
// canonical: what is expected of the kernel.
bool GrantsAccess(const std::vector<process::LandlockRules>& rulesets,
                  const std::string& path, uint64_t access);

// An empty program in some directory for temporary files, without a name
// (open(2), O_TMPFILE), so that nothing stays behind however this process ends.
// It can be reached by its descriptor alone (proc(5), /proc/self/fd); what
// holds files beneath the directory holds it as well.
class ProbeVictim {
 public:
  // Of `owner`, unless null. nullopt if nothing can be made in `directory`, or
  // there is no procfs.
  static absl::optional<ProbeVictim> Make(const std::string& directory,
                                          const process::Identity* owner);

  const std::string& directory() const { return directory_; }  // canonical
  // A name beneath the directory that nothing has: for what is decided by
  // names.
  std::string absent() const;
  int descriptor() const { return file_.get(); }
  // Reaches the file, from this process and its children.
  std::string path() const;

 private:
  ProbeVictim(std::string directory, fs::FileDescriptor file)
      : directory_(std::move(directory)), file_(std::move(file)) {}
  std::string directory_;
  fs::FileDescriptor file_;
};

// One in each place where that can be done.
std::vector<ProbeVictim> MakeProbeVictims(const process::Identity* owner);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_PROBE_VICTIMS_H_
