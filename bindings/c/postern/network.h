#ifndef POSTERN_BINDINGS_C_POSTERN_NETWORK_H_
#define POSTERN_BINDINGS_C_POSTERN_NETWORK_H_

/* Guarded network: a name is checked, then looked up once, each address is
 * checked, and only a checked one is connected to or bound (DNS rebinding,
 * SSRF). docs/network.md says what each operation needs. Any number of threads
 * may use a network at once, and one thread at a time a socket.
 *
 * Endpoints are text: "host:443", "10.0.0.1:80", "[::1]:80", "unix:/run/x",
 * "unix-abstract:name", "vsock:2:1024". An operation ends as POSTERN_OK,
 * POSTERN_DENIED or POSTERN_SYSTEM (error.h); E_NOENT is an unknown name,
 * E_AGAIN a look-up that failed, E_TIMEDOUT a deadline that passed, E_CANCELED
 * a cancellation. Text that is no endpoint is INVALID_ARGUMENT. Not enforced:
 * where a proxy leads, and what is said inside a connection. */

#include "access.h"
#include "buffer.h"
#include "context.h"
#include "error.h"
#include "files.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct postern_network postern_network;

/* The addresses of one name, for a look-up of yours to fill in. */
typedef struct postern_addresses postern_addresses;
/* "10.0.0.1" or "::1"; `interface_index` is that of a link-local one, 0 = not
 * said. At most 256 are looked at. */
postern_status postern_addresses_add(postern_addresses* addresses,
                                     const char* address, size_t size,
                                     uint32_t interface_index);

/* Looks `host` up: POSTERN_E_NONE, or why not. Called by many threads at once;
 * should end by the deadline. It need not be trusted to obey rules: it is asked
 * only for names that may be looked up, and each address is decided. */
typedef postern_code (*postern_look_up_fn)(void* user_data, const char* host,
                                           size_t size,
                                           int64_t deadline_unix_ns,
                                           postern_addresses* addresses);

struct postern_app_sockets;

/* May be null: all zero. */
typedef struct postern_network_options {
  size_t struct_size;
  /* Decide unix sockets by path, as files; made from the same context. Null:
   * such sockets are refused. */
  const postern_files* files;
  int64_t ask_timeout_ns;     /* how long a person may think; 0 = without end */
  postern_look_up_fn look_up; /* null = the system's */
  void* user_data;            /* for it */
  /* Called once with `user_data` when it is not used any more. Null = not told.
   * Not called if the network could not be made. */
  void (*release)(void* user_data);
  /* Whose abstract names are whose (app_sockets.h). Null: the rules alone
   * decide on them. */
  const struct postern_app_sockets* app_sockets;
} postern_network_options;

/* The network as `context` has it; what it drops and what is published counts
 * at once. */
postern_status postern_network_new(postern_context* context,
                                   const postern_network_options* options,
                                   postern_network** network,
                                   postern_error* error);
void postern_network_free(postern_network* network);

/* Ends calls that wait, within 20 ms. Thread-safe; free it after them. */
typedef struct postern_cancellation postern_cancellation;
postern_cancellation* postern_cancellation_new(void);
void postern_cancellation_cancel(postern_cancellation* cancellation);
void postern_cancellation_free(postern_cancellation* cancellation);

/* Until when a call may wait, and what ends it before. Null: without end. */
typedef struct postern_wait {
  size_t struct_size;
  int64_t deadline_unix_ns;                 /* INT64_MAX = without a deadline */
  const postern_cancellation* cancellation; /* may be null */
} postern_wait;

typedef int32_t postern_purpose;
enum { POSTERN_CONNECT = 0, POSTERN_LISTEN = 1 };

/* Advice on an endpoint, without a look-up. With an `address` ("10.0.0.1:80"),
 * whether the name may lead there; it may be null. */
postern_status postern_network_check(const postern_network* network,
                                     postern_purpose purpose,
                                     const char* endpoint, size_t size,
                                     const char* address, size_t address_size,
                                     postern_decision* decision,
                                     postern_error* error);
/* The addresses of a host, to be told to a guest, each with a NUL after it.
 * They give no right: to connect to one is decided as an address without a
 * name. */
postern_status postern_network_look_up(const postern_network* network,
                                       const char* host, size_t size,
                                       const postern_wait* wait,
                                       postern_buffer** addresses,
                                       postern_error* error);

/* ---- Sockets ---- */

typedef struct postern_socket postern_socket;
void postern_socket_free(postern_socket* socket);
/* Close-on-exec and non-blocking; the socket closes it. -1 for a null handle or
 * after a release. */
int32_t postern_socket_descriptor(const postern_socket* socket);
/* The descriptor, yours to close. Nothing decides its use from then on. */
int32_t postern_socket_release(postern_socket* socket);
/* The own end, of one that was bound under a grant to listen, with the port
 * that the kernel gave, and the other end of a connected one; "" if there is
 * none. */
const char* postern_socket_local(const postern_socket* socket, size_t* size);
const char* postern_socket_peer(const postern_socket* socket, size_t* size);
/* Who is at the other end of a unix socket, as the kernel saw it when it was
 * connected. The process number may be another's by now. */
typedef struct postern_credentials {
  size_t struct_size;
  int32_t known; /* 0: all else is 0 */
  int32_t process;
  uint32_t user;
  uint32_t group;
} postern_credentials;
postern_status postern_socket_credentials(const postern_socket* socket,
                                          postern_credentials* credentials,
                                          postern_error* error);

typedef int32_t postern_transport;
enum { POSTERN_STREAM = 0, POSTERN_DATAGRAM = 1, POSTERN_SEQPACKET = 2 };

/* Connects to an endpoint: of a name, to the first checked address that takes
 * it. */
postern_status postern_network_connect(const postern_network* network,
                                       const char* endpoint, size_t size,
                                       postern_transport transport,
                                       const postern_wait* wait,
                                       postern_socket** socket,
                                       postern_error* error);
/* A socket that is bound, with SO_REUSEADDR for streams, and unless it is for
 * datagrams listening. */
postern_status postern_network_listen(const postern_network* network,
                                      const char* endpoint, size_t size,
                                      postern_transport transport,
                                      int32_t backlog, const postern_wait* wait,
                                      postern_socket** socket,
                                      postern_error* error);
postern_status postern_network_accept(const postern_network* network,
                                      const postern_socket* listener,
                                      const postern_wait* wait,
                                      postern_socket** accepted,
                                      postern_error* error);
/* A datagram of at most `max_bytes`; E_MSGSIZE for a longer one. A socket
 * without a grant to listen gets answers alone: datagrams from where it sent
 * none are thrown away. `from`, which may be null, becomes the sender's
 * endpoint; "" for a unix socket without a name. */
postern_status postern_network_receive(
    const postern_network* network, postern_socket* socket, uint64_t max_bytes,
    const postern_wait* wait, postern_buffer** datagram, postern_buffer** from,
    postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_NETWORK_H_ */
