#ifndef POSTERN_PERMISSION_BACKSTOP_LOWER_OPTIONS_H_
#define POSTERN_PERMISSION_BACKSTOP_LOWER_OPTIONS_H_

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "permission/backstop/approximation.h"
#include "permission/backstop/file_tree.h"

namespace postern {

struct FileRules;

// What Landlock lets a program do in a directory that is granted while
// something beneath is not. Such rights hold for all beneath, so that they
// reach names that are denied; contents never.
enum class SpineRights : uint8_t {
  kNone,     // it cannot even be listed
  kListing,  // it can be listed, and denied directories beneath it as well
  kAll,      // entries can be made, renamed and removed too, also denied ones
};

// How far directories are listed.
struct RegionLimits {
  size_t entries = 100000;  // of directories, that are looked at
  size_t subtrees = 10000;  // that are listed
  // Entries that are looked at for files with other names (hard links), for the
  // report alone: rows for which these do not suffice say names-unknown.
  size_t link_entries = 100000;
};

// User and group of a program.
struct ProgramIds {
  uid_t uid = 0;
  gid_t gid = 0;
};

// How a policy is put into the kernel's terms. The defaults never allow what
// the policy denies, but for names in directories and for metadata; the report
// says each case.
struct LowerOptions {
  // Rules that ask, and grants that end: by time, uses or session.
  Approximation asks_and_limits = Approximation::kNarrower;
  // Grants for hosts: kWider opens their ports to every host.
  Approximation hosts = Approximation::kNarrower;
  SpineRights spines = SpineRights::kListing;
  // Hides what is denied inside of what is granted by mounts, where that can be
  // done: then the rest is granted in full, with what is made later.
  bool masks = false;
  // Modes, owners, times, attributes: refused for all files. Otherwise they are
  // refused only if the policy grants no fs.write at all.
  bool refuse_metadata_changes = false;
  // Programs that may be executed, by canonical names, with their interpreters
  // and loaders: the caller has decided that.
  std::vector<std::string> programs;
  // Steering variables (process/environment.h) that are handed on all the same:
  // for the report alone.
  std::vector<std::string> may_steer;
  // A user namespace is made for the other ones: without CAP_SYS_ADMIN there
  // are none otherwise.
  bool user_namespace = false;
  // The ids that the program begins with: it cannot take others. Wanted where
  // it has CAP_SETUID, as when root starts it as root. None: the kernel's rules
  // alone.
  absl::optional<ProgramIds> ids;
  // The plan is for this process itself, which cannot enter namespaces, and
  // whose environment is what it is.
  bool own_process = false;

  RegionLimits regions;
  // Of a plan that was made when the context granted no less than now: nothing
  // else is looked at. Null: everything. Borrowed.
  const FileRules* within = nullptr;
  size_t max_ports = 4096;         // that are listed
  const FileTree* tree = nullptr;  // null: the kernel's. Borrowed.
};

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_LOWER_OPTIONS_H_
