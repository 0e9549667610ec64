#ifndef POSTERN_BINDINGS_CLI_SUGGESTION_H_
#define POSTERN_BINDINGS_CLI_SUGGESTION_H_

#include "permission/internal/nearest_name.h"

namespace postern {
namespace cli {

using internal::Suggestion;

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_SUGGESTION_H_
