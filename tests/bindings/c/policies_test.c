/* The C interface: policies of files in all forms, of several sources, and
 * bound ones. */

#define _XOPEN_SOURCE 700

#include <sys/stat.h>

#include "tests/bindings/c/check.h"
#include "tests/bindings/c/folder.h"

static const char kText[] =
    "version: 1\nlayers {\n  name: 'grants'\n"
    "  rules { allow: 'fs.read' pattern: '/srv' }\n"
    "  rules { allow: 'code.load' }\n}\n";

static int Allows(const postern_policy* policy, postern_permission permission,
                  const char* path) {
  const postern_access access = NewAccess(permission, POSTERN_FORM_PATH, path);
  postern_decision decision;
  postern_context* context = NULL;
  CHECK(postern_context_new(policy, NULL, &context, NULL, NULL) == POSTERN_OK);
  CHECK(postern_check(context, &access, &decision, NULL) == POSTERN_OK);
  postern_context_free(context);
  return postern_decision_allowed(decision);
}

static void TestEveryForm(void) {
  static const char* const kNames[] = {"", "p.policy", "p.json", "p.binpb"};
  const char* const folder = NewFolder();
  postern_error* const error = postern_error_new();
  postern_policy* policy = NULL;
  postern_format format;
  CHECK_OK(postern_policy_from_text(kText, strlen(kText), NULL, &policy, error),
           error);
  CHECK(postern_policy_warning_count(policy) == 1);
  CHECK(Is(postern_policy_warning_source(policy, 0, NULL), "policy:5:3"));
  CHECK(postern_policy_warning_source(policy, 1, NULL) == NULL);
  CHECK(postern_policy_warning_source(NULL, 0, NULL) == NULL);
  for (format = POSTERN_FORMAT_TEXT; format <= POSTERN_FORMAT_BINARY;
       ++format) {
    postern_buffer* buffer = NULL;
    postern_policy* again = NULL;
    postern_builder* const builder = postern_builder_new();
    const char* const path = In(folder, kNames[format]);
    const char* bytes;
    size_t size = 0;
    int detect;
    CHECK_OK(postern_policy_write(policy, format, &buffer, error), error);
    bytes = postern_buffer_data(buffer, &size);
    CHECK(bytes != NULL && size > 10 && bytes[size] == '\0');
    WriteTo(path, bytes, size);
    for (detect = 0; detect < 2; ++detect) {
      CHECK_OK(postern_policy_from_file(path, strlen(path),
                                        detect ? POSTERN_FORMAT_DETECT : format,
                                        NULL, &again, error),
               error);
      CHECK(Allows(again, POSTERN_FS_READ, "/srv/a"));
      CHECK(!Allows(again, POSTERN_FS_READ, "/etc"));
      CHECK(Contains(postern_policy_warning_source(again, 0, NULL), path));
      postern_policy_free(again);
    }
    CHECK_OK(postern_builder_add_bytes(builder, POSTERN_FORMAT_DETECT, bytes,
                                       size, path, strlen(path), error),
             error);
    CHECK_OK(
        postern_builder_add_file(builder, path, strlen(path), format, error),
        error);
    CHECK_OK(postern_builder_build(builder, &again, error), error);
    CHECK(Allows(again, POSTERN_FS_READ, "/srv/a"));
    postern_policy_free(again);
    postern_builder_free(builder);
    if (format == POSTERN_FORMAT_BINARY) {
      CHECK_OK(postern_policy_from_binary(bytes, size, NULL, &again, error),
               error);
      CHECK(Allows(again, POSTERN_FS_READ, "/srv/a"));
      postern_policy_free(again);
    }
    postern_buffer_free(buffer);
  }
  postern_policy_free(policy);
  postern_error_free(error);
}

