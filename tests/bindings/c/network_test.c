/* The C interface: the guarded network, on loopback. */

#define _XOPEN_SOURCE 700

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/bindings/c/check.h"
#include "tests/bindings/c/folder.h"

/* news.example leads to loopback, lure.example into the host's own network. */
static int look_ups = 0;
static postern_code LookUp(void* user_data, const char* host, size_t size,
                           int64_t deadline, postern_addresses* addresses) {
  CHECK(user_data == &look_ups && strlen(host) == size);
  CHECK(deadline > 0);
  ++look_ups;
  if (strcmp(host, "news.example") == 0) {
    CHECK(postern_addresses_add(addresses, "127.0.0.1", 9, 0) == POSTERN_OK);
    return POSTERN_E_NONE;
  }
  if (strcmp(host, "lure.example") == 0) {
    CHECK(postern_addresses_add(addresses, "10.0.0.1", 8, 0) == POSTERN_OK);
    CHECK(postern_addresses_add(addresses, "10.0.0", 6, 0) ==
          POSTERN_INVALID_ARGUMENT);
    CHECK(postern_addresses_add(NULL, "10.0.0.1", 8, 0) ==
          POSTERN_INVALID_ARGUMENT);
    return POSTERN_E_NONE;
  }
  return strcmp(host, "slow.example") == 0 ? POSTERN_E_TIMEDOUT
                                           : POSTERN_E_NOENT;
}

static int released = 0;
static void Release(void* user_data) {
  CHECK(user_data == &look_ups);
  ++released;
}

static const char kRules[] =
    "version: 1 layers { name: 'g'"
    " rules { allow: 'net.connect' pattern: '127.0.0.1' }"
    " rules { allow: 'net.connect' pattern: 'news.example'"
    "   resolves_to: '127.0.0.1' }"
    " rules { allow: 'net.connect' pattern: 'lure.example' }"
    " rules { allow: 'net.connect' pattern: 'slow.example' }"
    " rules { allow: 'net.connect' pattern: 'gone.example' }"
    " rules { allow: 'net.resolve' pattern: 'news.example' }"
    " rules { allow: 'net.listen' pattern: '127.0.0.1' } }";

typedef struct Stage {
  postern_error* error;
  postern_context* context;
  postern_network* network;
} Stage;

static Stage NewStage(void) {
  Stage stage;
  postern_policy* policy = NULL;
  postern_network_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.look_up = LookUp;
  options.user_data = &look_ups;
  options.release = Release;
  stage.error = postern_error_new();
  stage.context = NULL;
  stage.network = NULL;
  CHECK_OK(postern_policy_from_text(kRules, strlen(kRules), NULL, &policy,
                                    stage.error),
           stage.error);
  CHECK_OK(postern_context_new(policy, NULL, &stage.context, NULL, stage.error),
           stage.error);
  CHECK_OK(
      postern_network_new(stage.context, &options, &stage.network, stage.error),
      stage.error);
  postern_policy_free(policy);
  return stage;
}

static void FreeStage(Stage* stage) {
  postern_context_free(stage->context);
  postern_network_free(stage->network);
  postern_error_free(stage->error);
}

static postern_wait Soon(void) {
  postern_wait wait;
  memset(&wait, 0, sizeof(wait));
  wait.struct_size = sizeof(wait);
  wait.deadline_unix_ns = (int64_t)(time(NULL) + 10) * 1000000000;
  return wait;
}

/* A listener on loopback; its port. */
static postern_socket* Listen(Stage* stage, const char** port) {
  postern_socket* listener = NULL;
  const postern_wait wait = Soon();
  CHECK_OK(
      postern_network_listen(stage->network, "127.0.0.1:0", 11, POSTERN_STREAM,
                             5, &wait, &listener, stage->error),
      stage->error);
  *port = postern_socket_local(listener, NULL);
  CHECK(*port != NULL && strncmp(*port, "127.0.0.1:", 10) == 0);
  *port += strlen("127.0.0.1");
  return listener;
}

