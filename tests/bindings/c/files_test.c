/* The C interface: guarded files. */

#define _XOPEN_SOURCE 700

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/bindings/c/check.h"
#include "tests/bindings/c/folder.h"

/* A folder "box" that is granted beside one that is not, and files in it. */
typedef struct Stage {
  const char* folder;
  const char* box;
  postern_error* error;
  postern_context* context;
  postern_files* files;
} Stage;

static postern_context* BoundContext(const char* rules, const char* base) {
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_context_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.base_directory = Text(base);
  CHECK_OK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rules,
                                     strlen(rules), NULL, 0, error),
           error);
  CHECK_OK(postern_builder_bind(builder, NULL, error), error);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  CHECK_OK(postern_context_new(policy, &options, &context, NULL, error), error);
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_error_free(error);
  return context;
}

static Stage NewStage(void) {
  Stage stage;
  char rules[6000];
  static char box[PATH_MAX];
  stage.folder = NewFolder();
  snprintf(box, sizeof(box), "%s", In(stage.folder, "box"));
  stage.box = box;
  mkdir(stage.box, 0700);
  WriteTo(In(stage.folder, "secret"), "secret", 6);
  CHECK(symlink("../secret", In(stage.box, "way_out")) == 0);
  snprintf(rules, sizeof(rules),
           "version: 1 layers { name: 'g' rules { allow: 'fs' pattern: '%s' }"
           " rules { deny: 'fs' pattern: '%s/keys' } }",
           stage.box, stage.box);
  stage.error = postern_error_new();
  stage.context = BoundContext(rules, stage.box);
  stage.files = NULL;
  CHECK_OK(postern_files_new(stage.context, NULL, &stage.files, stage.error),
           stage.error);
  return stage;
}

static void FreeStage(Stage* stage) {
  postern_context_free(stage->context); /* files keep what they need */
  postern_files_free(stage->files);
  postern_error_free(stage->error);
}

static void WriteFile(Stage* stage, const char* name, const char* text) {
  CHECK_OK(postern_files_write(stage->files, name, strlen(name), text,
                               strlen(text), 0644, stage->error),
           stage->error);
}

static int Holds(Stage* stage, const char* name, const char* text) {
  postern_buffer* contents = NULL;
  size_t size = 0;
  int same;
  CHECK_OK(postern_files_read(stage->files, name, strlen(name), 1000, &contents,
                              stage->error),
           stage->error);
  same = Is(postern_buffer_data(contents, &size), text) && size == strlen(text);
  postern_buffer_free(contents);
  return same;
}

