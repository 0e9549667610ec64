#ifndef POSTERN_BINDINGS_HOST_POLICY_FILES_H_
#define POSTERN_BINDINGS_HOST_POLICY_FILES_H_

#include <string>
#include <vector>

#include "bindings/c/postern.h"

namespace postern {
namespace host {

// A context of the policy that `files` make, each a layer or more, with names
// bound to the files of now (postern_builder_bind()). On OK the caller frees
// `*context`; else it is as it was, and `error` says what is wrong and where.
postern_status ContextOfFiles(const std::vector<std::string>& files,
                              postern_context** context, postern_error* error);

}  // namespace host
}  // namespace postern

#endif  // POSTERN_BINDINGS_HOST_POLICY_FILES_H_
