#ifndef POSTERN_BINDINGS_C_POSTERN_APP_SOCKETS_H_
#define POSTERN_BINDINGS_C_POSTERN_APP_SOCKETS_H_

/* Sockets between apps, so that no app poses as another: names of Linux's
 * abstract namespace that belong to one app, "postern/APPID/name" with the app
 * id without its version. Beside the rules for "unix-abstract:postern/...", an
 * app binds only names of its own, accepts only its clients, and talks to a
 * name only if that name's app is there. The kernel does not say whose
 * datagrams are: such names have none. Other abstract names are left to the
 * rules. */

#include "buffer.h"
#include "error.h"
#include "network.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whose process it is, to be filled in by a callback; untouched it is no
 * app's. INVALID_ARGUMENT for what is no app id, and then it is no app's. */
typedef struct postern_app postern_app;
postern_status postern_app_set(postern_app* app, const char* id, size_t size);

/* Tells whose process it is: the host knows, as it started them. Called by many
 * threads at once. Leave `app` untouched for a process that is no app's, or is
 * gone: its number may be another's by now, so compare start times or hold a
 * pidfd. */
typedef void (*postern_app_of_fn)(void* user_data,
                                  const postern_credentials* process,
                                  postern_app* app);

/* An app that may connect to a socket, by the last part of the socket's name.
 * Versions of app ids do not count. */
typedef struct postern_app_client {
  postern_bytes name;
  postern_bytes app;
} postern_app_client;

/* For postern_network_options; only read while the network is made. */
typedef struct postern_app_sockets {
  size_t struct_size;
  postern_bytes self; /* the id of the app whose sockets these are */
  /* Nobody may connect to a name that is not here. */
  const postern_app_client* clients;
  size_t client_count;
  postern_app_of_fn app_of; /* not null */
  void* user_data;          /* for it */
  /* Called once with `user_data` when it is not used any more. Null = not told.
   * Not called if the network could not be made. */
  void (*release)(void* user_data);
} postern_app_sockets;

/* The endpoint of an app's socket: "unix-abstract:postern/APPID/name". */
postern_status postern_app_socket_endpoint(const char* app, size_t app_size,
                                           const char* name, size_t name_size,
                                           postern_buffer** endpoint,
                                           postern_error* error);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_APP_SOCKETS_H_ */
