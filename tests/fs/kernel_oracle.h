#ifndef POSTERN_TESTS_FS_KERNEL_ORACLE_H_
#define POSTERN_TESTS_FS_KERNEL_ORACLE_H_

#include <cstdint>
#include <string>

namespace postern {
namespace fs {
namespace testing {

// How often what occurred in a comparison.
struct OracleTally {
  int64_t cases = 0;
  int64_t granted = 0;  // and done
  int64_t denied = 0;
  int64_t linked = 0;   // a link was followed
  int64_t stepped = 0;  // ".." in the name
  int64_t looped = 0;   // ELOOP
  int64_t missing = 0;  // ENOENT, told
  int64_t not_directory = 0;
  int64_t created = 0;  // or otherwise changed
};

struct OracleReport {
  std::string difference;  // the first one found; "" if there is none
  OracleTally tally;
};

// Compares guarded look-ups and opens with what the kernel does itself: in
// random trees, with random names, rules and requests, by each way in which the
// library can use the kernel. The kernel says errno, object and canonical name
// (of procfs); the rules are asked about that name. A look-up that fails is
// decided by the name at which it fails (ResolveNaively). Stops at the first
// difference. The same seed gives the same cases. Needs procfs, for the
// kernel's own names.
OracleReport CompareLookups(uint64_t seed, int64_t cases);

// Compares operations that change something, done with plain system calls in
// one tree and guarded, by each way, in others: verdict, errno, and what the
// trees are like afterwards.
OracleReport CompareChanges(uint64_t seed, int64_t cases);

}  // namespace testing
}  // namespace fs
}  // namespace postern

#endif  // POSTERN_TESTS_FS_KERNEL_ORACLE_H_
