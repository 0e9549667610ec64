/* The C interface: programs under a policy. */

#define _GNU_SOURCE

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/bindings/c/check.h"
#include "tests/bindings/c/folder.h"

/* %s: a folder that may be read. */
static const char kRules[] =
    "version: 1 layers { name: 'g'"
    " rules { allow: 'fs.read' pattern: '%s' }"
    " rules { allow: 'process.spawn' pattern: 'sh **' }"
    " rules { allow: 'env.read' pattern: 'GIVEN' } }";

typedef struct Stage {
  const char* folder; /* with "seen"; beside it is one with "hidden" */
  const char* other;
  postern_error* error;
  postern_context* context;
  postern_launcher* launcher;
} Stage;

static postern_launcher_options Options(void) {
  static postern_bytes folders[2], variables[2];
  postern_launcher_options options;
  memset(&options, 0, sizeof(options));
  folders[0] = Text("/usr/bin");
  folders[1] = Text("/bin");
  variables[0] = Text("GIVEN=yes");
  variables[1] = Text("WITHHELD=yes");
  options.struct_size = sizeof(options);
  options.program_folders = folders;
  options.program_folder_count = 2;
  options.environment = variables;
  options.environment_count = 2;
  options.no_probe = 1;
  return options;
}

static postern_policy* BoundPolicy(const char* folder, postern_error* error) {
  const postern_bytes folders[2] = {Text("/usr/bin"), Text("/bin")};
  char rules[PATH_MAX + sizeof(kRules)];
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  snprintf(rules, sizeof(rules), kRules, folder);
  CHECK_OK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rules,
                                     strlen(rules), "a", 1, error),
           error);
  CHECK_OK(postern_builder_add_preset(builder, "runtime", 7, error), error);
  CHECK_OK(postern_builder_set_program_folders(builder, folders, 2, error),
           error);
  CHECK_OK(postern_builder_bind(builder, NULL, error), error);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  postern_builder_free(builder);
  return policy;
}

static Stage NewStage(const postern_launcher_options* options) {
  Stage stage;
  postern_policy* policy;
  stage.folder = NewFolder();
  stage.other = NewFolder();
  stage.error = postern_error_new();
  stage.context = NULL;
  stage.launcher = NULL;
  WriteTo(In(stage.folder, "seen"), "seen\n", 5);
  WriteTo(In(stage.other, "hidden"), "hidden\n", 7);
  policy = BoundPolicy(stage.folder, stage.error);
  CHECK_OK(postern_context_new(policy, NULL, &stage.context, NULL, stage.error),
           stage.error);
  CHECK_OK(postern_launcher_new(stage.context, options, &stage.launcher,
                                stage.error),
           stage.error);
  postern_policy_free(policy);
  return stage;
}

static void FreeStage(Stage* stage) {
  postern_launcher_free(stage->launcher);
  postern_context_free(stage->context);
  postern_error_free(stage->error);
}

static int64_t In20Seconds(void) {
  return ((int64_t)time(NULL) + 20) * 1000000000;
}

/* Starts `program -c script` with that descriptor as its output. */
static postern_status Start(const Stage* stage, const char* program,
                            const char* script, int output,
                            postern_child** child) {
  const postern_bytes argv[3] = {Text(program), Text("-c"), Text(script)};
  postern_descriptor out[2] = {{-1, 1}, {-1, 2}};
  postern_start start;
  memset(&start, 0, sizeof(start));
  start.struct_size = sizeof(start);
  start.argv = argv;
  start.argc = 3;
  out[0].from = out[1].from = output;
  start.descriptors = out;
  start.descriptor_count = output < 0 ? 0 : 2;
  return postern_launcher_start(stage->launcher, &start, INT64_MAX, child,
                                stage->error);
}

static postern_child_event WaitFor(const Stage* stage, postern_child* child,
                                   int64_t deadline) {
  postern_child_event event;
  memset(&event, 0, sizeof(event));
  event.struct_size = sizeof(event);
  CHECK_OK(postern_child_wait(child, deadline, &event, stage->error),
           stage->error);
  return event;
}

