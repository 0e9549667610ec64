#ifndef POSTERN_BINDINGS_CLI_PAGE_ASSETS_H_
#define POSTERN_BINDINGS_CLI_PAGE_ASSETS_H_

namespace postern {
namespace cli {

// The style sheet and the script of a page, which the page holds as they stand
// and allows by their digest. The page says the same without either.
extern const char kPageStyle[];
extern const char kPageScript[];

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PAGE_ASSETS_H_
