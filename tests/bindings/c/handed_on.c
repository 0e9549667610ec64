/* handed_on DEPTH KEPT DROPPED: takes up the context that it was started with,
 * and tells of both files whether the library lets it read them, and whether
 * the kernel does. Above depth 0 it gives DROPPED up then, and starts itself.
 */

#define _GNU_SOURCE

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bindings/c/check.h"

static postern_error* error;

static const char* Read(const postern_context* context, const char* path) {
  const postern_access access =
      NewAccess(POSTERN_FS_READ, POSTERN_FORM_PATH, path);
  postern_decision decision;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  CHECK_OK(postern_check(context, &access, &decision, error), error);
  if (fd >= 0) close(fd);
  if (postern_decision_allowed(decision)) return fd >= 0 ? "yes" : "not opened";
  return fd >= 0 ? "opened" : "no";
}

/* What the context came in. */
static const char* Carrier(void) {
  static char name[64];
  int fd;
  for (fd = 3; fd < 64; ++fd) {
    struct stat status;
    if (fcntl(fd, F_GETFD) < 0 || fstat(fd, &status) != 0) continue;
    snprintf(name, sizeof(name), S_ISFIFO(status.st_mode) ? "pipe" : "file");
    return name;
  }
  return "nothing";
}

static void StartNext(postern_context* context, char** argv) {
  char depth[16];
  postern_launcher_options options = {0};
  postern_launcher* launcher = NULL;
  postern_start start = {0};
  postern_child* child = NULL;
  postern_child_event end = {0};
  const postern_descriptor output[2] = {{1, 1}, {2, 2}};
  postern_bytes words[4];
  snprintf(depth, sizeof(depth), "%d", atoi(argv[1]) - 1);
  words[0] = Text(argv[0]);
  words[1] = Text(depth);
  words[2] = Text(argv[2]);
  words[3] = Text(argv[3]);
  options.struct_size = sizeof(options);
  start.struct_size = sizeof(start);
  start.argv = words;
  start.argc = 4;
  start.descriptors = output;
  start.descriptor_count = 2;
  end.struct_size = sizeof(end);
  CHECK_OK(postern_drop(context, "fs.read", 7, argv[3], strlen(argv[3]), error),
           error);
  CHECK_OK(postern_launcher_new(context, &options, &launcher, error), error);
  CHECK_OK(postern_launcher_start(launcher, &start, INT64_MAX, &child, error),
           error);
  if (child != NULL) {
    CHECK_OK(postern_child_wait(child, INT64_MAX, &end, error), error);
    CHECK(end.exit_status == 0);
  }
  postern_child_free(child);
  postern_launcher_free(launcher);
}

int main(int argc, char** argv) {
  postern_context* context = NULL;
  const char* const carrier = Carrier();
  if (argc != 4) return 2;
  error = postern_error_new();
  CHECK_OK(postern_context_take_up(NULL, &context, error), error);
  if (context == NULL) return 1;
  printf("%s: %s, %s\n", carrier, Read(context, argv[2]),
         Read(context, argv[3]));
  fflush(stdout);
  if (atoi(argv[1]) > 0) StartNext(context, argv);
  postern_context_free(context);
  postern_error_free(error);
  return failures == 0 ? 0 : 1;
}
