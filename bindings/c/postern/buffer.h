#ifndef POSTERN_BINDINGS_C_POSTERN_BUFFER_H_
#define POSTERN_BINDINGS_C_POSTERN_BUFFER_H_

/* Bytes that a call made and you free. Any number of threads may read a buffer
 * at once. */

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct postern_buffer postern_buffer;
/* Null for a null handle. A NUL follows the bytes. */
const char* postern_buffer_data(const postern_buffer* buffer, size_t* size);
void postern_buffer_free(postern_buffer* buffer);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_BUFFER_H_ */