static void TestConnections(void) {
  Stage stage = NewStage();
  const postern_wait wait = Soon();
  const char* port = NULL;
  char endpoint[64];
  postern_socket* const listener = Listen(&stage, &port);
  postern_socket *one = NULL, *other = NULL;
  postern_credentials credentials;
  struct pollfd ready;
  int32_t fd;
  char byte = 0;
  snprintf(endpoint, sizeof(endpoint), "news.example%s", port);
  CHECK_OK(postern_network_connect(stage.network, endpoint, strlen(endpoint),
                                   POSTERN_STREAM, &wait, &one, stage.error),
           stage.error);
  CHECK_OK(postern_network_accept(stage.network, listener, &wait, &other,
                                  stage.error),
           stage.error);
  CHECK(
      Is(postern_socket_peer(one, NULL), postern_socket_local(listener, NULL)));
  CHECK(write(postern_socket_descriptor(one), "x", 1) == 1);
  ready.fd = postern_socket_descriptor(other);
  ready.events = POLLIN;
  CHECK(poll(&ready, 1, 10000) == 1);
  CHECK(read(postern_socket_descriptor(other), &byte, 1) == 1 && byte == 'x');
  CHECK((fcntl(ready.fd, F_GETFD) & FD_CLOEXEC) != 0);
  memset(&credentials, 0xFF, sizeof(credentials));
  credentials.struct_size = sizeof(credentials);
  CHECK_OK(postern_socket_credentials(one, &credentials, stage.error),
           stage.error);
  CHECK(credentials.known == 0 && credentials.user == 0);
  /* The descriptor is ours from now on. */
  fd = postern_socket_release(one);
  CHECK(fd >= 0 && postern_socket_descriptor(one) == -1);
  CHECK(postern_socket_release(one) == -1);
  postern_socket_free(one);
  CHECK(close(fd) == 0);
  postern_socket_free(other);
  postern_socket_free(listener);
  FreeStage(&stage);
}