/* A preset adds to what the last layer grants, and takes nothing away. */
static void TestPresets(void) {
  const char* const library = access("/lib", F_OK) == 0 ? "/lib" : "/usr/lib";
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  CHECK(postern_builder_add_preset(builder, "runtime", 7, error) ==
        POSTERN_FAILED_PRECONDITION);
  CHECK_OK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, kText,
                                     strlen(kText), "a", 1, error),
           error);
  CHECK(postern_builder_add_preset(builder, "nope", 4, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "runtime"));
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  CHECK(!Allows(policy, POSTERN_FS_READ, library));
  postern_policy_free(policy);
  CHECK_OK(postern_builder_add_preset(builder, "runtime", 7, error), error);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  CHECK(Allows(policy, POSTERN_FS_READ, library));
  CHECK(Allows(policy, POSTERN_FS_READ, "/srv/a"));
  CHECK(!Allows(policy, POSTERN_FS_READ, "/etc/shadow"));
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_error_free(error);
}

static void TestFilesThatAreNone(void) {
  const char* const folder = NewFolder();
  const char* const odd = In(folder, "p.txt");
  const char* const bad = In(folder, "bad.policy");
  const char* const fifo = In(folder, "fifo.policy");
  postern_error* const error = postern_error_new();
  postern_policy* policy = NULL;
  const postern_format detect = POSTERN_FORMAT_DETECT;
  CHECK(postern_policy_from_file(In(folder, "none.json"),
                                 strlen(In(folder, "none.json")), detect, NULL,
                                 &policy, error) == POSTERN_NOT_FOUND);
  WriteTo(odd, kText, strlen(kText));
  CHECK(postern_policy_from_file(odd, strlen(odd), detect, NULL, &policy,
                                 error) == POSTERN_INVALID_ARGUMENT);
  CHECK_OK(postern_policy_from_file(odd, strlen(odd), POSTERN_FORMAT_TEXT, NULL,
                                    &policy, error),
           error);
  postern_policy_free(policy);
  WriteTo(bad, "version: 1\nlayers { nam", 23);
  CHECK(postern_policy_from_file(bad, strlen(bad), detect, NULL, &policy,
                                 error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), bad));
  CHECK(Contains(postern_error_message(error, NULL), ":2:"));
  CHECK(mkfifo(fifo, 0600) == 0);
  CHECK(postern_policy_from_file(fifo, strlen(fifo), detect, NULL, &policy,
                                 error) == POSTERN_FAILED_PRECONDITION);
  CHECK(postern_policy_from_file(bad, strlen(bad), 4, NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  /* The system would read "/dev/null". */
  CHECK(postern_policy_from_file("/dev/null\0.json", 15, detect, NULL, &policy,
                                 error) == POSTERN_INVALID_ARGUMENT);
  CHECK(policy == NULL);
  postern_error_free(error);
}

static void WriteText(const char* path, const char* text) {
  WriteTo(path, text, strlen(text));
}

/* The policy of a file, by a builder too; null, and the error says why, if
 * neither reads it. */
static postern_policy* ReadBoth(const char* path, postern_error* error) {
  postern_policy* policy = NULL;
  postern_builder* const builder = postern_builder_new();
  const postern_format detect = POSTERN_FORMAT_DETECT;
  const postern_status status =
      postern_builder_add_file(builder, path, strlen(path), detect, error);
  postern_builder_free(builder);
  CHECK(postern_policy_from_file(path, strlen(path), detect, NULL, &policy,
                                 error) == status);
  return policy;
}

static const char kParts[] =
    "version: 1\nsets {\n  name: 's'\n"
    "  rules { allow: 'fs.read' pattern: '/srv' }\n"
    "  rules { allow: 'code.load' }\n}\n";
static const char kWhole[] =
    "version: 1\ninclude: 'lib/more.policy'\n"
    "layers { name: 'g' use: 's'\n rules { allow: 'code.load' } }\n";

static void TestIncludesOfFiles(void) {
  const char* const folder = NewFolder();
  const char* const app = In(folder, "app.policy");
  postern_error* const error = postern_error_new();
  postern_policy* policy = NULL;
  postern_policy_options options;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.source_name = Text("shown");
  CHECK(mkdir(In(folder, "lib"), 0700) == 0);
  WriteText(In(folder, "lib/parts.policy"), kParts);
  WriteText(In(folder, "lib/more.policy"),
            "version: 1 include: 'parts.policy'");
  WriteText(app, kWhole);
  policy = ReadBoth(app, error);
  CHECK(policy != NULL && Allows(policy, POSTERN_FS_READ, "/srv/a"));
  CHECK(Contains(postern_policy_warning_source(policy, 0, NULL),
                 "app.policy:4:2"));
  CHECK(Contains(postern_policy_warning_source(policy, 1, NULL),
                 "lib/parts.policy:5:3"));
  postern_policy_free(policy);
  /* Another name in messages, and a form that the name does not tell. */
  WriteText(In(folder, "app.txt"), kWhole);
  CHECK_OK(postern_policy_from_file(
               In(folder, "app.txt"), strlen(In(folder, "app.txt")),
               POSTERN_FORMAT_TEXT, &options, &policy, error),
           error);
  CHECK(Allows(policy, POSTERN_FS_READ, "/srv/a"));
  CHECK(Is(postern_policy_warning_source(policy, 0, NULL), "shown:4:2"));
  CHECK(Contains(postern_policy_warning_source(policy, 1, NULL),
                 "lib/parts.policy:5:3"));
  postern_policy_free(policy);
  WriteText(app, "version: 1\ninclude: 'app.policy'");
  CHECK(postern_policy_from_file(app, strlen(app), POSTERN_FORMAT_DETECT,
                                 &options, &policy,
                                 error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Is(postern_error_message(error, NULL),
           "shown:2:10: \"app.policy\" includes itself, expected no cycle"));
  CHECK(policy == NULL);
  postern_error_free(error);
}

static void TestIncludesThatAreRefused(void) {
  static const struct {
    const char* app;
    const char* other;
    const char* message;
  } kCases[] = {
      {"version: 1\ninclude: 'b.policy'", "version: 1\n include: 'a.policy'",
       "b.policy:2:11: \"a.policy\" includes itself, expected no cycle"},
      {"version: 1\ninclude: 'gone.policy'", "", "gone.policy: cannot open"},
      {"version: 1\ninclude: 'b.policy'",
       "version: 1\nlayers { name: 'g' mode: AUDIT }",
       "b.policy:2:1: \"layers\" in an included file"},
      {"version: 1\ninclude: '/etc/b.policy'", "", "is absolute"},
      {"version: 1\ninclude: 'b.json'", "", "is not in the text form"},
  };
  const char* const folder = NewFolder();
  const char* const app = In(folder, "a.policy");
  const char* const other = In(folder, "b.policy");
  postern_error* const error = postern_error_new();
  size_t i;
  for (i = 0; i < sizeof(kCases) / sizeof(kCases[0]); ++i) {
    WriteText(app, kCases[i].app);
    WriteText(other, kCases[i].other);
    CHECK(ReadBoth(app, error) == NULL);
    CHECK(postern_error_status(error) == POSTERN_INVALID_ARGUMENT);
    CHECK(Contains(postern_error_message(error, NULL), "a.policy:2:10: "));
    CHECK(Contains(postern_error_message(error, NULL), kCases[i].message));
  }
  postern_error_free(error);
}

/* There is no place where its path could start. */
static void TestIncludesOfBytes(void) {
  static const char kBytes[] = "version: 1 include: 'a.policy'";
  static const char kJson[] = "{\"version\": 1, \"include\": [\"a.policy\"]}";
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  CHECK(postern_policy_from_text(kBytes, strlen(kBytes), NULL, &policy,
                                 error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL),
                 "policy:1:21: \"include\" in what is no file"));
  CHECK(postern_policy_from_json(kJson, strlen(kJson), NULL, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL),
                 "\"include\" is for the text form alone"));
  CHECK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, kBytes,
                                  strlen(kBytes), "/tmp/b.policy", 13,
                                  error) == POSTERN_INVALID_ARGUMENT);
  /* Field 1 is the version, field 7 "a". */
  CHECK(postern_policy_from_binary("\x08\x01\x3A\x01\x61", 5, NULL, &policy,
                                   error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL),
                 "\"include\" is for the text form alone"));
  CHECK(policy == NULL);
  postern_builder_free(builder);
  postern_error_free(error);
}