/* What a shell prints that is started so; of the last call. */
static const char* Printed(const Stage* stage, const char* script) {
  static char bytes[4096];
  postern_child* child = NULL;
  ssize_t size;
  int ends[2];
  bytes[0] = 0;
  if (pipe2(ends, O_CLOEXEC) != 0) abort();
  CHECK_OK(Start(stage, "sh", script, ends[1], &child), stage->error);
  close(ends[1]);
  CHECK(WaitFor(stage, child, In20Seconds()).state == POSTERN_CHILD_ENDED);
  size = read(ends[0], bytes, sizeof(bytes) - 1);
  bytes[size < 0 ? 0 : size] = 0;
  close(ends[0]);
  postern_child_free(child);
  return bytes;
}

/* Whether this kernel has it; says so if not. */
static int HasLandlock(void) {
  if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1u) >= 1) return 1;
  printf("skipped: this kernel has no Landlock\n");
  return 0;
}

static void TestRulesAndVariables(void) {
  const postern_launcher_options options = Options();
  Stage stage = NewStage(&options);
  char script[2 * PATH_MAX];
  CHECK(Is(Printed(&stage, "echo $GIVEN$WITHHELD"), "yes\n"));
  snprintf(script, sizeof(script), "read x <'%s'; echo $x",
           In(stage.folder, "seen"));
  CHECK(Is(Printed(&stage, script), "seen\n"));
  if (HasLandlock()) {
    snprintf(script, sizeof(script), "read x <'%s' && echo $x",
             In(stage.other, "hidden"));
    CHECK(Contains(Printed(&stage, script), "ermission denied"));
    /* What is dropped counts at the next start. */
    CHECK_OK(postern_drop(stage.context, "env.read", 8, "", 0, stage.error),
             stage.error);
    CHECK(Is(Printed(&stage, "echo $GIVEN"), "\n"));
  }
  FreeStage(&stage);
}

