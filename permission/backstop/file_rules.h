#ifndef POSTERN_PERMISSION_BACKSTOP_FILE_RULES_H_
#define POSTERN_PERMISSION_BACKSTOP_FILE_RULES_H_

#include <string>
#include <vector>

#include "permission/backstop/file_regions.h"
#include "permission/backstop/lower_options.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/program_rules.h"
#include "process/landlock.h"
#include "process/namespaces.h"

namespace postern {

// What of a policy is about files, in the kernel's terms.
struct FileRules {
  FileRegions read, write, device_use;
  // Device nodes, and nothing else, that device.use grants.
  std::vector<std::string> devices;
  ProgramRules programs;
  // Hidden by mounts; each once.
  std::vector<process::Mask> masks;
};

// `can_mask`: the kernel can hide things by mounts, and keep it so.
FileRules FindFileRules(const PolicyRights& rights, const FileTree& tree,
                        const LowerOptions& options, bool can_mask);

// The rights of files that `rules` grant, for a Landlock of this version; of
// each path once, in order. Nothing for version 0.
process::LandlockRules ToLandlock(const FileRules& rules,
                                  const LowerOptions& options, int abi);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_FILE_RULES_H_