static void TestLayersOfSeveralSources(void) {
  static const char kHost[] =
      "version: 1 base_directory: '/srv' layers { name: 'host' default: ALLOW"
      " rules { deny: 'fs' pattern: '${KEYS}' } }";
  const postern_bytes flag = Text("--allow-fs-read=/srv,data");
  const postern_bytes wrong = Text("--allow-fs-reed");
  const postern_bytes parameter = Text("program");
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_builder* const second = postern_builder_new();
  postern_policy* policy = NULL;
  postern_policy* copy = NULL;
  CHECK_OK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, kHost,
                                     strlen(kHost), "host.policy", 11, error),
           error);
  CHECK_OK(postern_builder_add_flags(builder, &flag, 1, error), error);
  CHECK(postern_builder_add_flags(builder, &wrong, 1, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(postern_builder_build(builder, &policy, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "host.policy:1:"));
  CHECK(Contains(postern_error_message(error, NULL), "KEYS"));
  CHECK_OK(
      postern_builder_set_variable(builder, "KEYS", 4, "/srv/keys", 9, error),
      error);
  CHECK_OK(
      postern_builder_declare_function(builder, "p.f", 3, &parameter, 1, error),
      error);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  CHECK(Allows(policy, POSTERN_FS_READ, "/srv/data/x"));
  CHECK(!Allows(policy, POSTERN_FS_READ, "/srv/keys/x"));
  CHECK(!Allows(policy, POSTERN_FS_WRITE, "/srv/x"));
  /* The layers of a policy, which has what it needs by then. */
  CHECK_OK(postern_builder_add_policy(second, policy, error), error);
  CHECK(postern_builder_add_bytes(second, POSTERN_FORMAT_TEXT,
                                  "version: 1 base_directory: '/tmp'", 33, NULL,
                                  0, error) == POSTERN_INVALID_ARGUMENT);
  CHECK(Contains(postern_error_message(error, NULL), "base directory"));
  CHECK_OK(postern_builder_build(second, &copy, error), error);
  CHECK(Allows(copy, POSTERN_FS_READ, "/srv/data/x"));
  CHECK(!Allows(copy, POSTERN_FS_READ, "/srv/keys/x"));
  postern_policy_free(copy);
  CHECK_OK(postern_builder_set_base_directory(builder, "/opt", 4, error),
           error);
  postern_policy_free(policy);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  CHECK(Allows(policy, POSTERN_FS_READ, "/opt/data/x"));
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_builder_free(second);
  postern_error_free(error);
}

static postern_policy* BindTo(const char* pattern,
                              const postern_policy* previous) {
  char text[5000];
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_bind_options options;
  postern_policy* policy = NULL;
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.previous = previous;
  snprintf(text, sizeof(text),
           "version: 1 layers { name: 'g' rules { allow: 'fs.read' pattern: "
           "'%s' } }",
           pattern);
  CHECK_OK(postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, text,
                                     strlen(text), NULL, 0, error),
           error);
  CHECK_OK(postern_builder_bind(builder, &options, error), error);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  postern_builder_free(builder);
  postern_error_free(error);
  return policy;
}

