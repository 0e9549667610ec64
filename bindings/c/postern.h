#ifndef POSTERN_BINDINGS_C_POSTERN_H_
#define POSTERN_BINDINGS_C_POSTERN_H_

/* For programs that are built in this repository. Elsewhere the same headers
 * are <postern/postern.h>. */

#include "postern/postern.h"

#endif /* POSTERN_BINDINGS_C_POSTERN_H_ */
