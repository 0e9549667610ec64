#ifndef POSTERN_BINDINGS_C_POSTERN_TARGETS_H_
#define POSTERN_BINDINGS_C_POSTERN_TARGETS_H_

/* Guarded sockets step by step, as runtimes need them: what a name may lead to,
 * then a socket, then an address of these. See network.h for errors and
 * threads; any number of threads may use targets at once. */

#include "error.h"
#include "network.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What may be used for an endpoint, at least one: itself, or of a name its
 * allowed addresses, in the order in which to try them. For one connection,
 * listener or datagram; a later one decides the name again. Each is decided
 * once more when it is used. */
typedef struct postern_targets postern_targets;
postern_status postern_network_prepare(const postern_network* network,
                                       postern_purpose purpose,
                                       const char* endpoint, size_t size,
                                       const postern_wait* wait,
                                       postern_targets** targets,
                                       postern_error* error);
void postern_targets_free(postern_targets* targets);
size_t postern_targets_count(const postern_targets* targets);
/* An address or a socket, never a name; null beyond the count. */
const char* postern_targets_endpoint(const postern_targets* targets,
                                     size_t index, size_t* size);

typedef int32_t postern_family;
enum {
  POSTERN_INET = 1,
  POSTERN_INET6 = 2,
  POSTERN_UNIX = 3,
  POSTERN_VSOCK = 4
};
/* A socket that is neither bound nor connected. */
postern_status postern_network_open(const postern_network* network,
                                    postern_family family,
                                    postern_transport transport,
                                    postern_socket** socket,
                                    postern_error* error);
/* connect(). A socket that was not connected in time is closed. */
postern_status postern_network_connect_to(const postern_network* network,
                                          const postern_targets* targets,
                                          size_t index,
                                          const postern_wait* wait,
                                          postern_socket* socket,
                                          postern_error* error);
/* bind(). With port 0 the port that the kernel chooses is decided too. */
postern_status postern_network_bind(const postern_network* network,
                                    const postern_targets* targets,
                                    size_t index, postern_socket* socket,
                                    postern_error* error);
/* listen(). A socket that was not bound gets any port on every address, and
 * needs the grant for that. */
postern_status postern_network_start_listening(const postern_network* network,
                                               int32_t backlog,
                                               postern_socket* socket,
                                               postern_error* error);
/* One datagram, to an address or an abstract name. At most 1024 different ones
 * from a socket that is not bound under a grant to listen. `sent`, which may be
 * null, becomes the number of bytes. */
postern_status postern_network_send(const postern_network* network,
                                    const char* bytes, size_t size,
                                    const postern_targets* targets,
                                    size_t index, postern_socket* socket,
                                    size_t* sent, postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_TARGETS_H_ */