static void TestBinding(void) {
  const char* const folder = NewFolder();
  const char* const link = In(folder, "link");
  const char* const one = In(folder, "one");
  const char* const two = In(folder, "two");
  postern_error* const error = postern_error_new();
  postern_policy *policy, *again;
  postern_buffer* json = NULL;
  postern_binding found;
  memset(&found, 0, sizeof(found));
  found.struct_size = sizeof(found);
  mkdir(one, 0700);
  mkdir(two, 0700);
  CHECK(symlink("one", link) == 0);
  policy = BindTo(link, NULL);
  CHECK(Allows(policy, POSTERN_FS_READ, one));
  CHECK_OK(postern_policy_binding(policy, &found, error), error);
  CHECK(found.bound == 1 && found.drift_count == 0);
  CHECK_OK(postern_policy_binding_json(policy, &json, error), error);
  CHECK(Contains(postern_buffer_data(json, NULL), "\"canonical\":\""));
  CHECK(Contains(postern_buffer_data(json, NULL), one));
  postern_buffer_free(json);
  /* The link leads elsewhere since: neither place is allowed any more. */
  CHECK(unlink(link) == 0 && symlink("two", link) == 0);
  again = BindTo(link, policy);
  CHECK(!Allows(again, POSTERN_FS_READ, one));
  CHECK(!Allows(again, POSTERN_FS_READ, two));
  CHECK_OK(postern_policy_binding(again, &found, error), error);
  CHECK(found.bound == 1 && found.drift_count == 1);
  CHECK_OK(postern_policy_binding_json(again, &json, error), error);
  CHECK(Contains(postern_buffer_data(json, NULL), "\"before\":\""));
  postern_buffer_free(json);
  postern_policy_free(again);
  /* Without the one before, what is there counts. */
  again = BindTo(link, NULL);
  CHECK(Allows(again, POSTERN_FS_READ, two));
  postern_policy_free(again);
  postern_policy_free(policy);
  postern_error_free(error);
}