static void TestReadAndWrite(void) {
  Stage stage = NewStage();
  postern_buffer* contents = NULL;
  WriteFile(&stage, "a", "hello");
  CHECK(Holds(&stage, "a", "hello"));
  CHECK(Holds(&stage, In(stage.box, "a"), "hello"));
  CHECK(postern_files_read(stage.files, "a", 1, 4, &contents, stage.error) ==
        POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_FBIG);
  CHECK(contents == NULL);
  CHECK(postern_files_read(stage.files, "a", 1, UINT64_MAX, &contents,
                           stage.error) == POSTERN_OK);
  CHECK(postern_error_code(stage.error) == POSTERN_E_NONE);
  postern_buffer_free(contents);
  CHECK(postern_files_read(stage.files, "none", 4, 1, &contents, stage.error) ==
        POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_NOENT);
  CHECK(Is(postern_error_refusal(stage.error, NULL), ""));
  CHECK(postern_files_write(stage.files, "a", 1, "x", 1, 010000, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Holds(&stage, "a", "hello"));
  FreeStage(&stage);
}

static void TestADenialSaysWhy(void) {
  static const char* const kNames[] = {"way_out", "../secret", "keys/id"};
  Stage stage = NewStage();
  size_t i;
  for (i = 0; i < sizeof(kNames) / sizeof(kNames[0]); ++i) {
    postern_buffer* contents = NULL;
    postern_explanation* why = NULL;
    postern_error* const other = postern_error_new();
    CHECK(postern_files_read(stage.files, kNames[i], strlen(kNames[i]), 100,
                             &contents, stage.error) == POSTERN_DENIED);
    CHECK(contents == NULL);
    CHECK(postern_error_code(stage.error) == POSTERN_E_ACCES);
    CHECK(postern_error_errno(stage.error) != 0);
    CHECK(Is(postern_error_refusal(stage.error, NULL), "monitor"));
    CHECK(Is(postern_error_subject(stage.error, NULL),
             i == 2 ? In(stage.box, "keys/id") : In(stage.folder, "secret")));
    CHECK(!postern_decision_allowed(postern_error_decision(stage.error)));
    CHECK(Is(postern_decision_reason(postern_error_decision(stage.error), NULL),
             i == 2 ? "rule" : "default"));
    CHECK(Contains(postern_error_message(stage.error, NULL), "EACCES"));
    CHECK_OK(postern_explain_error(stage.context, stage.error, &why, other),
             other);
    CHECK(Contains(postern_explanation_get(why, POSTERN_FIELD_TEXT, NULL),
                   postern_error_subject(stage.error, NULL)));
    /* Where the link leads is not the guest's to know. */
    CHECK(Is(postern_explanation_get(why, POSTERN_FIELD_GUEST_PLAIN, NULL),
             "ERR_ACCESS_DENIED: fs.read"));
    CHECK(Is(postern_explanation_get(why, POSTERN_FIELD_GUEST_FULL, NULL),
             "ERR_ACCESS_DENIED: fs.read"));
    postern_explanation_free(why);
    /* The error itself has room for what goes wrong. */
    CHECK_OK(
        postern_explain_error(stage.context, stage.error, &why, stage.error),
        stage.error);
    postern_explanation_free(why);
    /* A success is nothing to explain. */
    CHECK(postern_explain_error(stage.context, other, &why, other) ==
          POSTERN_FAILED_PRECONDITION);
    postern_error_free(other);
  }
  FreeStage(&stage);
}

/* Asks for one operation after another by a name that is denied; says for want
 * of which permission. "a" is granted. Null after the last operation. */
static const char* Attempt(Stage* stage, int operation, const char* name,
                           size_t size) {
  const postern_files* const files = stage->files;
  postern_error* const error = stage->error;
  postern_buffer* buffer = NULL;
  postern_files* in = NULL;
  postern_listing* listing = NULL;
  postern_watch* watch = NULL;
  postern_file_info info;
  int32_t fd;
  memset(&info, 0, sizeof(info));
  info.struct_size = sizeof(info);
  switch (operation) {
    case 0:
      postern_files_read(files, name, size, 100, &buffer, error);
      return "fs.read";
    case 1:
      postern_files_write(files, name, size, "x", 1, 0600, error);
      return "fs.write";
    case 2:
      postern_files_open(files, name, size, POSTERN_OPEN_READ, 0, &fd, NULL,
                         error);
      return "fs.read";
    case 3:
      postern_files_open(files, name, size, POSTERN_OPEN_WRITE, 0, &fd, NULL,
                         error);
      return "fs.write";
    case 4:
      postern_files_open(files, name, size, POSTERN_OPEN_EXECUTE, 0, &fd, NULL,
                         error);
      return "fs.read";
    case 5:
      postern_files_in(files, name, size, &in, error);
      return "fs.read";
    case 6:
      postern_files_info(files, name, size, 1, &info, error);
      return "fs.read";
    case 7:
      postern_files_info(files, name, size, 0, &info, error);
      return "fs.read";
    case 8:
      postern_files_access(files, name, size, 2, error);
      return "fs.read";
    case 9:
      postern_files_list(files, name, size, &listing, error);
      return "fs.read";
    case 10:
      postern_files_watch(files, name, size, POSTERN_WATCH_ALL, &watch, error);
      return "fs.read";
    case 11:
      postern_files_readlink(files, name, size, &buffer, error);
      return "fs.read";
    case 12:
      postern_files_get_attribute(files, name, size, "user.a", 6, &buffer,
                                  error);
      return "fs.read";
    case 13:
      postern_files_list_attributes(files, name, size, &buffer, error);
      return "fs.read";
    case 14:
      postern_files_copy(files, name, size, NULL, "b", 1, 0, error);
      return "fs.read";
    case 15:
      postern_files_copy(files, "a", 1, NULL, name, size, 1, error);
      return "fs.write";
    case 16:
      postern_files_make_directory(files, name, size, 0700, error);
      return "fs.write";
    case 17:
      postern_files_make_node(files, name, size, 0, 0600, 0, error);
      return "fs.write";
    case 18:
      postern_files_symlink(files, "a", 1, name, size, error);
      return "fs.write";
    case 19:
      postern_files_link(files, name, size, NULL, "b", 1, error);
      return "fs.write";
    case 20:
      postern_files_link(files, "a", 1, NULL, name, size, error);
      return "fs.write";
    case 21:
      postern_files_move(files, name, size, NULL, "b", 1, POSTERN_MOVE_REPLACE,
                         error);
      return "fs.write";
    case 22:
      postern_files_move(files, "a", 1, NULL, name, size, POSTERN_MOVE_KEEP,
                         error);
      return "fs.write";
    case 23:
      postern_files_move(files, "a", 1, NULL, name, size, POSTERN_MOVE_EXCHANGE,
                         error);
      return "fs.write";
    case 24:
      postern_files_remove(files, name, size, error);
      return "fs.write";
    case 25:
      postern_files_remove_directory(files, name, size, error);
      return "fs.write";
    case 26:
      postern_files_remove_all(files, name, size, error);
      return "fs.write";
    case 27:
      postern_files_set_mode(files, name, size, 0600, error);
      return "fs.write";
    case 28:
      postern_files_set_owner(files, name, size, 1, 0, 0, error);
      return "fs.write";
    case 29:
      postern_files_set_times(files, name, size, 1, 0, 0, error);
      return "fs.write";
    case 30:
      postern_files_set_times(files, name, size, 0, 0, 0, error);
      return "fs.write";
    case 31:
      postern_files_set_size(files, name, size, 0, error);
      return "fs.write";
    case 32:
      postern_files_set_attribute(files, name, size, "user.a", 6, "x", 1,
                                  POSTERN_ATTRIBUTE_SET, error);
      return "fs.write";
    case 33:
      postern_files_remove_attribute(files, name, size, "user.a", 6, error);
      return "fs.write";
    default:
      return NULL;
  }
}

/* One rule or default refuses reading and writing: the explanation is about the
 * one that was needed, whatever was asked for. */
static void TestADenialIsForWhatWasNeeded(void) {
  static const char* const kNames[] = {"../secret", "keys/id"};
  Stage stage = NewStage();
  size_t i;
  WriteFile(&stage, "a", "a");
  for (i = 0; i < sizeof(kNames) / sizeof(kNames[0]); ++i) {
    const size_t size = strlen(kNames[i]);
    int operation = 0;
    const char* wanted;
    while ((wanted = Attempt(&stage, operation, kNames[i], size)) != NULL) {
      if (!IsRefusedFor(stage.context, stage.error, wanted)) {
        fprintf(stderr, "operation %d on %s\n", operation, kNames[i]);
        ++failures;
      }
      ++operation;
    }
    CHECK(operation == 34);
  }
  CHECK(Holds(&stage, "a", "a"));
  FreeStage(&stage);
}

/* A temporary file and its directory are made, which is writing. An open for
 * both is refused for what lacks. */
static void TestADenialOfPart(void) {
  Stage stage = NewStage();
  postern_error* const error = stage.error;
  postern_context* reader;
  postern_files* files = NULL;
  postern_buffer* name = NULL;
  int32_t fd;
  char rules[6000];
  WriteFile(&stage, "a", "a");
  snprintf(rules, sizeof(rules),
           "version: 1 layers { name: 'g' rules { allow: 'fs.read' "
           "pattern: '%s' } }",
           stage.box);
  reader = BoundContext(rules, stage.box);
  CHECK_OK(postern_files_new(reader, NULL, &files, error), error);
  postern_files_open(files, "a", 1, POSTERN_OPEN_READ | POSTERN_OPEN_WRITE, 0,
                     &fd, NULL, error);
  CHECK(IsRefusedFor(reader, error, "fs.write"));
  postern_files_create_temporary(files, ".", 1, "t", 1, &fd, &name, error);
  CHECK(IsRefusedFor(reader, error, "fs.write"));
  postern_files_create_temporary_directory(files, ".", 1, "t", 1, &name, error);
  CHECK(IsRefusedFor(reader, error, "fs.write"));
  CHECK(name == NULL);
  postern_files_free(files);
  postern_context_free(reader);
  FreeStage(&stage);
}

/* A concealed denial says no more than that. */
static void TestAConcealedDenial(void) {
  Stage stage = NewStage();
  char rules[6000];
  postern_files* files = NULL;
  postern_buffer* contents = NULL;
  postern_explanation* why = NULL;
  postern_context* context;
  snprintf(rules, sizeof(rules),
           "version: 1 layers { name: 'g' deny_as: NOT_FOUND"
           " rules { allow: 'fs' pattern: '%s' } }",
           stage.box);
  context = BoundContext(rules, stage.box);
  CHECK_OK(postern_files_new(context, NULL, &files, stage.error), stage.error);
  CHECK(postern_files_read(files, "way_out", 7, 100, &contents, stage.error) ==
        POSTERN_DENIED);
  CHECK_OK(postern_explain_error(context, stage.error, &why, stage.error),
           stage.error);
  CHECK(Is(postern_explanation_get(why, POSTERN_FIELD_GUEST_PLAIN, NULL),
           "no such resource"));
  CHECK(Is(postern_explanation_get(why, POSTERN_FIELD_GUEST_FULL, NULL),
           "no such resource"));
  postern_explanation_free(why);
  postern_files_free(files);
  postern_context_free(context);
  FreeStage(&stage);
}

static void TestOpen(void) {
  Stage stage = NewStage();
  int32_t fd = 7;
  uint32_t findings = 0;
  char bytes[8];
  CHECK_OK(postern_files_open(stage.files, "new", 3,
                              POSTERN_OPEN_WRITE | POSTERN_OPEN_CREATE |
                                  POSTERN_OPEN_EXCLUSIVE,
                              0600, &fd, &findings, stage.error),
           stage.error);
  CHECK(fd > 2 && write(fd, "abc", 3) == 3 && close(fd) == 0);
  CHECK((findings & POSTERN_OPENED_CREATED) != 0);
  CHECK((findings & POSTERN_OPENED_HARD_LINKED) == 0);
  CHECK_OK(postern_files_open(stage.files, "new", 3, POSTERN_OPEN_READ, 0, &fd,
                              NULL, stage.error),
           stage.error);
  CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(read(fd, bytes, sizeof(bytes)) == 3 && close(fd) == 0);
  CHECK(postern_files_open(
            stage.files, "new", 3,
            POSTERN_OPEN_WRITE | POSTERN_OPEN_CREATE | POSTERN_OPEN_EXCLUSIVE,
            0600, &fd, NULL, stage.error) == POSTERN_SYSTEM);
  CHECK(fd == -1 && postern_error_code(stage.error) == POSTERN_E_EXIST);
  CHECK(postern_files_open(stage.files, "way_out", 7,
                           POSTERN_OPEN_READ | POSTERN_OPEN_NOFOLLOW, 0, &fd,
                           NULL, stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_LOOP);
  CHECK(postern_files_open(stage.files, "new", 3, POSTERN_OPEN_EXECUTE, 0, &fd,
                           NULL, stage.error) == POSTERN_OK);
  CHECK(close(fd) == 0);
  fd = 7;
  CHECK(postern_files_open(stage.files, "new", 3, 0, 0, &fd, NULL,
                           stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(fd == -1);
  CHECK(postern_files_open(stage.files, "new", 3, 1u << 31, 0, &fd, NULL,
                           stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_files_open(stage.files, "new", 3,
                           POSTERN_OPEN_READ | POSTERN_OPEN_CREATE, 0600, &fd,
                           NULL, stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_files_open(stage.files, "new", 3,
                           POSTERN_OPEN_EXECUTE | POSTERN_OPEN_READ, 0, &fd,
                           NULL, stage.error) == POSTERN_INVALID_ARGUMENT);
  FreeStage(&stage);
}

/* A fifo would block whoever opens it, and is opened by the host's word. */
static postern_open_file* OpenFile(Stage* stage, const char* name,
                                   uint32_t flags) {
  postern_open_file* file = NULL;
  CHECK_OK(postern_files_open_file(stage->files, name, strlen(name), flags,
                                   0600, &file, stage->error),
           stage->error);
  return file;
}

/* The call was refused since the file was not opened for it. */
static int LacksTheRight(postern_status status, const postern_error* error) {
  return status == POSTERN_DENIED &&
         postern_error_code(error) == POSTERN_E_ACCES &&
         Is(postern_error_refusal(error, NULL), "handle");
}

static void TestOpenFiles(void) {
  Stage stage = NewStage();
  postern_error* const error = stage.error;
  postern_open_file *writer, *reader, *copy = NULL;
  postern_file_info info;
  postern_explanation* why = NULL;
  int32_t fd;
  memset(&info, 0, sizeof(info));
  info.struct_size = sizeof(info);
  writer = OpenFile(&stage, "f", POSTERN_OPEN_WRITE | POSTERN_OPEN_CREATE);
  CHECK(postern_open_file_rights(writer) == POSTERN_OPEN_WRITE);
  CHECK(Is(postern_open_file_name(writer, NULL), In(stage.box, "f")));
  CHECK(write(postern_open_file_descriptor(writer), "hello", 5) == 5);
  CHECK_OK(postern_open_file_set_size(writer, 3, error), error);
  CHECK_OK(postern_open_file_set_mode(writer, 0640, error), error);
  CHECK_OK(postern_open_file_set_owner(writer, UINT32_MAX, UINT32_MAX, error),
           error);
  CHECK_OK(
      postern_open_file_set_times(writer, POSTERN_TIME_KEEP, 1500000000, error),
      error);
  CHECK_OK(postern_open_file_sync(writer, error), error);
  CHECK(postern_open_file_set_mode(writer, 04755, error) == POSTERN_DENIED);
  CHECK(postern_error_code(error) == POSTERN_E_PERM);
  CHECK(LacksTheRight(postern_open_file_get_info(writer, &info, error), error));
  CHECK(postern_explain_error(stage.context, error, &why, error) ==
        POSTERN_FAILED_PRECONDITION);

  reader = OpenFile(&stage, "f", POSTERN_OPEN_READ);
  CHECK(postern_open_file_rights(reader) == POSTERN_OPEN_READ);
  CHECK((postern_open_file_findings(reader) & POSTERN_OPENED_CREATED) == 0);
  CHECK_OK(postern_open_file_get_info(reader, &info, error), error);
  CHECK(info.size == 3 && info.mode == 0640);
  CHECK(info.modified_ns == 1500000000 && info.type == POSTERN_FILE_REGULAR);
  CHECK(LacksTheRight(postern_open_file_set_size(reader, 0, error), error));
  CHECK(LacksTheRight(postern_open_file_set_mode(reader, 0, error), error));
  CHECK(LacksTheRight(postern_open_file_set_owner(reader, 0, 0, error), error));
  CHECK(LacksTheRight(postern_open_file_set_times(reader, 0, 0, error), error));
  CHECK_OK(postern_open_file_sync(reader, error), error);

  /* Rules that change do not change what is open; a copy has the same rights
   * and lives by itself. */
  CHECK_OK(postern_open_file_duplicate(reader, &copy, error), error);
  postern_open_file_free(reader);
  CHECK_OK(postern_drop(stage.context, "fs", 2, "", 0, error), error);
  CHECK_OK(postern_open_file_get_info(copy, &info, error), error);
  CHECK(LacksTheRight(postern_open_file_set_size(copy, 0, error), error));
  fd = postern_open_file_release(copy);
  CHECK(fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(postern_open_file_descriptor(copy) == -1);
  CHECK(postern_open_file_get_info(copy, &info, error) == POSTERN_DENIED);
  CHECK(postern_error_code(error) == POSTERN_E_BADF);
  CHECK(postern_open_file_sync(copy, error) == POSTERN_DENIED);
  close(fd);
  CHECK(postern_files_open_file(stage.files, "f", 1, POSTERN_OPEN_READ, 0,
                                &reader, error) == POSTERN_DENIED);
  CHECK(reader == NULL);
  CHECK(IsRefusedFor(stage.context, error, "fs.read"));
  postern_open_file_free(copy);
  postern_open_file_free(writer);
  FreeStage(&stage);
}

static void TestMisuseOfOpenFiles(void) {
  Stage stage = NewStage();
  const postern_status bad = POSTERN_INVALID_ARGUMENT;
  postern_open_file* file = NULL;
  postern_file_info info;
  memset(&info, 0, sizeof(info));
  CHECK(postern_files_open_file(stage.files, "f", 1, POSTERN_OPEN_READ, 0, NULL,
                                stage.error) == bad);
  CHECK(postern_files_open_file(stage.files, "f", 1, 0, 0, &file,
                                stage.error) == bad);
  CHECK(file == NULL);
  CHECK(postern_open_file_descriptor(NULL) == -1);
  CHECK(postern_open_file_release(NULL) == -1);
  CHECK(postern_open_file_rights(NULL) == 0);
  CHECK(postern_open_file_findings(NULL) == 0);
  CHECK(postern_open_file_name(NULL, NULL) == NULL);
  CHECK(postern_open_file_duplicate(NULL, &file, NULL) == bad);
  CHECK(postern_open_file_sync(NULL, NULL) == bad);
  file = OpenFile(&stage, "f", POSTERN_OPEN_WRITE | POSTERN_OPEN_CREATE);
  CHECK(postern_open_file_duplicate(file, NULL, NULL) == bad);
  CHECK(postern_open_file_get_info(file, NULL, NULL) == bad);
  CHECK(postern_open_file_get_info(file, &info, NULL) == bad);
  CHECK(postern_open_file_set_mode(file, 010000, NULL) == bad);
  CHECK(postern_open_file_set_size(file, UINT64_MAX, NULL) == bad);
  postern_open_file_free(file);
  postern_open_file_free(NULL);
  FreeStage(&stage);
}

static void TestKinds(void) {
  Stage stage = NewStage();
  postern_files_options options;
  postern_files* with_fifo = NULL;
  int32_t fd = -1;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.kinds = POSTERN_KIND_FIFO;
  options.turns_with = stage.files;
  CHECK_OK(postern_files_new(stage.context, &options, &with_fifo, stage.error),
           stage.error);
  CHECK_OK(postern_files_make_node(stage.files, "fifo", 4, POSTERN_KIND_FIFO,
                                   0600, 0, stage.error),
           stage.error);
  CHECK(postern_files_make_node(stage.files, "x", 1,
                                POSTERN_KIND_FIFO | POSTERN_KIND_SOCKET, 0600,
                                0, stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_files_make_node(stage.files, "x", 1,
                                POSTERN_KIND_CHARACTER_DEVICE, 0600, 259,
                                stage.error) != POSTERN_OK);
  CHECK(postern_files_open(stage.files, "fifo", 4, POSTERN_OPEN_READ, 0, &fd,
                           NULL, stage.error) == POSTERN_DENIED);
  CHECK(Is(postern_error_refusal(stage.error, NULL), "kind"));
  CHECK_OK(postern_files_open(stage.files, "fifo", 4,
                              POSTERN_OPEN_READ | POSTERN_OPEN_SPECIAL_FILES, 0,
                              &fd, NULL, stage.error),
           stage.error);
  close(fd);
  CHECK_OK(postern_files_open(with_fifo, "fifo", 4, POSTERN_OPEN_READ, 0, &fd,
                              NULL, stage.error),
           stage.error);
  close(fd);
  postern_files_free(with_fifo);
  FreeStage(&stage);
}

static void TestNames(void) {
  Stage stage = NewStage();
  const postern_files* const files = stage.files;
  postern_files* below = NULL;
  postern_buffer* buffer = NULL;
  WriteFile(&stage, "a", "1");
  CHECK_OK(postern_files_make_directory(files, "dir", 3, 0700, stage.error),
           stage.error);
  CHECK_OK(postern_files_in(files, "dir", 3, &below, stage.error), stage.error);
  CHECK_OK(postern_files_move(files, "a", 1, below, "b", 1,
                              POSTERN_MOVE_REPLACE, stage.error),
           stage.error);
  CHECK(Holds(&stage, "dir/b", "1"));
  WriteFile(&stage, "a", "2");
  CHECK(postern_files_move(files, "a", 1, below, "b", 1, POSTERN_MOVE_KEEP,
                           stage.error) == POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_EXIST);
  CHECK_OK(postern_files_move(files, "a", 1, NULL, "dir/b", 5,
                              POSTERN_MOVE_EXCHANGE, stage.error),
           stage.error);
  CHECK(Holds(&stage, "a", "1"));
  CHECK(postern_files_move(files, "a", 1, NULL, "c", 1, 3, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  /* To where nothing is granted: one answer, and nothing happened. */
  CHECK(postern_files_move(files, "a", 1, NULL, "../a", 4, POSTERN_MOVE_REPLACE,
                           stage.error) == POSTERN_DENIED);
  CHECK(postern_error_end(stage.error) == 1);
  CHECK(Holds(&stage, "a", "1"));
  CHECK_OK(postern_files_copy(files, "a", 1, NULL, "c", 1, 0, stage.error),
           stage.error);
  CHECK(Holds(&stage, "c", "1"));
  CHECK(postern_files_copy(files, "a", 1, NULL, "c", 1, 0, stage.error) ==
        POSTERN_SYSTEM);
  CHECK_OK(postern_files_copy(files, "a", 1, NULL, "c", 1, 1, stage.error),
           stage.error);
  CHECK(postern_files_copy(files, "a", 1, NULL, "c", 1, 2, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK_OK(postern_files_link(files, "a", 1, below, "hard", 4, stage.error),
           stage.error);
  CHECK_OK(postern_files_symlink(files, "a", 1, "soft", 4, stage.error),
           stage.error);
  CHECK_OK(postern_files_readlink(files, "soft", 4, &buffer, stage.error),
           stage.error);
  CHECK(Is(postern_buffer_data(buffer, NULL), "a"));
  postern_buffer_free(buffer);
  CHECK_OK(postern_files_remove(files, "soft", 4, stage.error), stage.error);
  CHECK(postern_files_remove_directory(files, "dir", 3, stage.error) ==
        POSTERN_SYSTEM);
  CHECK(postern_error_code(stage.error) == POSTERN_E_NOTEMPTY);
  CHECK_OK(postern_files_remove_all(files, "dir", 3, stage.error), stage.error);
  CHECK_OK(postern_files_make_directory(files, "dir", 3, 0700, stage.error),
           stage.error);
  CHECK_OK(postern_files_remove_directory(files, "dir", 3, stage.error),
           stage.error);
  postern_files_free(below);
  FreeStage(&stage);
}

static void TestTemporary(void) {
  Stage stage = NewStage();
  postern_buffer* name = NULL;
  int32_t fd = -1;
  CHECK_OK(postern_files_create_temporary(stage.files, ".", 1, "t.", 2, &fd,
                                          &name, stage.error),
           stage.error);
  CHECK(fd >= 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
  CHECK(strncmp(postern_buffer_data(name, NULL), "./t.", 4) == 0);
  CHECK(Holds(&stage, postern_buffer_data(name, NULL), "x"));
  postern_buffer_free(name);
  CHECK_OK(postern_files_create_temporary_directory(stage.files, ".", 1, "d", 1,
                                                    &name, stage.error),
           stage.error);
  CHECK(strncmp(postern_buffer_data(name, NULL), "./d", 3) == 0);
  postern_buffer_free(name);
  CHECK(postern_files_create_temporary(stage.files, "..", 2, "t", 1, &fd, &name,
                                       stage.error) == POSTERN_DENIED);
  CHECK(fd == -1 && name == NULL);
  FreeStage(&stage);
}

static void TestMetadata(void) {
  Stage stage = NewStage();
  const postern_files* const files = stage.files;
  postern_file_info info;
  postern_buffer* buffer = NULL;
  postern_status status;
  memset(&info, 0xFF, sizeof(info));
  info.struct_size = sizeof(info);
  WriteFile(&stage, "a", "12345");
  CHECK_OK(postern_files_set_mode(files, "a", 1, 0640, stage.error),
           stage.error);
  CHECK_OK(postern_files_set_times(files, "a", 1, 1, -1, 1500000000000000007,
                                   stage.error),
           stage.error);
  CHECK_OK(postern_files_info(files, "a", 1, 1, &info, stage.error),
           stage.error);
  CHECK(info.type == POSTERN_FILE_REGULAR && info.mode == 0640);
  CHECK(info.size == 5 && info.links == 1 && info.owner == getuid());
  CHECK(info.accessed_ns == -1);
  CHECK(info.modified_ns == 1500000000000000007);
  CHECK(info.changed_ns > 1500000000000000007);
  CHECK_OK(postern_files_set_times(files, "a", 1, 1, POSTERN_TIME_NOW,
                                   POSTERN_TIME_KEEP, stage.error),
           stage.error);
  CHECK_OK(postern_files_set_size(files, "a", 1, 2, stage.error), stage.error);
  CHECK(postern_files_set_size(files, "a", 1, UINT64_MAX, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK_OK(postern_files_set_owner(files, "a", 1, 1, UINT32_MAX, UINT32_MAX,
                                   stage.error),
           stage.error);
  CHECK_OK(postern_files_info(files, "a", 1, 0, &info, stage.error),
           stage.error);
  CHECK(info.size == 2 && info.accessed_ns > 1500000000000000007);
  CHECK_OK(postern_files_info(files, "way_out", 7, 0, &info, stage.error),
           stage.error);
  CHECK(info.type == POSTERN_FILE_LINK);
  CHECK(postern_files_info(files, "way_out", 7, 1, &info, stage.error) ==
        POSTERN_DENIED);
  CHECK(info.size == 0 && info.type == POSTERN_FILE_UNKNOWN);
  CHECK(postern_files_info(files, "a", 1, 2, &info, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  info.struct_size = 8;
  CHECK(postern_files_info(files, "a", 1, 1, &info, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK_OK(postern_files_access(files, "a", 1, 4, stage.error), stage.error);
  CHECK(postern_files_access(files, "a", 1, 1, stage.error) == POSTERN_SYSTEM);
  CHECK(postern_files_access(files, "a", 1, 8, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  status = postern_files_set_attribute(files, "a", 1, "user.x", 6, "v", 1,
                                       POSTERN_ATTRIBUTE_CREATE, stage.error);
  if (status == POSTERN_OK) { /* not every file system has them */
    CHECK_OK(postern_files_get_attribute(files, "a", 1, "user.x", 6, &buffer,
                                         stage.error),
             stage.error);
    CHECK(Is(postern_buffer_data(buffer, NULL), "v"));
    postern_buffer_free(buffer);
    CHECK_OK(postern_files_list_attributes(files, "a", 1, &buffer, stage.error),
             stage.error);
    CHECK(Contains(postern_buffer_data(buffer, NULL), "user.x"));
    postern_buffer_free(buffer);
    CHECK(postern_files_set_attribute(files, "a", 1, "user.x", 6, "v", 1,
                                      POSTERN_ATTRIBUTE_CREATE,
                                      stage.error) == POSTERN_SYSTEM);
    CHECK_OK(
        postern_files_remove_attribute(files, "a", 1, "user.x", 6, stage.error),
        stage.error);
  } else {
    CHECK(postern_error_code(stage.error) == POSTERN_E_NOTSUP);
  }
  CHECK(postern_files_set_attribute(files, "a", 1, "user.x\0y", 8, "v", 1, 0,
                                    stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_files_set_attribute(files, "a", 1, "user.x", 6, "v", 1, 3,
                                    stage.error) == POSTERN_INVALID_ARGUMENT);
  FreeStage(&stage);
}

static void TestListing(void) {
  Stage stage = NewStage();
  postern_listing* listing = NULL;
  postern_entry entry;
  postern_status status;
  int seen = 0;
  memset(&entry, 0, sizeof(entry));
  entry.struct_size = sizeof(entry);
  WriteFile(&stage, "a", "1");
  CHECK_OK(
      postern_files_make_directory(stage.files, "dir", 3, 0700, stage.error),
      stage.error);
  CHECK_OK(postern_files_list(stage.files, ".", 1, &listing, stage.error),
           stage.error);
  while ((status = postern_listing_next(listing, &entry, stage.error)) ==
         POSTERN_OK) {
    if (strcmp(entry.name.data, "a") == 0) {
      seen += 1;
      CHECK(entry.type == POSTERN_FILE_REGULAR);
    } else if (strcmp(entry.name.data, "dir") == 0) {
      seen += 10;
      CHECK(entry.type == POSTERN_FILE_DIRECTORY);
    } else {
      CHECK(Is(entry.name.data, "way_out"));
      seen += 100;
    }
    CHECK(entry.inode != 0);
  }
  CHECK(status == POSTERN_END && seen == 111);
  CHECK(postern_error_status(stage.error) == POSTERN_END);
  CHECK(postern_listing_next(listing, &entry, stage.error) == POSTERN_END);
  entry.struct_size = 1;
  CHECK(postern_listing_next(listing, &entry, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  postern_listing_free(listing);
  CHECK(postern_files_list(stage.files, "..", 2, &listing, stage.error) ==
        POSTERN_DENIED);
  CHECK(listing == NULL);
  FreeStage(&stage);
}

static void TestWatch(void) {
  Stage stage = NewStage();
  postern_watch* watch = NULL;
  postern_change change;
  memset(&change, 0, sizeof(change));
  change.struct_size = sizeof(change);
  CHECK_OK(postern_files_watch(stage.files, ".", 1,
                               POSTERN_WATCH_CREATE | POSTERN_WATCH_DELETE,
                               &watch, stage.error),
           stage.error);
  CHECK(postern_watch_descriptor(watch) >= 0);
  CHECK(postern_watch_next(watch, &change, stage.error) == POSTERN_END);
  WriteFile(&stage, "a", "1");
  CHECK(mkdir(In(stage.box, "dir"), 0700) == 0);
  CHECK_OK(postern_files_remove(stage.files, "a", 1, stage.error), stage.error);
  CHECK_OK(postern_watch_next(watch, &change, stage.error), stage.error);
  CHECK(change.events == POSTERN_WATCH_CREATE && Is(change.name.data, "a"));
  CHECK_OK(postern_watch_next(watch, &change, stage.error), stage.error);
  CHECK(change.events == (POSTERN_WATCH_CREATE | POSTERN_WATCH_IS_DIRECTORY));
  CHECK_OK(postern_watch_next(watch, &change, stage.error), stage.error);
  CHECK(change.events == POSTERN_WATCH_DELETE);
  CHECK(postern_watch_next(watch, &change, stage.error) == POSTERN_END);
  postern_watch_free(watch);
  CHECK(postern_files_watch(stage.files, ".", 1, 0, &watch, stage.error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_files_watch(stage.files, ".", 1, POSTERN_WATCH_LOST, &watch,
                            stage.error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_files_watch(stage.files, "..", 2, POSTERN_WATCH_ALL, &watch,
                            stage.error) == POSTERN_DENIED);
  FreeStage(&stage);
}

/* One context serves the check and the files: what it gives up is gone. */
static void TestOneContext(void) {
  Stage stage = NewStage();
  postern_buffer* contents = NULL;
  WriteFile(&stage, "a", "1");
  CHECK_OK(postern_drop(stage.context, "fs.read", 7, "", 0, stage.error),
           stage.error);
  CHECK(postern_files_read(stage.files, "a", 1, 9, &contents, stage.error) ==
        POSTERN_DENIED);
  CHECK(Is(postern_decision_reason(postern_error_decision(stage.error), NULL),
           "dropped"));
  WriteFile(&stage, "a", "2");
  FreeStage(&stage);
}

static void TestUnboundPolicies(void) {
  postern_error* const error = postern_error_new();
  const postern_bytes flag = Text("--allow-fs=/tmp");
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_files* files = NULL;
  postern_files_options options;
  CHECK_OK(postern_policy_from_flags(&flag, 1, NULL, &policy, error), error);
  CHECK_OK(postern_context_new(policy, NULL, &context, NULL, error), error);
  CHECK(postern_files_new(context, NULL, &files, error) ==
        POSTERN_FAILED_PRECONDITION);
  CHECK(Contains(postern_error_message(error, NULL),
                 "call postern_builder_bind() before postern_builder_build(), "
                 "or set POSTERN_FILES_ACCEPT_UNBOUND"));
  CHECK(files == NULL);
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.flags = POSTERN_FILES_ACCEPT_UNBOUND;
  CHECK_OK(postern_files_new(context, &options, &files, error), error);
  CHECK(postern_files_access(files, "a", 1, 0, error) == POSTERN_DENIED);
  CHECK(postern_error_code(error) == POSTERN_E_INVAL); /* without a base */
  postern_files_free(files);
  options.flags = 128;
  CHECK(postern_files_new(context, &options, &files, error) ==
        POSTERN_INVALID_ARGUMENT);
  options.flags = 0;
  options.kinds = 32;
  CHECK(postern_files_new(context, &options, &files, error) ==
        POSTERN_INVALID_ARGUMENT);
  options.kinds = 0;
  options.ask_timeout_ns = -1;
  CHECK(postern_files_new(context, &options, &files, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(files == NULL);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_error_free(error);
}

static void TestMisuse(void) {
  const postern_status bad = POSTERN_INVALID_ARGUMENT;
  Stage stage = NewStage();
  Stage other = NewStage();
  postern_files* files = stage.files;
  postern_files* null_files = NULL;
  postern_buffer* buffer = NULL;
  postern_listing* listing = NULL;
  postern_watch* watch = NULL;
  postern_file_info info;
  int32_t fd = 0;
  CHECK(postern_files_new(NULL, NULL, &null_files, NULL) == bad);
  CHECK(postern_files_new(stage.context, NULL, NULL, NULL) == bad);
  CHECK(postern_files_in(NULL, ".", 1, &null_files, NULL) == bad);
  CHECK(postern_files_in(files, ".", 1, NULL, NULL) == bad);
  CHECK(postern_files_in(files, NULL, 1, &null_files, NULL) == bad);
  CHECK(postern_files_open(NULL, "a", 1, 1, 0, &fd, NULL, NULL) == bad);
  CHECK(fd == -1);
  CHECK(postern_files_open(files, NULL, 1, 1, 0, &fd, NULL, NULL) == bad);
  CHECK(postern_files_open(files, "a", 1, 1, 0, NULL, NULL, NULL) == bad);
  CHECK(postern_files_read(NULL, "a", 1, 1, &buffer, NULL) == bad);
  CHECK(postern_files_read(files, "a", 1, 1, NULL, NULL) == bad);
  CHECK(postern_files_write(NULL, "a", 1, "", 0, 0, NULL) == bad);
  CHECK(postern_files_write(files, "a", 1, NULL, 1, 0, NULL) == bad);
  CHECK(postern_files_create_temporary(files, ".", 1, "", 0, NULL, &buffer,
                                       NULL) == bad);
  CHECK(postern_files_create_temporary(files, ".", 1, "", 0, &fd, NULL, NULL) ==
        bad);
  CHECK(postern_files_create_temporary_directory(files, ".", 1, "", 0, NULL,
                                                 NULL) == bad);
  CHECK(postern_files_make_directory(NULL, "a", 1, 0, NULL) == bad);
  CHECK(postern_files_make_directory(files, "a", 1, 010000, NULL) == bad);
  CHECK(postern_files_make_node(NULL, "a", 1, 0, 0, 0, NULL) == bad);
  CHECK(postern_files_symlink(files, NULL, 1, "a", 1, NULL) == bad);
  CHECK(postern_files_readlink(files, "a", 1, NULL, NULL) == bad);
  CHECK(postern_files_link(NULL, "a", 1, NULL, "b", 1, NULL) == bad);
  CHECK(postern_files_link(files, "a", 1, other.files, "b", 1, NULL) == bad);
  CHECK(postern_files_move(files, "a", 1, NULL, NULL, 1, 0, NULL) == bad);
  CHECK(postern_files_copy(files, NULL, 1, NULL, "b", 1, 0, NULL) == bad);
  CHECK(postern_files_remove(NULL, "a", 1, NULL) == bad);
  CHECK(postern_files_remove_directory(NULL, "a", 1, NULL) == bad);
  CHECK(postern_files_remove_all(NULL, "a", 1, NULL) == bad);
  CHECK(postern_files_info(files, "a", 1, 1, NULL, NULL) == bad);
  CHECK(postern_files_info(NULL, "a", 1, 1, &info, NULL) == bad);
  CHECK(postern_files_access(NULL, "a", 1, 0, NULL) == bad);
  CHECK(postern_files_set_mode(NULL, "a", 1, 0, NULL) == bad);
  CHECK(postern_files_set_mode(files, "a", 1, 010000, NULL) == bad);
  CHECK(postern_files_set_owner(files, "a", 1, 2, 0, 0, NULL) == bad);
  CHECK(postern_files_set_times(files, "a", 1, 2, 0, 0, NULL) == bad);
  CHECK(postern_files_set_size(NULL, "a", 1, 0, NULL) == bad);
  CHECK(postern_files_get_attribute(files, "a", 1, "n", 1, NULL, NULL) == bad);
  CHECK(postern_files_list_attributes(files, "a", 1, NULL, NULL) == bad);
  CHECK(postern_files_set_attribute(files, "a", 1, NULL, 1, "", 0, 0, NULL) ==
        bad);
  CHECK(postern_files_remove_attribute(NULL, "a", 1, "n", 1, NULL) == bad);
  CHECK(postern_files_list(files, ".", 1, NULL, NULL) == bad);
  CHECK(postern_files_list(NULL, ".", 1, &listing, NULL) == bad);
  CHECK(postern_listing_next(NULL, NULL, NULL) == bad);
  CHECK(postern_files_watch(files, ".", 1, 1, NULL, NULL) == bad);
  CHECK(postern_files_watch(NULL, ".", 1, 1, &watch, NULL) == bad);
  CHECK(postern_watch_next(NULL, NULL, NULL) == bad);
  CHECK(postern_watch_descriptor(NULL) == -1);
  CHECK(postern_files_list(files, ".", 1, &listing, NULL) == POSTERN_OK);
  CHECK(postern_listing_next(listing, NULL, NULL) == bad);
  postern_listing_free(listing);
  postern_files_free(NULL);
  postern_listing_free(NULL);
  postern_watch_free(NULL);
  /* Names that the system would cut or that are none. */
  CHECK(postern_files_read(files, "a\0b", 3, 1, &buffer, stage.error) ==
        POSTERN_DENIED);
  CHECK(Is(postern_error_refusal(stage.error, NULL), "invalid"));
  CHECK(postern_files_read(files, NULL, 0, 1, &buffer, stage.error) ==
        POSTERN_DENIED);
  CHECK(buffer == NULL && null_files == NULL);
  FreeStage(&stage);
  FreeStage(&other);
}

int main(void) {
  TestReadAndWrite();
  TestADenialSaysWhy();
  TestADenialIsForWhatWasNeeded();
  TestADenialOfPart();
  TestAConcealedDenial();
  TestOpen();
  TestOpenFiles();
  TestMisuseOfOpenFiles();
  TestKinds();
  TestNames();
  TestTemporary();
  TestMetadata();
  TestListing();
  TestWatch();
  TestOneContext();
  TestUnboundPolicies();
  TestMisuse();
  return Report();
}
