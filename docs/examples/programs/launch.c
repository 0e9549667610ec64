#include <postern/postern.h>
#include <stdio.h>
#include <string.h>

#define BYTES(text) \
  { text, sizeof(text) - 1 }

/* Runs a script that may read nothing of anyone, for at most ten seconds. */
int main(void) {
  const char* rules =
      "version: 1 layers { name: 'grants'"
      " rules { allow: 'process.spawn' pattern: '/bin/sh **' } }";
  const postern_bytes argv[] = {BYTES("/bin/sh"), BYTES("-c"),
                                BYTES("echo hello; read x </etc/passwd")};
  const postern_descriptor output = {.from = 1, .to = 1};
  const postern_limits limits = {.struct_size = sizeof limits,
                                 .wall_time_ns = 10000000000,
                                 .open_files = 64};
  const postern_launcher_options options = {.struct_size = sizeof options,
                                            .limits = &limits,
                                            .require = POSTERN_LEVEL_PARTIAL};
  const postern_start start = {.struct_size = sizeof start,
                               .argv = argv,
                               .argc = 3,
                               .descriptors = &output,
                               .descriptor_count = 1};
  postern_child_event end = {.struct_size = sizeof end};
  postern_builder* builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_launcher* launcher = NULL;
  postern_child* child = NULL;
  postern_error* error = postern_error_new();
  if (POSTERN_CHECK_ABI(error) ||
      postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rules,
                                strlen(rules), "grants", 6, error) ||
      postern_builder_add_preset(builder, "runtime", 7, error) ||
      postern_builder_bind(builder, NULL, error) ||
      postern_builder_build(builder, &policy, error) ||
      postern_context_new(policy, NULL, &context, NULL, error) ||
      postern_launcher_new(context, &options, &launcher, error) ||
      postern_launcher_start(launcher, &start, INT64_MAX, &child, error) ||
      postern_child_wait(child, INT64_MAX, &end, error)) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    return 2;
  }
  printf("%s\n", end.exit_status == 0 ? "it read the file" : "it could not");
  postern_child_free(child);
  postern_launcher_free(launcher);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_error_free(error);
  return 0;
}