static void TestBindingThatIsNone(void) {
  postern_error* const error = postern_error_new();
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_buffer* json = NULL;
  postern_binding found;
  postern_bind_options options;
  const postern_bytes path = Text("/srv");
  memset(&found, 0xFF, sizeof(found));
  found.struct_size = sizeof(found);
  CHECK_OK(postern_policy_from_text("version: 1", 10, NULL, &policy, error),
           error);
  CHECK_OK(postern_policy_binding(policy, &found, error), error);
  CHECK(found.bound == 0 && found.guarded_files == 0);
  CHECK(postern_policy_binding_json(policy, &json, error) ==
        POSTERN_FAILED_PRECONDITION);
  found.struct_size = 8;
  CHECK(postern_policy_binding(policy, &found, error) ==
        POSTERN_INVALID_ARGUMENT);
  CHECK(json == NULL);
  memset(&options, 0, sizeof(options));
  options.struct_size = sizeof(options);
  options.to_narrow = 2;
  CHECK(postern_builder_bind(builder, &options, error) ==
        POSTERN_INVALID_ARGUMENT);
  options.to_narrow = 1;
  options.protected_paths = &path;
  options.protected_count = 1;
  CHECK(postern_builder_bind(builder, &options, error) ==
        POSTERN_INVALID_ARGUMENT);
  options.protected_count = 0;
  options.previous = policy;
  CHECK_OK(postern_builder_bind(builder, &options, error), error);
  CHECK_OK(postern_builder_bind(builder, NULL, error), error);
  postern_policy_free(policy);
  CHECK_OK(postern_builder_build(builder, &policy, error), error);
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_error_free(error);
}

