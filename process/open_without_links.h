#ifndef POSTERN_PROCESS_OPEN_WITHOUT_LINKS_H_
#define POSTERN_PROCESS_OPEN_WITHOUT_LINKS_H_

namespace postern {
namespace process {

// Opens what the absolute `path` names if no link is on the way, the last name
// included: so it is what was decided on, or nothing (symlink race). The
// descriptor gives no access (O_PATH), and is closed on exec. -1 and errno;
// ELOOP for a link. By openat2(2), or where that is not there or a filter
// refuses it, component by component. Async-signal-safe.
int OpenWithoutLinks(const char* path);

}  // namespace process
}  // namespace postern

#endif  // POSTERN_PROCESS_OPEN_WITHOUT_LINKS_H_
