#ifndef POSTERN_BINDINGS_C_SPAWN_OUTCOME_H_
#define POSTERN_BINDINGS_C_SPAWN_OUTCOME_H_

#include "bindings/c/handles.h"

namespace postern {

struct SpawnStatus;

namespace c {

// How the preparation of a command ended, in the interface's words.
Outcome OutcomeOfSpawn(const SpawnStatus& status);

}  // namespace c
}  // namespace postern

#endif  // POSTERN_BINDINGS_C_SPAWN_OUTCOME_H_
