#ifndef POSTERN_TESTS_ATTACKS_SNAPSHOT_H_
#define POSTERN_TESTS_ATTACKS_SNAPSHOT_H_

#include <map>
#include <string>

namespace postern {
namespace testing {

// All that is in a directory, by name: kind, mode, owner, links, size, times of
// change, text of links, contents of files. Times of access are left out, and
// so are other file systems that are mounted there. Made with plain system
// calls that follow no link and open nothing but regular files and directories.
using Snapshot = std::map<std::string, std::string>;
Snapshot TakeSnapshot(const std::string& root);

// What differs, for people; "" if nothing does.
std::string Difference(const Snapshot& before, const Snapshot& after);

}  // namespace testing
}  // namespace postern

#endif  // POSTERN_TESTS_ATTACKS_SNAPSHOT_H_