static void TestDenials(void) {
  const postern_launcher_options options = Options();
  Stage stage = NewStage(&options);
  postern_child* child = NULL;
  postern_descriptor closed = {-1, 0};
  postern_bytes name = Text("/usr/bin/env");
  postern_start start;
  CHECK(Start(&stage, "/usr/bin/env", "", -1, &child) == POSTERN_DENIED);
  CHECK(child == NULL);
  CHECK(Is(postern_error_refusal(stage.error, NULL), "rules"));
  CHECK(postern_error_code(stage.error) == POSTERN_E_ACCES);
  CHECK(Contains(postern_error_subject(stage.error, NULL), "/env"));
  CHECK(IsRefusedFor(stage.context, stage.error, "process.spawn"));
  CHECK(Contains(Explained(stage.context, stage.error, POSTERN_FIELD_RESOURCE),
                 "/env"));
  CHECK(Start(&stage, "/usr/bin/no-such-program", "", -1, &child) !=
        POSTERN_OK);
  CHECK(child == NULL);
  memset(&start, 0, sizeof(start));
  start.struct_size = sizeof(start);
  CHECK(postern_launcher_start(stage.launcher, &start, INT64_MAX, &child,
                               stage.error) == POSTERN_INVALID_ARGUMENT);
  start.argv = &name;
  start.argc = 1;
  start.descriptors = &closed;
  start.descriptor_count = 1;
  CHECK(postern_launcher_start(stage.launcher, &start, INT64_MAX, &child,
                               stage.error) == POSTERN_INVALID_ARGUMENT);
  name = Text("sh");
  closed.from = 1000; /* above what is open here */
  CHECK(postern_launcher_start(stage.launcher, &start, INT64_MAX, &child,
                               stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_BADF);
  CHECK(postern_launcher_start(NULL, &start, INT64_MAX, &child, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_launcher_start(stage.launcher, &start, INT64_MAX, NULL,
                               stage.error) == POSTERN_INVALID_ARGUMENT);
  FreeStage(&stage);
}

/* The status of "test -f seen" that starts in `directory`; -1 if it is none. */
static int FoundIn(const Stage* stage, const char* directory) {
  const postern_bytes argv[3] = {Text("sh"), Text("-c"), Text("test -f seen")};
  postern_child* child = NULL;
  postern_start start;
  int status = -1;
  memset(&start, 0, sizeof(start));
  start.struct_size = sizeof(start);
  start.argv = argv;
  start.argc = 3;
  start.directory = Text(directory);
  if (postern_launcher_start(stage->launcher, &start, INT64_MAX, &child,
                             stage->error) == POSTERN_OK) {
    status = WaitFor(stage, child, In20Seconds()).exit_status;
  }
  postern_child_free(child);
  return status;
}

static void TestDirectory(void) {
  postern_launcher_options options = Options();
  postern_files* files = NULL;
  Stage stage = NewStage(&options);
  CHECK(FoundIn(&stage, stage.folder) == -1); /* without files */
  CHECK_OK(postern_files_new(stage.context, NULL, &files, stage.error),
           stage.error);
  postern_launcher_free(stage.launcher);
  options.files = files;
  CHECK_OK(postern_launcher_new(stage.context, &options, &stage.launcher,
                                stage.error),
           stage.error);
  CHECK(FoundIn(&stage, stage.folder) == 0);
  CHECK(FoundIn(&stage, "/usr/lib") == 1);
  CHECK(FoundIn(&stage, stage.other) == -1);
  CHECK(postern_error_status(stage.error) == POSTERN_DENIED);
  CHECK(FoundIn(&stage, In(stage.folder, "none")) == -1);
  postern_files_free(files);
  FreeStage(&stage);
}

static void TestAChild(void) {
  const postern_launcher_options options = Options();
  Stage stage = NewStage(&options);
  postern_child* child = NULL;
  postern_buffer* report = NULL;
  postern_child_event event;
  CHECK_OK(Start(&stage, "sh", "read x <&1; exit 7", -1, &child), stage.error);
  event = WaitFor(&stage, child, In20Seconds());
  CHECK(event.state == POSTERN_CHILD_ENDED && event.exit_status == 7);
  CHECK(event.end_signal == 0 && event.reached == 0 && event.tied_up_ns > 0);
  /* Again, though it ended. */
  CHECK(WaitFor(&stage, child, 0).exit_status == 7);
  CHECK(postern_child_signal(child, SIGTERM, stage.error) == POSTERN_NOT_FOUND);
  CHECK(postern_child_signal(child, 65, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK_OK(
      postern_child_report(child, POSTERN_REPORT_TEXT, &report, stage.error),
      stage.error);
  CHECK(Contains(postern_buffer_data(report, NULL), "fs.read"));
  postern_buffer_free(report);
  CHECK_OK(
      postern_child_report(child, POSTERN_REPORT_JSON, &report, stage.error),
      stage.error);
  CHECK(Contains(postern_buffer_data(report, NULL), "\"fs.read\""));
  postern_buffer_free(report);
  CHECK(postern_child_report(child, 2, &report, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(report == NULL);
  postern_child_free(child);
  FreeStage(&stage);
}

static void TestEnds(void) {
  const postern_launcher_options options = Options();
  const char* const waits = "kill -STOP $$; while :; do read x <&9; done";
  Stage stage = NewStage(&options);
  postern_child* child = NULL;
  postern_child_event event;
  memset(&event, 0, sizeof(event));
  event.struct_size = sizeof(event);
  CHECK_OK(Start(&stage, "sh", "trap 'exit 3' TERM; while :; do :; done", -1,
                 &child),
           stage.error);
  CHECK(WaitFor(&stage, child, 0).state == POSTERN_CHILD_NO_NEWS);
  CHECK(postern_child_process(child) > 0 && postern_child_news(child) >= 0);
  CHECK(fcntl(postern_child_descriptor(child), F_GETFD) >= 0);
  CHECK(postern_child_terminate(child, -1, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK_OK(postern_child_terminate(child, 0, stage.error), stage.error);
  event = WaitFor(&stage, child, In20Seconds());
  CHECK(event.state == POSTERN_CHILD_ENDED && event.ended_by_order == 1);
  postern_child_free(child);

  CHECK_OK(Start(&stage, "sh", waits, -1, &child), stage.error);
  CHECK_OK(postern_child_next(child, In20Seconds(), &event, stage.error),
           stage.error);
  CHECK(event.state == POSTERN_CHILD_STOPPED && event.end_signal == SIGSTOP);
  CHECK_OK(postern_child_signal(child, SIGKILL, stage.error), stage.error);
  CHECK(WaitFor(&stage, child, In20Seconds()).exit_status == 128 + SIGKILL);
  postern_child_free(child);

  CHECK_OK(Start(&stage, "sh", "while :; do :; done", -1, &child), stage.error);
  event.struct_size = 8;
  CHECK(postern_child_kill(child, &event, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  event.struct_size = sizeof(event);
  CHECK_OK(postern_child_kill(child, &event, stage.error), stage.error);
  CHECK(event.end_signal == SIGKILL && event.ended_by_order == 1);
  CHECK(WaitFor(&stage, child, 0).end_signal == SIGKILL);
  postern_child_free(child);

  CHECK_OK(Start(&stage, "sh", "while :; do :; done", -1, &child), stage.error);
  postern_child_free(child); /* ends it */
  FreeStage(&stage);
}

static void TestLimits(void) {
  postern_launcher_options options = Options();
  postern_limits limits;
  postern_child* child = NULL;
  postern_child_event event;
  Stage stage;
  memset(&limits, 0, sizeof(limits));
  limits.struct_size = sizeof(limits);
  limits.wall_time_ns = 50000000;
  limits.open_files = 64;
  options.limits = &limits;
  options.nice = 19; /* whatever this process has */
  stage = NewStage(&options);
  CHECK_OK(Start(&stage, "sh", "while :; do :; done", -1, &child), stage.error);
  CHECK(Is(postern_child_limit_holder(child, POSTERN_LIMIT_WALL_TIME, NULL),
           "launcher"));
  CHECK(getpriority(PRIO_PROCESS, (id_t)postern_child_process(child)) == 19);
  CHECK(Is(postern_child_limit_holder(child, POSTERN_LIMIT_OPEN_FILES, NULL),
           "rlimit"));
  CHECK(Is(postern_child_limit_holder(child, POSTERN_LIMIT_MEMORY, NULL), ""));
  event = WaitFor(&stage, child, In20Seconds());
  CHECK(event.reached == 1u << POSTERN_LIMIT_WALL_TIME);
  CHECK(event.ended_by_limit == 1 && event.ended_by_order == 0);
  postern_child_free(child);
  CHECK(Is(Printed(&stage, "ulimit -n"), "64\n"));
  CHECK(Is(postern_limit_name(POSTERN_LIMIT_WALL_TIME, NULL), "wall-time"));
  CHECK(Is(postern_limit_name(8, NULL), ""));
  CHECK(Is(postern_limit_name(-1, NULL), ""));
  FreeStage(&stage);
}

static postern_seen_limit SeenOf(const Stage* stage, const postern_child* child,
                                 postern_limit limit) {
  postern_seen_limit seen;
  memset(&seen, 0xff, sizeof(seen));
  seen.struct_size = sizeof(seen);
  CHECK_OK(postern_child_seen_limit(child, limit, &seen, stage->error),
           stage->error);
  return seen;
}

/* Starts a shell that opens nine files, and ends it a while later. */
static postern_child* NineFiles(const Stage* stage) {
  const char* const opens =
      "exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null"
      " 8</dev/null; kill -STOP $$";
  const struct timespec looks = {0, 400000000};
  postern_child* child = NULL;
  postern_child_event event;
  postern_seen_limit seen;
  event.struct_size = sizeof(event);
  seen.struct_size = sizeof(seen);
  CHECK_OK(Start(stage, "sh", opens, -1, &child), stage->error);
  CHECK_OK(postern_child_next(child, In20Seconds(), &event, stage->error),
           stage->error);
  CHECK(event.state == POSTERN_CHILD_STOPPED);
  CHECK(postern_child_seen_limit(child, POSTERN_LIMIT_OPEN_FILES, &seen,
                                 stage->error) == POSTERN_FAILED_PRECONDITION);
  nanosleep(&looks, NULL);
  CHECK_OK(postern_child_signal(child, SIGKILL, stage->error), stage->error);
  CHECK(WaitFor(stage, child, In20Seconds()).reached == 0);
  return child;
}

/* An rlimit tells nobody but the program: how near it came is looked at. */
static void TestSeenLimits(void) {
  postern_launcher_options options = Options();
  postern_limits limits;
  postern_child* child;
  postern_seen_limit seen;
  Stage stage;
  memset(&limits, 0, sizeof(limits));
  limits.struct_size = sizeof(limits);
  limits.open_files = 10;
  limits.wall_time_ns = 60000000000;
  options.limits = &limits;
  options.keep_policy = 1; /* nothing else is open */
  stage = NewStage(&options);
  child = NineFiles(&stage);
  seen = SeenOf(&stage, child, POSTERN_LIMIT_OPEN_FILES);
  CHECK(seen.most == 9 && seen.held_to == 10);
  seen = SeenOf(&stage, child, POSTERN_LIMIT_WALL_TIME); /* no rlimit */
  CHECK(seen.most == 0 && seen.held_to == 0);
  CHECK(SeenOf(&stage, child, POSTERN_LIMIT_PROCESSES).held_to == 0);
  CHECK(SeenOf(&stage, child, -1).held_to == 0);
  seen.struct_size = 4;
  CHECK(postern_child_seen_limit(child, POSTERN_LIMIT_OPEN_FILES, &seen,
                                 stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_child_seen_limit(child, POSTERN_LIMIT_OPEN_FILES, NULL,
                                 stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_child_seen_limit(NULL, POSTERN_LIMIT_OPEN_FILES, &seen,
                                 stage.error) == POSTERN_INVALID_ARGUMENT);
  postern_child_free(child);
  FreeStage(&stage);
}

/* Nothing that is wrong makes a launcher. */
static void CheckRefused(Stage* stage, const postern_launcher_options* options,
                         const char* part) {
  postern_launcher* launcher = stage->launcher;
  CHECK(postern_launcher_new(stage->context, options, &launcher,
                             stage->error) == POSTERN_INVALID_ARGUMENT);
  CHECK(launcher == NULL);
  CHECK(Contains(postern_error_message(stage->error, NULL), part));
}

/* The process that keeps a program: its parent. */
static pid_t KeeperOf(const postern_child* child) {
  char name[64];
  int parent = -1;
  FILE* file;
  snprintf(name, sizeof(name), "/proc/%d/stat",
           (int)postern_child_process(child));
  file = fopen(name, "r");
  if (file == NULL || fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1) {
    CHECK(!"who keeps it");
  }
  if (file != NULL) fclose(file);
  return parent;
}

static int MayShare(void) {
  int major = 0, minor = 0;
  struct utsname name;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return 0;
#endif
#endif
  if (uname(&name) != 0) return 0;
  sscanf(name.release, "%d.%d", &major, &minor);
  return getenv("LD_PRELOAD") == NULL && major * 100 + minor >= 516;
}

static void TestSharedMemory(void) {
  int32_t share;
  /* KCMP_VM of linux/kcmp.h. */
  if (!MayShare() || syscall(SYS_kcmp, getpid(), getpid(), 1, 0, 0) != 0) {
    printf("skipped: what keeps a program shares no memory here\n");
    return;
  }
  for (share = 0; share <= 1; ++share) {
    postern_launcher_options options = Options();
    postern_child* child = NULL;
    Stage stage;
    options.share_memory = share;
    stage = NewStage(&options);
    CHECK_OK(Start(&stage, "sh", "while :; do :; done", -1, &child),
             stage.error);
    CHECK((syscall(SYS_kcmp, getpid(), KeeperOf(child), 1, 0, 0) == 0) ==
          (share == 1));
    postern_child_free(child);
    FreeStage(&stage);
  }
}

static void TestOptions(void) {
  const postern_bytes relative = Text("bin");
  postern_launcher_options options = Options();
  postern_limits limits;
  Stage stage = NewStage(NULL);
  memset(&limits, 0, sizeof(limits));
  options.grace_ns = -1;
  CheckRefused(&stage, &options, "grace_ns");
  options = Options();
  options.nice = 20;
  CheckRefused(&stage, &options, "nice");
  options = Options();
  options.require = 3;
  CheckRefused(&stage, &options, "require");
  options = Options();
  options.no_probe = 2;
  CheckRefused(&stage, &options, "no_probe");
  options = Options();
  options.program_folders = &relative;
  options.program_folder_count = 1;
  CheckRefused(&stage, &options, "bin");
  options = Options();
  options.limits = &limits;
  CheckRefused(&stage, &options, "limits: struct_size");
  limits.struct_size = sizeof(limits);
  limits.cpu_time_ns = -1;
  CheckRefused(&stage, &options, "cpu-time");
  options = Options();
  options.require_everything = 2;
  CheckRefused(&stage, &options, "require_everything");
  options = Options();
  options.share_memory = 2;
  CheckRefused(&stage, &options, "share_memory");
  options.struct_size = 8;
  CheckRefused(&stage, &options, "options: struct_size");
  FreeStage(&stage);
}

static void TestIdentityOptions(void) {
  const uint32_t groups[2] = {65534, 0xffffffff};
  postern_launcher_options options = Options();
  postern_identity identity;
  Stage stage = NewStage(NULL);
  memset(&identity, 0, sizeof(identity));
  options.identity = &identity;
  CheckRefused(&stage, &options, "identity: struct_size");
  identity.struct_size = sizeof(identity);
  identity.uid = 0xffffffff; /* would leave it as it is */
  CheckRefused(&stage, &options, "identity");
  identity.uid = identity.gid = 65534;
  identity.group_count = 2;
  CheckRefused(&stage, &options, "groups");
  identity.groups = groups;
  CheckRefused(&stage, &options, "identity");
  FreeStage(&stage);
}

static void TestLowerOptions(void) {
  postern_launcher_options options = Options();
  postern_lower_options lower;
  Stage stage = NewStage(NULL);
  memset(&lower, 0, sizeof(lower));
  options.lower = &lower;
  CheckRefused(&stage, &options, "lower: struct_size");
  lower.struct_size = sizeof(lower);
  lower.hosts = 2;
  CheckRefused(&stage, &options, "lower: hosts");
  lower.hosts = POSTERN_WIDER;
  lower.directories = -1;
  CheckRefused(&stage, &options, "lower: directories");
  lower.directories = POSTERN_DIRECTORY_CLOSED;
  lower.masks = 2;
  CheckRefused(&stage, &options, "masks");
  FreeStage(&stage);
}

/* The option tells in the report, and in what the program may do. */
static void TestDirectoryRights(void) {
  postern_launcher_options options = Options();
  postern_lower_options lower;
  Stage stage;
  char script[2 * PATH_MAX];
  if (!HasLandlock()) return;
  memset(&lower, 0, sizeof(lower));
  lower.struct_size = sizeof(lower);
  options.lower = &lower;
  stage = NewStage(&options);
  WriteTo(In(stage.folder, "gone"), "gone\n", 5);
  CHECK_OK(postern_drop(stage.context, "fs.read", 7, In(stage.folder, "gone"),
                        strlen(In(stage.folder, "gone")), stage.error),
           stage.error);
  snprintf(script, sizeof(script), "cd / && echo '%s'/*", stage.folder);
  CHECK(Contains(Printed(&stage, script), "/seen"));
  lower.directories = POSTERN_DIRECTORY_CLOSED;
  postern_launcher_free(stage.launcher);
  CHECK_OK(postern_launcher_new(stage.context, &options, &stage.launcher,
                                stage.error),
           stage.error);
  CHECK(strstr(Printed(&stage, script), "/seen") == NULL);
  FreeStage(&stage);
}

/* Whether root may become others here: sandboxes map few ids. */
static int MayBecome(uint32_t id) {
  int status = 1;
  const pid_t child = fork();
  if (child == 0) _exit(setgid(id) == 0 && setuid(id) == 0 ? 0 : 1);
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Lines of /proc/PID/status, as far as they fit. */
static const char* StatusOf(pid_t process) {
  static char text[4096];
  char name[64];
  FILE* file;
  size_t size;
  snprintf(name, sizeof(name), "/proc/%d/status", (int)process);
  file = fopen(name, "r");
  if (file == NULL) return "";
  size = fread(text, 1, sizeof(text) - 1, file);
  text[size] = 0;
  fclose(file);
  return text;
}

static void TestIdentity(void) {
  const uint32_t group = 65533;
  postern_launcher_options options = Options();
  postern_identity identity;
  postern_child* child = NULL;
  Stage stage;
  if (!MayBecome(65534) || !MayBecome(65532)) {
    printf("skipped: this process may not start programs of others\n");
    return;
  }
  memset(&identity, 0, sizeof(identity));
  identity.struct_size = sizeof(identity);
  identity.uid = 65534;
  identity.gid = 65532;
  identity.groups = &group;
  identity.group_count = 1;
  options.identity = &identity;
  stage = NewStage(&options);
  CHECK_OK(Start(&stage, "sh", "while :; do :; done", -1, &child), stage.error);
  CHECK(Contains(StatusOf(postern_child_process(child)),
                 "Uid:\t65534\t65534\t65534\t65534\n"
                 "Gid:\t65532\t65532\t65532\t65532\n"));
  CHECK(Contains(StatusOf(postern_child_process(child)), "Groups:\t65533 \n"));
  postern_child_free(child);
  FreeStage(&stage);
}

/* A program of before, whose options end with the files. */
static void TestOlderOptions(void) {
  postern_launcher_options options = Options();
  Stage stage;
  options.struct_size = offsetof(postern_launcher_options, identity);
  options.require_everything = 2;
  stage = NewStage(&options);
  CHECK(Is(Printed(&stage, "echo hello"), "hello\n"));
  FreeStage(&stage);
}

static void TestPreview(void) {
  postern_launcher_options options = Options();
  const postern_bytes argv[3] = {Text("sh"), Text("-c"), Text("exit 7")};
  const postern_bytes other = Text("/usr/bin/env");
  postern_limits limits;
  postern_buffer *plan = NULL, *report = NULL;
  postern_start start;
  Stage stage;
  memset(&limits, 0, sizeof(limits));
  limits.struct_size = sizeof(limits);
  limits.open_files = 64;
  options.limits = &limits;
  stage = NewStage(&options);
  memset(&start, 0, sizeof(start));
  start.struct_size = sizeof(start);
  start.argv = argv;
  start.argc = 3;
  CHECK_OK(postern_launcher_preview(stage.launcher, &start, POSTERN_REPORT_JSON,
                                    &plan, &report, stage.error),
           stage.error);
  CHECK(Contains(postern_buffer_data(plan, NULL), "\"exit 7\""));
  CHECK(Contains(postern_buffer_data(plan, NULL), "open-files 64"));
  CHECK(Contains(postern_buffer_data(report, NULL), "\"open-files\""));
  postern_buffer_free(plan);
  postern_buffer_free(report);
  CHECK_OK(postern_launcher_preview(stage.launcher, &start, POSTERN_REPORT_TEXT,
                                    NULL, NULL, stage.error),
           stage.error);
  CHECK(postern_launcher_preview(stage.launcher, &start, 2, &plan, &report,
                                 stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(plan == NULL && report == NULL);
  start.argv = &other;
  start.argc = 1;
  CHECK(postern_launcher_preview(stage.launcher, &start, POSTERN_REPORT_TEXT,
                                 &plan, &report,
                                 stage.error) == POSTERN_DENIED);
  CHECK(plan == NULL && report == NULL);
  CHECK(postern_launcher_preview(NULL, &start, POSTERN_REPORT_TEXT, &plan,
                                 &report,
                                 stage.error) == POSTERN_INVALID_ARGUMENT);
  FreeStage(&stage);
}

/* Without a probe nothing is full, so that nothing is started. */
static void TestMoreIsRequired(void) {
  postern_launcher_options options = Options();
  postern_child* child = NULL;
  Stage stage;
  options.require = POSTERN_LEVEL_FULL;
  stage = NewStage(&options);
  CHECK(Start(&stage, "sh", "exit 0", -1, &child) ==
        POSTERN_FAILED_PRECONDITION);
  CHECK(child == NULL);
  FreeStage(&stage);
}

static void TestAPolicyThatIsNotBound(void) {
  postern_error* const error = postern_error_new();
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_launcher* launcher = NULL;
  CHECK_OK(postern_policy_from_text("version: 1", 10, NULL, &policy, error),
           error);
  CHECK_OK(postern_context_new(policy, NULL, &context, NULL, error), error);
  CHECK(postern_launcher_new(context, NULL, &launcher, error) ==
        POSTERN_FAILED_PRECONDITION);
  CHECK(postern_launcher_new(NULL, NULL, &launcher, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(launcher == NULL);
  postern_launcher_free(NULL);
  postern_child_free(NULL);
  CHECK(postern_child_process(NULL) == -1);
  CHECK(postern_child_kill(NULL, NULL, error) == POSTERN_INVALID_ARGUMENT);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
}

/* A command that the program starts by itself. */
static void TestCommands(void) {
  const postern_launcher_options options = Options();
  Stage stage = NewStage(&options);
  const postern_bytes argv[3] = {Text("/bin/sh"), Text("-c"), Text("exit 5")};
  const postern_bytes set = Text("GIVEN=no");
  postern_commands_options given;
  postern_commands* commands = NULL;
  postern_command* command = NULL;
  postern_start start;
  struct stat program, shell;
  memset(&given, 0, sizeof(given));
  given.struct_size = sizeof(given);
  given.environment = options.environment;
  given.environment_count = options.environment_count;
  CHECK_OK(postern_commands_new(stage.context, &given, &commands, stage.error),
           stage.error);
  memset(&start, 0, sizeof(start));
  start.struct_size = sizeof(start);
  start.argv = argv;
  start.argc = 3;
  CHECK_OK(postern_commands_prepare(commands, &start, INT64_MAX, &command,
                                    stage.error),
           stage.error);
  CHECK(fstat(postern_command_program(command), &program) == 0);
  CHECK(stat("/bin/sh", &shell) == 0 && program.st_ino == shell.st_ino);
  CHECK(Is(postern_command_argument(command, 1, NULL), "-c"));
  CHECK(Is(postern_command_argument(command, 2, NULL), "exit 5"));
  CHECK(postern_command_argument(command, 3, NULL) == NULL);
  CHECK(Is(postern_command_variable(command, 0, NULL), "GIVEN=yes"));
  CHECK(postern_command_variable(command, 1, NULL) == NULL);
  postern_command_free(command);
  /* env.write is not granted, and a directory needs files. */
  start.environment = &set;
  start.environment_count = 1;
  CHECK_OK(postern_commands_prepare(commands, &start, INT64_MAX, &command,
                                    stage.error),
           stage.error);
  CHECK(Is(postern_command_variable(command, 0, NULL), "GIVEN=yes"));
  postern_command_free(command);
  start.directory = Text("/tmp");
  CHECK(postern_commands_prepare(commands, &start, INT64_MAX, &command,
                                 stage.error) == POSTERN_DENIED);
  start.directory = Text("");
  CHECK(command == NULL && postern_command_program(command) == -1);
  start.descriptor_count = 1;
  CHECK(postern_commands_prepare(commands, &start, INT64_MAX, &command,
                                 stage.error) == POSTERN_INVALID_ARGUMENT);
  start.descriptor_count = 0;
  CHECK_OK(postern_drop(stage.context, "process.spawn", 13, "", 0, stage.error),
           stage.error);
  CHECK(postern_commands_prepare(commands, &start, INT64_MAX, &command,
                                 stage.error) == POSTERN_DENIED);
  CHECK(IsRefusedFor(stage.context, stage.error, "process.spawn"));
  postern_commands_free(commands);
  FreeStage(&stage);
}

int main(void) {
  TestRulesAndVariables();
  TestDenials();
  TestCommands();
  TestDirectory();
  TestAChild();
  TestEnds();
  TestLimits();
  TestSeenLimits();
  TestSharedMemory();
  TestOptions();
  TestIdentityOptions();
  TestLowerOptions();
  TestDirectoryRights();
  TestIdentity();
  TestOlderOptions();
  TestPreview();
  TestMoreIsRequired();
  TestAPolicyThatIsNotBound();
  return Report();
}
