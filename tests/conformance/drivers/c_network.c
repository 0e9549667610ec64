#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/conformance/drivers/c_host.h"

/* "host:port" as endpoints are written. A host may hold any bytes. */
typedef struct endpoint {
  char text[4200];
  size_t size;
} endpoint;

static void add(endpoint* to, const char* bytes, size_t size) {
  if (size > sizeof to->text - to->size) size = sizeof to->text - to->size;
  memcpy(to->text + to->size, bytes, size);
  to->size += size;
}

static endpoint endpoint_of(const attempt* a) {
  endpoint made = {.size = 0};
  char port[16];
  const int is_v6 = memchr(a->host.data, ':', a->host.size) != NULL;
  if (is_v6) add(&made, "[", 1);
  add(&made, a->host.data, a->host.size);
  if (is_v6) add(&made, "]", 1);
  add(&made, port, (size_t)snprintf(port, sizeof port, ":%u", a->port));
  return made;
}

static endpoint unix_endpoint_of(const attempt* a) {
  endpoint made = {.size = 0};
  if (a->abstract.size > 0) {
    add(&made, "unix-abstract:", 14);
    add(&made, a->abstract.data, a->abstract.size);
  } else {
    add(&made, "unix:", 5);
    add(&made, a->path.data, a->path.size);
  }
  return made;
}

static postern_wait five_seconds(void) {
  const postern_wait wait = {
      .struct_size = sizeof wait,
      .deadline_unix_ns = ((int64_t)time(NULL) + 5) * 1000000000};
  return wait;
}

static void connect_to(trial* t, endpoint to, postern_transport transport) {
  const postern_wait wait = five_seconds();
  postern_socket* made = NULL;
  if (answered(t, postern_network_connect(t->host->network, to.text, to.size,
                                          transport, &wait, &made,
                                          t->host->error)) &&
      transport == POSTERN_DATAGRAM) {
    answered_call(t, send(postern_socket_descriptor(made), "x", 1, 0));
  }
  postern_socket_free(made);
}

static void listen_at(trial* t, endpoint at) {
  const postern_wait wait = five_seconds();
  postern_socket* made = NULL;
  answered(t, postern_network_listen(t->host->network, at.text, at.size,
                                     POSTERN_STREAM, 4, &wait, &made,
                                     t->host->error));
  postern_socket_free(made);
}

static void connect_stream(trial* t) {
  connect_to(t, endpoint_of(t->attempt), POSTERN_STREAM);
}
static void send_datagram(trial* t) {
  connect_to(t, endpoint_of(t->attempt), POSTERN_DATAGRAM);
}
static void listen_stream(trial* t) { listen_at(t, endpoint_of(t->attempt)); }
static void connect_unix(trial* t) {
  connect_to(t, unix_endpoint_of(t->attempt), POSTERN_STREAM);
}
static void listen_unix(trial* t) {
  listen_at(t, unix_endpoint_of(t->attempt));
}

static void resolve(trial* t) {
  const postern_wait wait = five_seconds();
  const postern_bytes name = t->attempt->host;
  postern_buffer* found = NULL;
  answered(t, postern_network_look_up(t->host->network, name.data, name.size,
                                      &wait, &found, t->host->error));
  postern_buffer_free(found);
}

const named_operation kNetworkOperations[] = {{"net.connect", connect_stream},
                                              {"net.send", send_datagram},
                                              {"net.listen", listen_stream},
                                              {"net.resolve", resolve},
                                              {"unix.connect", connect_unix},
                                              {"unix.listen", listen_unix},
                                              {NULL, NULL}};