static void TestMisuse(void) {
  const postern_status bad = POSTERN_INVALID_ARGUMENT;
  postern_builder* const builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_buffer* text = NULL;
  size_t size = 3;
  CHECK(postern_buffer_data(NULL, &size) == NULL && size == 0);
  postern_buffer_free(NULL);
  postern_builder_free(NULL);
  CHECK(postern_builder_add_file(NULL, "a", 1, 1, NULL) == bad);
  CHECK(postern_builder_add_file(builder, NULL, 1, 1, NULL) == bad);
  CHECK(postern_builder_add_file(builder, NULL, 0, 1, NULL) == bad);
  CHECK(postern_builder_add_bytes(NULL, 1, "", 0, "", 0, NULL) == bad);
  CHECK(postern_builder_add_bytes(builder, 1, NULL, 1, "", 0, NULL) == bad);
  CHECK(postern_builder_add_bytes(builder, 1, "", 0, NULL, 1, NULL) == bad);
  CHECK(postern_builder_add_flags(NULL, NULL, 0, NULL) == bad);
  CHECK(postern_builder_add_flags(builder, NULL, 1, NULL) == bad);
  CHECK(postern_builder_add_policy(NULL, NULL, NULL) == bad);
  CHECK(postern_builder_add_policy(builder, NULL, NULL) == bad);
  CHECK(postern_builder_set_base_directory(NULL, "/", 1, NULL) == bad);
  CHECK(postern_builder_set_base_directory(builder, "a", 1, NULL) == bad);
  CHECK(postern_builder_set_base_directory(builder, "", 0, NULL) == bad);
  CHECK(postern_builder_set_variable(NULL, "a", 1, "/", 1, NULL) == bad);
  CHECK(postern_builder_set_variable(builder, NULL, 1, "/", 1, NULL) == bad);
  CHECK(postern_builder_set_variable(builder, "a", 1, NULL, 1, NULL) == bad);
  CHECK(postern_builder_declare_function(NULL, "a", 1, NULL, 0, NULL) == bad);
  CHECK(postern_builder_declare_function(builder, NULL, 1, NULL, 0, NULL) ==
        bad);
  CHECK(postern_builder_declare_function(builder, "a", 1, NULL, 1, NULL) ==
        bad);
  CHECK(postern_builder_bind(NULL, NULL, NULL) == bad);
  CHECK(postern_builder_build(NULL, &policy, NULL) == bad);
  CHECK(postern_builder_build(builder, NULL, NULL) == bad);
  CHECK(postern_policy_from_file(NULL, 1, 1, NULL, &policy, NULL) == bad);
  CHECK(postern_policy_from_file("a", 1, 1, NULL, NULL, NULL) == bad);
  CHECK(postern_policy_from_binary(NULL, 1, NULL, &policy, NULL) == bad);
  CHECK(postern_policy_from_binary("", 0, NULL, NULL, NULL) == bad);
  CHECK(postern_policy_write(NULL, 1, &text, NULL) == bad);
  CHECK(postern_policy_binding(NULL, NULL, NULL) == bad);
  CHECK(postern_policy_binding_json(NULL, &text, NULL) == bad);
  CHECK(postern_builder_build(builder, &policy, NULL) == POSTERN_OK);
  CHECK(postern_policy_write(policy, POSTERN_FORMAT_DETECT, &text, NULL) ==
        bad);
  CHECK(postern_policy_write(policy, 1, NULL, NULL) == bad);
  CHECK(postern_policy_binding(policy, NULL, NULL) == bad);
  CHECK(postern_policy_binding_json(policy, NULL, NULL) == bad);
  CHECK(text == NULL);
  postern_policy_free(policy);
  postern_builder_free(builder);
}

static postern_problem ProblemAt(const postern_problems* problems,
                                 size_t index) {
  postern_problem problem;
  postern_error* const error = postern_error_new();
  memset(&problem, 0, sizeof(problem));
  problem.struct_size = sizeof(problem);
  CHECK_OK(postern_problems_get(problems, index, &problem, error), error);
  postern_error_free(error);
  return problem;
}

static int IsAt(postern_problem problem, const char* file, int line, int column,
                const char* message) {
  return Is(problem.file.data, file) &&
         Contains(problem.message.data, message) && problem.line == line &&
         problem.column == column;
}

/* All that is wrong, each with its place, where making a policy ends at the
 * first. */
