#ifndef POSTERN_NET_CSP_PATH_KEY_H_
#define POSTERN_NET_CSP_PATH_KEY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "net/csp/source.h"

namespace postern {
namespace csp {

// A percent-encoded path in the form in which a dialect compares it: two paths
// are one to it if and only if the texts are equal, and a path that ends in
// "/" covers what its text is a prefix of.
struct PathKey {
  std::string text;
  bool is_prefix = false;
};

// kSpec decodes each segment on its own (CSP3, section 6.7.2.11), so that an
// encoded "/" is no separator; kChromium decodes the whole path: as UTF-8 if
// all of it is, else byte by byte as Latin-1. "" is "/". Linear.
PathKey MakePathKey(absl::string_view path, Dialect dialect);

}  // namespace csp
}  // namespace postern

#endif  // POSTERN_NET_CSP_PATH_KEY_H_
