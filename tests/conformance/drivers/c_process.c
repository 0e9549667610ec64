#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/conformance/drivers/c_host.h"

extern char** environ;

static int make_launcher(trial* t, postern_launcher** made) {
  postern_bytes variables[64];
  const postern_bytes folders[] = {{"/usr/bin", 8}, {"/bin", 4}};
  size_t count = 0;
  for (char** one = environ; *one != NULL && count < 64; ++one) {
    variables[count++] = bytes_of(*one);
  }
  const postern_launcher_options options = {.struct_size = sizeof options,
                                            .program_folders = folders,
                                            .program_folder_count = 2,
                                            .environment = variables,
                                            .environment_count = count,
                                            .no_probe = 1,
                                            .files = t->files};
  return answered(t, postern_launcher_new(t->host->context, &options, made,
                                          t->host->error));
}

/* Starts the words with `output` as their output. */
static postern_child* start(trial* t, const postern_bytes* words, size_t count,
                            int output) {
  const attempt* a = t->attempt;
  const postern_descriptor descriptor = {.from = output, .to = 1};
  const postern_start order = {.struct_size = sizeof order,
                               .argv = words,
                               .argc = count,
                               .environment = a->environment,
                               .environment_count = a->environment_count,
                               .descriptors = &descriptor,
                               .descriptor_count = 1,
                               .directory = a->cwd};
  postern_launcher* launcher = NULL;
  postern_child* child = NULL;
  if (make_launcher(t, &launcher)) {
    answered(t, postern_launcher_start(launcher, &order, INT64_MAX, &child,
                                       t->host->error));
  }
  postern_launcher_free(launcher);
  return child;
}

static void run_words(trial* t, const postern_bytes* words, size_t count) {
  postern_child_event end = {.struct_size = sizeof end};
  char bytes[1024];
  int ends[2];
  if (pipe(ends) != 0) return;
  postern_child* child = start(t, words, count, ends[1]);
  close(ends[1]);
  if (child != NULL) {
    answered(t, postern_child_wait(child, INT64_MAX, &end, t->host->error));
    const ssize_t size = read(ends[0], bytes, sizeof bytes);
    if (size > 0) tell(t, bytes, (size_t)size);
  }
  postern_child_free(child);
  close(ends[0]);
}

static void spawn(trial* t) {
  run_words(t, t->attempt->argv, t->attempt->argc);
}

static void shell(trial* t) {
  const postern_bytes words[] = {bytes_of("/bin/sh"), bytes_of("-c"),
                                 t->attempt->code};
  run_words(t, words, 3);
}

static void signal_child(trial* t) {
  const postern_bytes words[] = {bytes_of("/usr/bin/sleep"), bytes_of("30")};
  postern_child* child = start(t, words, 2, 1);
  if (child == NULL) return;
  if (enforced(t, POSTERN_PROCESS_SIGNAL, POSTERN_FORM_NAME,
               bytes_of("@children"))) {
    answered(t,
             postern_child_signal(child, t->attempt->signal, t->host->error));
  }
  postern_child_free(child);
}

static void signal_process(trial* t) {
  const attempt* a = t->attempt;
  const int self = same(a->pid, "self");
  if (same(a->pid, "child")) {
    signal_child(t);
  } else if (enforced(t, POSTERN_PROCESS_SIGNAL, POSTERN_FORM_NAME,
                      bytes_of(self ? "@self" : "@others"))) {
    const pid_t to = self                     ? getpid()
                     : same(a->pid, "parent") ? getppid()
                                              : (pid_t)a->pid_number;
    answered_call(t, kill(to, a->signal));
  }
}

const named_operation kProcessOperations[] = {
    {"process.spawn", spawn},
    {"process.shell", shell},
    {"process.signal", signal_process},
    {NULL, NULL}};