static void TestProblems(void) {
  static const char kBad[] =
      "version: 1\n"
      "layers { name: 'g'\n"
      "  rules { allow: 'fs.read' pattern: '/[' }\n"
      "  rules { allow: 'fs.raed' pattern: '/a' }\n"
      "  rules { allow: 'fs.read' pattern: '${DATA}/a' }\n"
      "  rules { allow: 'fs.read' patern: '/a' }\n"
      "}\n";
  const char* const path = In(NewFolder(), "bad.textproto");
  postern_error* const error = postern_error_new();
  postern_problems* problems = NULL;
  postern_policy_options options;
  postern_variable data;
  postern_problem none;
  memset(&options, 0, sizeof(options));
  memset(&none, 0, sizeof(none));
  none.struct_size = sizeof(none);
  options.struct_size = sizeof(options);
  WriteTo(path, kBad, strlen(kBad));
  CHECK_OK(postern_problems_of_file(path, strlen(path), POSTERN_FORMAT_DETECT,
                                    NULL, &problems, error),
           error);
  CHECK(postern_problems_count(problems) == 4);
  CHECK(IsAt(ProblemAt(problems, 0), path, 3, 3, "column 2"));
  CHECK(IsAt(ProblemAt(problems, 1), path, 4, 18, "fs.read"));
  CHECK(IsAt(ProblemAt(problems, 2), path, 5, 3, "DATA"));
  CHECK(IsAt(ProblemAt(problems, 3), path, 6, 28, "patern"));
  CHECK(postern_problems_get(problems, 4, &none, error) ==
        POSTERN_INVALID_ARGUMENT);
  postern_problems_free(problems);
  /* Variables of the host's, and another name. */
  data.name = Text("DATA");
  data.value = Text("/data");
  options.variables = &data;
  options.variable_count = 1;
  options.source_name = Text("app");
  CHECK_OK(postern_problems_of_file(path, strlen(path), POSTERN_FORMAT_TEXT,
                                    &options, &problems, error),
           error);
  CHECK(postern_problems_count(problems) == 3);
  CHECK(IsAt(ProblemAt(problems, 0), "app", 3, 3, "column 2"));
  postern_problems_free(problems);
  CHECK_OK(postern_problems_of_bytes("version: 1", 10, POSTERN_FORMAT_TEXT,
                                     NULL, &problems, error),
           error);
  CHECK(problems != NULL && postern_problems_count(problems) == 0);
  postern_problems_free(problems);
  CHECK_OK(postern_problems_of_bytes("{", 1, POSTERN_FORMAT_JSON, NULL,
                                     &problems, error),
           error);
  CHECK(postern_problems_count(problems) == 1);
  CHECK(Is(ProblemAt(problems, 0).file.data, "policy"));
  postern_problems_free(problems);
  /* What cannot be looked at. */
  CHECK(postern_problems_of_file("/nope.json", 10, POSTERN_FORMAT_DETECT, NULL,
                                 &problems, error) == POSTERN_NOT_FOUND);
  CHECK(problems == NULL);
  CHECK(postern_problems_of_bytes("", 0, POSTERN_FORMAT_DETECT, NULL, &problems,
                                  error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_problems_of_bytes("", 0, POSTERN_FORMAT_TEXT, NULL, NULL,
                                  error) == POSTERN_INVALID_ARGUMENT);
  CHECK(postern_problems_count(NULL) == 0);
  CHECK(postern_problems_get(NULL, 0, &none, error) ==
        POSTERN_INVALID_ARGUMENT);
  postern_problems_free(NULL);
  postern_error_free(error);
}

int main(void) {
  TestEveryForm();
  TestPresets();
  TestFilesThatAreNone();
  TestIncludesOfFiles();
  TestIncludesThatAreRefused();
  TestIncludesOfBytes();
  TestLayersOfSeveralSources();
  TestBinding();
  TestBindingThatIsNone();
  TestMisuse();
  TestProblems();
  return Report();
}
