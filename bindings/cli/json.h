#ifndef POSTERN_BINDINGS_CLI_JSON_H_
#define POSTERN_BINDINGS_CLI_JSON_H_

// How the program writes JSON: as the library does.
#include "permission/text/json_members.h"  // IWYU pragma: export

#endif  // POSTERN_BINDINGS_CLI_JSON_H_
