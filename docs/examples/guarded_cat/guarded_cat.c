/* Prints files as a guest may read them: guarded_cat POLICY FILE...
 * Relative names, and relative patterns of the policy, start in this folder. */

#include <postern/postern.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Files as the policy allows them, and nothing else. Null, and the error says
 * why, if the policy cannot be read. */
static postern_files* files_by(const char* policy_file, const char* folder,
                               postern_error* error) {
  const size_t size = strlen(policy_file);
  const postern_context_options options = {
      .struct_size = sizeof options,
      .base_directory = {folder, strlen(folder)}};
  postern_builder* builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_context* rights = NULL;
  postern_files* files = NULL;
  /* Each call is tried if those before it went well: POSTERN_OK is 0. The
   * fifth is given no place for an authority: nobody can widen the rights. */
  if (postern_builder_add_file(builder, policy_file, size, 0, error) ||
      postern_builder_set_base_directory(builder, folder, strlen(folder),
                                         error) ||
      postern_builder_bind(builder, NULL, error) ||
      postern_builder_build(builder, &policy, error) ||
      postern_context_new(policy, &options, &rights, NULL, error) ||
      postern_files_new(rights, NULL, &files, error)) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
  }
  postern_context_free(rights); /* files keep what they need of it */
  postern_policy_free(policy);
  postern_builder_free(builder);
  return files;
}

/* 0 if the guest may not read it, or nobody can. */
static int print_file(const postern_files* files, const char* name,
                      postern_error* error) {
  postern_buffer* text = NULL;
  if (postern_files_read(files, name, strlen(name), 1 << 20, &text, error)) {
    fprintf(stderr, "%s: %s\n", name, postern_error_message(error, NULL));
    return 0;
  }
  size_t size;
  const char* data = postern_buffer_data(text, &size);
  fwrite(data, 1, size, stdout);
  postern_buffer_free(text);
  return 1;
}

int main(int argc, char** argv) {
  char folder[4096];
  if (argc < 2 || getcwd(folder, sizeof folder) == NULL) return 2;
  postern_error* error = postern_error_new();
  if (POSTERN_CHECK_ABI(error)) { /* another library than the headers are of */
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    return 2;
  }
  postern_files* files = files_by(argv[1], folder, error);
  int result = files == NULL ? 2 : 0;
  for (int i = 2; files != NULL && i < argc; ++i) {
    if (!print_file(files, argv[i], error)) result = 1;
  }
  postern_files_free(files);
  postern_error_free(error);
  return result;
}
