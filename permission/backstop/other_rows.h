#ifndef POSTERN_PERMISSION_BACKSTOP_OTHER_ROWS_H_
#define POSTERN_PERMISSION_BACKSTOP_OTHER_ROWS_H_

#include <string>
#include <vector>

#include "permission/backstop/call_rules.h"
#include "permission/backstop/policy_rights.h"
#include "permission/backstop/program_rules.h"
#include "permission/backstop/report.h"

namespace postern {

// What the plan does about all that is neither a file nor a socket.
struct OtherRowTerms {
  CallRules calls;
  int landlock_abi = 0;
  bool filters = false;
  bool own_process = false;
  const ProgramRules* programs = nullptr;
  const std::vector<std::string>* may_steer = nullptr;
  bool device_list = false;  // a cgroup holds devices
  // A granted directory that holds devices; "" = there is none.
  std::string device_leak;
  // A granted directory that holds a procfs; "" = there is none.
  std::string procfs_read, procfs_written;
};

// Adds a row for each rule and permission but fs.read, fs.write and net, and
// for what no rule grants.
void AddOtherRows(const PolicyRights& rights, const OtherRowTerms& terms,
                  std::vector<EnforcementRow>* rows);

}  // namespace postern

#endif  // POSTERN_PERMISSION_BACKSTOP_OTHER_ROWS_H_