/* A granted name that leads into the host's own network, and others. */
static void TestDenials(void) {
  Stage stage = NewStage();
  const postern_wait wait = Soon();
  postern_socket* socket = NULL;
  postern_targets* targets = NULL;
  const int before = look_ups;
  CHECK(postern_network_connect(stage.network, "evil.example:80", 15,
                                POSTERN_STREAM, &wait, &socket,
                                stage.error) == POSTERN_DENIED);
  CHECK(look_ups == before && socket == NULL);
  CHECK(Is(postern_error_subject(stage.error, NULL), "evil.example:80"));
  CHECK(postern_error_code(stage.error) == POSTERN_E_ACCES);
  CHECK(Contains(Explained(stage.context, stage.error, POSTERN_FIELD_TEXT),
                 "net.connect evil.example:80"));
  CHECK(Is(Explained(stage.context, stage.error, POSTERN_FIELD_GUEST_PLAIN),
           "ERR_ACCESS_DENIED: net.connect evil.example:80"));
  CHECK(postern_network_connect(stage.network, "lure.example:80", 15,
                                POSTERN_STREAM, &wait, &socket,
                                stage.error) == POSTERN_DENIED);
  CHECK(look_ups == before + 1);
  CHECK(Is(postern_error_subject(stage.error, NULL), "10.0.0.1:80"));
  CHECK(Is(postern_error_refusal(stage.error, NULL), "monitor"));
  CHECK(Contains(Explained(stage.context, stage.error, POSTERN_FIELD_TEXT),
                 "10.0.0.1"));
  /* Where the name leads is not the guest's to know. */
  CHECK(Is(Explained(stage.context, stage.error, POSTERN_FIELD_GUEST_PLAIN),
           "ERR_ACCESS_DENIED: net.connect lure.example:80"));
  CHECK(Is(Explained(stage.context, stage.error, POSTERN_FIELD_GUEST_FULL),
           "ERR_ACCESS_DENIED: net.connect lure.example:80"));
  CHECK(postern_network_connect(stage.network, "gone.example:80", 15,
                                POSTERN_STREAM, &wait, &socket,
                                stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_NOENT);
  CHECK(postern_network_connect(stage.network, "slow.example:80", 15,
                                POSTERN_STREAM, &wait, &socket,
                                stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_TIMEDOUT);
  CHECK(postern_network_listen(stage.network, "0.0.0.0:0", 9, POSTERN_STREAM, 1,
                               &wait, &socket, stage.error) == POSTERN_DENIED);
  CHECK(IsRefusedFor(stage.context, stage.error, "net.listen"));
  CHECK(postern_network_prepare(stage.network, POSTERN_LISTEN, "0.0.0.0:0", 9,
                                &wait, &targets,
                                stage.error) == POSTERN_DENIED);
  CHECK(IsRefusedFor(stage.context, stage.error, "net.listen"));
  CHECK(postern_network_prepare(stage.network, POSTERN_CONNECT, "0.0.0.0:1", 9,
                                &wait, &targets,
                                stage.error) == POSTERN_DENIED);
  CHECK(IsRefusedFor(stage.context, stage.error, "net.connect"));
  CHECK(targets == NULL);
  CHECK(postern_network_connect(stage.network, "unix:/run/x", 11,
                                POSTERN_STREAM, &wait, &socket,
                                stage.error) == POSTERN_DENIED);
  CHECK(postern_network_connect(stage.network, "a b:80", 6, POSTERN_STREAM,
                                &wait, &socket,
                                stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(stage.error, NULL), "column"));
  CHECK(socket == NULL);
  FreeStage(&stage);
}

static void TestChecksAndLookUps(void) {
  Stage stage = NewStage();
  const postern_wait wait = Soon();
  postern_decision decision;
  postern_buffer* addresses = NULL;
  size_t size = 0;
  static const struct {
    postern_purpose purpose;
    const char* endpoint;
    const char* address;
    int allowed;
  } kCases[] = {
      {POSTERN_CONNECT, "news.example:80", "", 1},
      {POSTERN_CONNECT, "NEWS.example.:80", "", 1},
      {POSTERN_CONNECT, "news.example:80", "127.0.0.1:80", 1},
      {POSTERN_CONNECT, "news.example:80", "127.0.0.2:80", 0},
      {POSTERN_CONNECT, "lure.example:80", "10.0.0.1:80", 0},
      {POSTERN_CONNECT, "evil.example:80", "", 0},
      {POSTERN_LISTEN, "news.example:80", "", 0},
      {POSTERN_LISTEN, "127.0.0.1:80", "", 1},
  };
  size_t i;
  for (i = 0; i < sizeof(kCases) / sizeof(kCases[0]); ++i) {
    CHECK_OK(postern_network_check(
                 stage.network, kCases[i].purpose, kCases[i].endpoint,
                 strlen(kCases[i].endpoint), kCases[i].address,
                 strlen(kCases[i].address), &decision, stage.error),
             stage.error);
    if (postern_decision_allowed(decision) != kCases[i].allowed) {
      fprintf(stderr, "case %d\n", (int)i);
      ++failures;
    }
  }
  CHECK_OK(postern_network_look_up(stage.network, "news.example", 12, &wait,
                                   &addresses, stage.error),
           stage.error);
  CHECK(Is(postern_buffer_data(addresses, &size), "127.0.0.1") && size == 10);
  postern_buffer_free(addresses);
  CHECK(postern_network_look_up(stage.network, "lure.example", 12, &wait,
                                &addresses, stage.error) == POSTERN_DENIED);
  CHECK(
      Contains(Explained(stage.context, stage.error, POSTERN_FIELD_GUEST_PLAIN),
               " lure.example"));
  CHECK(IsRefusedFor(stage.context, stage.error, "net.resolve"));
  CHECK(postern_network_look_up(stage.network, "1.2.3", 5, &wait, &addresses,
                                stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(addresses == NULL);
  FreeStage(&stage);
}

static void TestStepByStep(void) {
  Stage stage = NewStage();
  const postern_wait wait = Soon();
  postern_targets *at = NULL, *to = NULL;
  postern_socket *listener = NULL, *one = NULL, *other = NULL;
  char endpoint[64];
  CHECK_OK(postern_network_prepare(stage.network, POSTERN_LISTEN, "127.0.0.1:0",
                                   11, &wait, &at, stage.error),
           stage.error);
  CHECK(postern_targets_count(at) == 1);
  CHECK(Is(postern_targets_endpoint(at, 0, NULL), "127.0.0.1:0"));
  CHECK(postern_targets_endpoint(at, 1, NULL) == NULL);
  CHECK_OK(postern_network_open(stage.network, POSTERN_INET, POSTERN_STREAM,
                                &listener, stage.error),
           stage.error);
  CHECK(postern_network_bind(stage.network, at, 1, listener, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK_OK(postern_network_bind(stage.network, at, 0, listener, stage.error),
           stage.error);
  CHECK_OK(
      postern_network_start_listening(stage.network, 5, listener, stage.error),
      stage.error);
  snprintf(endpoint, sizeof(endpoint), "news.example%s",
           postern_socket_local(listener, NULL) + strlen("127.0.0.1"));
  CHECK_OK(postern_network_prepare(stage.network, POSTERN_CONNECT, endpoint,
                                   strlen(endpoint), &wait, &to, stage.error),
           stage.error);
  CHECK(Is(postern_targets_endpoint(to, 0, NULL),
           postern_socket_local(listener, NULL)));
  CHECK_OK(postern_network_open(stage.network, POSTERN_INET, POSTERN_STREAM,
                                &one, stage.error),
           stage.error);
  CHECK(postern_network_connect_to(stage.network, at, 0, &wait, one,
                                   stage.error) != POSTERN_OK);
  CHECK_OK(
      postern_network_connect_to(stage.network, to, 0, &wait, one, stage.error),
      stage.error);
  CHECK_OK(postern_network_accept(stage.network, listener, &wait, &other,
                                  stage.error),
           stage.error);
  postern_socket_free(other);
  postern_socket_free(one);
  postern_socket_free(listener);
  postern_targets_free(at);
  postern_targets_free(to);
  FreeStage(&stage);
}

static void TestDatagrams(void) {
  Stage stage = NewStage();
  const postern_wait wait = Soon();
  postern_socket *server = NULL, *client = NULL;
  postern_targets* to = NULL;
  postern_buffer *bytes = NULL, *from = NULL;
  size_t sent = 0;
  CHECK_OK(
      postern_network_listen(stage.network, "127.0.0.1:0", 11, POSTERN_DATAGRAM,
                             0, &wait, &server, stage.error),
      stage.error);
  CHECK_OK(postern_network_prepare(stage.network, POSTERN_CONNECT,
                                   postern_socket_local(server, NULL),
                                   strlen(postern_socket_local(server, NULL)),
                                   &wait, &to, stage.error),
           stage.error);
  CHECK_OK(postern_network_open(stage.network, POSTERN_INET, POSTERN_DATAGRAM,
                                &client, stage.error),
           stage.error);
  CHECK_OK(postern_network_send(stage.network, "hello", 5, to, 0, client, &sent,
                                stage.error),
           stage.error);
  CHECK(sent == 5);
  CHECK_OK(postern_network_receive(stage.network, server, 100, &wait, &bytes,
                                   &from, stage.error),
           stage.error);
  CHECK(Is(postern_buffer_data(bytes, NULL), "hello"));
  CHECK(Contains(postern_buffer_data(from, NULL), "127.0.0.1:"));
  postern_buffer_free(bytes);
  postern_buffer_free(from);
  CHECK_OK(postern_network_send(stage.network, "too long", 8, to, 0, client,
                                NULL, stage.error),
           stage.error);
  CHECK(postern_network_receive(stage.network, server, 3, &wait, &bytes, NULL,
                                stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_MSGSIZE);
  CHECK(bytes == NULL);
  postern_targets_free(to);
  postern_socket_free(server);
  postern_socket_free(client);
  FreeStage(&stage);
}

static void TestUnixSockets(void) {
  const char* const folder = NewFolder();
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_context *context = NULL, *child = NULL;
  postern_files* files = NULL;
  postern_network* network = NULL;
  postern_network_options options;
  postern_socket *listener = NULL, *one = NULL;
  postern_credentials credentials;
  const postern_wait wait = Soon();
  char rules[3 * PATH_MAX], endpoint[PATH_MAX + 10], denied[PATH_MAX + 10];
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  snprintf(endpoint, sizeof(endpoint), "unix:%s/s", folder);
  snprintf(rules, sizeof(rules),
           "version: 1 layers { name: 'g' rules { allow: 'fs' pattern: '%s' }"
           " rules { allow: 'net' pattern: 'unix:%s/s' } }",
           folder, folder);
  CHECK_OK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rules,
                                     strlen(rules), NULL, 0, error),
           error);
  CHECK_OK(postern_builder_bind(builder, NULL, error), error);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  CHECK_OK(postern_context_new(policy, NULL, &context, NULL, error), error);
  CHECK_OK(postern_derive(context, NULL, NULL, &child, error), error);
  CHECK_OK(postern_files_new(context, NULL, &files, error), error);
  options.files = files;
  /* Files and sockets of two contexts would not drop together. */
  CHECK(postern_network_new(child, &options, &network, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "another context's"));
  CHECK_OK(postern_network_new(context, &options, &network, error), error);
  CHECK_OK(postern_network_listen(network, endpoint, strlen(endpoint),
                                  POSTERN_STREAM, 5, &wait, &listener, error),
           error);
  CHECK_OK(postern_network_connect(network, endpoint, strlen(endpoint),
                                   POSTERN_STREAM, &wait, &one, error),
           error);
  memset(&credentials, 0, sizeof(credentials));
  credentials.struct_size = sizeof(credentials);
  CHECK_OK(postern_socket_credentials(one, &credentials, error), error);
  CHECK(credentials.known == 1 && credentials.process == getpid());
  CHECK(credentials.user == getuid());
  postern_socket_free(one);
  /* The rules for the network deny what those for files grant. */
  snprintf(denied, sizeof(denied), "unix:%s/t", folder);
  CHECK(postern_network_listen(network, denied, strlen(denied), POSTERN_STREAM,
                               5, &wait, &one, error) == POSTERN_DENIED);
  CHECK(IsRefusedFor(context, error, "net.listen"));
  CHECK_OK(postern_drop(context, "fs", 2, "", 0, error), error);
  CHECK(postern_network_connect(network, endpoint, strlen(endpoint),
                                POSTERN_STREAM, &wait, &one,
                                error) == POSTERN_DENIED);
  CHECK(IsRefusedFor(context, error, "fs.read"));
  CHECK(one == NULL);
  postern_socket_free(listener);
  postern_network_free(network);
  postern_files_free(files);
  postern_context_free(child);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_error_free(error);
}

/* This process is whichever app the host says that it is. */
static const char* app_here = NULL;
static int asked_for_apps = 0;
static void AppOf(void* user_data, const postern_credentials* process,
                  postern_app* app) {
  CHECK(user_data == &asked_for_apps && process->known == 1);
  CHECK(process->process == getpid() && process->user == getuid());
  ++asked_for_apps;
  CHECK(postern_app_set(app, "no_app_", 7) == POSTERN_INVALID_ARGUMENT);
  if (app_here == NULL) return;
  CHECK(postern_app_set(app, app_here, strlen(app_here)) == POSTERN_OK);
}

static int apps_released = 0;
static void ReleaseApps(void* user_data) {
  CHECK(user_data == &asked_for_apps);
  ++apps_released;
}

/* A network of the app "notes.acme_app_1", to whose socket "inbox" the app
 * "mail.acme_app" may connect. */
static postern_network* AppNetwork(postern_context* context,
                                   postern_error* error) {
  postern_network_options options;
  postern_app_sockets sockets;
  postern_app_client client;
  postern_network* network = NULL;
  memset(&options, 0, sizeof(options));
  memset(&sockets, 0, sizeof(sockets));
  options.struct_size = sizeof(options);
  options.app_sockets = &sockets;
  sockets.struct_size = sizeof(sockets);
  sockets.self = Text("notes.acme_app_1");
  sockets.clients = &client;
  sockets.client_count = 1;
  client.name = Text("inbox");
  client.app = Text("mail.acme_app_2");
  sockets.user_data = &asked_for_apps;
  sockets.release = ReleaseApps;
  CHECK(postern_network_new(context, &options, &network, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "app_of"));
  sockets.app_of = AppOf;
  sockets.self = Text("a_b_c_d");
  CHECK(postern_network_new(context, &options, &network, error) ==
        POSTERN_INVALID_ARGUMENT);
  sockets.self = Text("notes.acme_app_1");
  CHECK(network == NULL && apps_released == 0);
  CHECK_OK(postern_network_new(context, &options, &network, error), error);
  return network;
}

static void TestAppSockets(void) {
  static const char kAbstract[] =
      "version: 1 layers { name: 'g' rules { allow: 'net' "
      "pattern: 'unix-abstract:postern/*' } }";
  postern_error* const error = postern_error_new();
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_network* network;
  postern_buffer *own = NULL, *foreign = NULL;
  postern_socket *listener = NULL, *client = NULL, *accepted = NULL;
  const postern_wait wait = Soon();
  const char* name;
  char unique[64];
  CHECK_OK(postern_policy_from_text(kAbstract, strlen(kAbstract), NULL, &policy,
                                    error),
           error);
  CHECK_OK(postern_context_new(policy, NULL, &context, NULL, error), error);
  network = AppNetwork(context, error);
  CHECK_OK(postern_app_socket_endpoint("notes.acme_app_3", 16, "inbox", 5, &own,
                                       error),
           error);
  name = postern_buffer_data(own, NULL);
  CHECK(Is(name, "unix-abstract:postern/notes.acme_app/inbox"));
  snprintf(unique, sizeof(unique), "inbox%d", (int)getpid());
  CHECK_OK(postern_app_socket_endpoint("mail.acme_app", 13, unique,
                                       strlen(unique), &foreign, error),
           error);
  /* A name of another app is nobody else's to take. */
  CHECK(postern_network_listen(network, postern_buffer_data(foreign, NULL),
                               strlen(postern_buffer_data(foreign, NULL)),
                               POSTERN_STREAM, 1, &wait, &listener,
                               error) == POSTERN_DENIED);
  CHECK_OK(postern_network_listen(network, name, strlen(name), POSTERN_STREAM,
                                  5, &wait, &listener, error),
           error);
  /* Whoever sits behind the name has to be its app, and the client one of
   * those that may. */
  app_here = NULL;
  CHECK(postern_network_connect(network, name, strlen(name), POSTERN_STREAM,
                                &wait, &client, error) == POSTERN_DENIED);
  app_here = "notes.acme_app_7";
  CHECK_OK(postern_network_connect(network, name, strlen(name), POSTERN_STREAM,
                                   &wait, &client, error),
           error);
  app_here = "mail.acme_app_7";
  CHECK_OK(postern_network_accept(network, listener, &wait, &accepted, error),
           error);
  CHECK(asked_for_apps > 2);
  postern_socket_free(accepted);
  postern_socket_free(client);
  postern_socket_free(listener);
  postern_network_free(network);
  CHECK(apps_released == 1);
  postern_buffer_free(own);
  CHECK(postern_app_socket_endpoint("a_b_c_d", 7, "x", 1, &own, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(own == NULL);
  CHECK(postern_app_socket_endpoint("a", 1, "", 0, &own, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_app_socket_endpoint("a", 1, "x", 1, NULL, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_app_set(NULL, "a", 1) == POSTERN_INVALID_ARGUMENT);
  postern_buffer_free(foreign);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
}

/* What was compiled before the last member was there. */
static void TestOlderOptions(void) {
  Stage stage = NewStage();
  postern_network_options options;
  postern_network* network = NULL;
  memset(&options, 0xFF, sizeof(options));
  options.struct_size = offsetof(postern_network_options, app_sockets);
  options.files = NULL;
  options.ask_timeout_ns = 0;
  options.look_up = NULL;
  options.release = NULL;
  CHECK_OK(postern_network_new(stage.context, &options, &network, stage.error),
           stage.error);
  postern_network_free(network);
  options.struct_size -= 1;
  CHECK(postern_network_new(stage.context, &options, &network, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  FreeStage(&stage);
}

static void TestWaits(void) {
  Stage stage = NewStage();
  postern_wait wait = Soon();
  postern_cancellation* const cancellation = postern_cancellation_new();
  const char* port = NULL;
  postern_socket* const listener = Listen(&stage, &port);
  postern_socket* accepted = NULL;
  wait.deadline_unix_ns = 1;
  CHECK(postern_network_accept(stage.network, listener, &wait, &accepted,
                               stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_TIMEDOUT);
  postern_cancellation_cancel(cancellation);
  wait.deadline_unix_ns = INT64_MAX;
  wait.cancellation = cancellation;
  CHECK(postern_network_accept(stage.network, listener, &wait, &accepted,
                               stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_CANCELED);
  wait.struct_size = 4;
  CHECK(postern_network_accept(stage.network, listener, &wait, &accepted,
                               stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(accepted == NULL);
  postern_cancellation_cancel(NULL);
  postern_cancellation_free(NULL);
  postern_cancellation_free(cancellation);
  postern_socket_free(listener);
  FreeStage(&stage);
}

static void TestMisuse(void) {
  const postern_status bad = POSTERN_INVALID_ARGUMENT;
  Stage stage = NewStage();
  postern_network* const net = stage.network;
  postern_network* none = NULL;
  postern_network_options options;
  postern_decision decision;
  postern_buffer* buffer = NULL;
  postern_socket* socket = NULL;
  postern_targets* targets = NULL;
  postern_credentials credentials;
  CHECK(postern_network_new(NULL, NULL, &none, NULL) == bad);
  CHECK(postern_network_new(stage.context, NULL, NULL, NULL) == bad);
  memset(&options, 0, sizeof(options));
  CHECK(postern_network_new(stage.context, &options, &none, NULL) == bad);
  options.struct_size = sizeof(options);
  options.ask_timeout_ns = -1;
  CHECK(postern_network_new(stage.context, &options, &none, NULL) == bad);
  CHECK(postern_network_check(NULL, 0, "a:1", 3, "", 0, &decision, NULL) ==
        bad);
  CHECK(postern_network_check(net, 2, "a:1", 3, "", 0, &decision, NULL) == bad);
  CHECK(postern_network_check(net, 0, NULL, 3, "", 0, &decision, NULL) == bad);
  CHECK(postern_network_check(net, 0, "a:1", 3, NULL, 1, &decision, NULL) ==
        bad);
  CHECK(postern_network_check(net, 0, "a:1", 3, "", 0, NULL, NULL) == bad);
  CHECK(!postern_decision_allowed(decision));
  CHECK(postern_network_look_up(NULL, "a", 1, NULL, &buffer, NULL) == bad);
  CHECK(postern_network_look_up(net, NULL, 1, NULL, &buffer, NULL) == bad);
  CHECK(postern_network_look_up(net, "a", 1, NULL, NULL, NULL) == bad);
  CHECK(postern_network_connect(NULL, "a:1", 3, 0, NULL, &socket, NULL) == bad);
  CHECK(postern_network_connect(net, "a:1", 3, 3, NULL, &socket, NULL) == bad);
  CHECK(postern_network_connect(net, "a:1", 3, 0, NULL, NULL, NULL) == bad);
  CHECK(postern_network_listen(NULL, "a:1", 3, 0, 1, NULL, &socket, NULL) ==
        bad);
  CHECK(postern_network_accept(net, NULL, NULL, &socket, NULL) == bad);
  CHECK(postern_network_receive(net, NULL, 1, NULL, &buffer, NULL, NULL) ==
        bad);
  CHECK(postern_network_prepare(NULL, 0, "a:1", 3, NULL, &targets, NULL) ==
        bad);
  CHECK(postern_network_prepare(net, 0, "a:1", 3, NULL, NULL, NULL) == bad);
  CHECK(postern_network_open(net, 0, 0, &socket, NULL) == bad);
  CHECK(postern_network_open(net, 1, 3, &socket, NULL) == bad);
  CHECK(postern_network_open(net, 1, 0, NULL, NULL) == bad);
  CHECK(postern_network_open(NULL, 1, 0, &socket, NULL) == bad);
  CHECK(postern_network_open(net, POSTERN_INET, POSTERN_STREAM, &socket,
                             NULL) == POSTERN_OK);
  CHECK(postern_network_connect_to(net, NULL, 0, NULL, socket, NULL) == bad);
  CHECK(postern_network_connect_to(net, NULL, 0, NULL, NULL, NULL) == bad);
  CHECK(postern_network_bind(net, NULL, 0, socket, NULL) == bad);
  CHECK(postern_network_start_listening(net, 1, NULL, NULL) == bad);
  CHECK(postern_network_start_listening(NULL, 1, socket, NULL) == bad);
  /* Not bound: any port of every address, which is not granted. */
  CHECK(postern_network_start_listening(net, 1, socket, NULL) ==
        POSTERN_DENIED);
  CHECK(postern_network_send(net, NULL, 1, NULL, 0, socket, NULL, NULL) == bad);
  CHECK(postern_network_send(net, "", 0, NULL, 0, socket, NULL, NULL) == bad);
  CHECK(postern_socket_credentials(NULL, &credentials, NULL) == bad);
  CHECK(postern_socket_credentials(socket, NULL, NULL) == bad);
  CHECK(postern_socket_descriptor(NULL) == -1);
  CHECK(postern_socket_release(NULL) == -1);
  CHECK(postern_socket_local(NULL, NULL) == NULL);
  CHECK(postern_socket_peer(NULL, NULL) == NULL);
  CHECK(Is(postern_socket_peer(socket, NULL), ""));
  CHECK(postern_targets_count(NULL) == 0);
  CHECK(postern_targets_endpoint(NULL, 0, NULL) == NULL);
  postern_socket_free(socket);
  postern_socket_free(NULL);
  postern_targets_free(NULL);
  postern_network_free(NULL);
  CHECK(none == NULL && buffer == NULL && targets == NULL);
  FreeStage(&stage);
}

int main(void) {
  TestConnections();
  TestDenials();
  TestChecksAndLookUps();
  TestStepByStep();
  TestDatagrams();
  TestUnixSockets();
  TestAppSockets();
  TestOlderOptions();
  TestWaits();
  TestMisuse();
  CHECK(released == 8);
  return Report();
}
