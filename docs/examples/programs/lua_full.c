#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "bindings/lua/full_library.h"

/* Runs a script that has Lua's whole library, and may read one file. */
int main(void) {
  const char* rules =
      "version: 1 layers { name: 'grants'"
      " rules { allow: 'fs.read' pattern: '/etc/debian_version' } }";
  const char* script =
      "print(io.open('/etc/debian_version'):read('l') ~= '')\n"
      "print(io.open('/etc/passwd'))\n"
      "print(select(4, os.remove('/etc/passwd')).permission)\n"
      "print(os.getenv('SECRET'))\n"
      "print(pcall(dofile, '/etc/passwd'))\n"
      "print(permission.has('fs.read', '/etc/debian_version'))";
  postern_builder* builder = postern_builder_new();
  postern_policy* policy = NULL;
  postern_context* context = NULL;
  postern_files* files = NULL;
  postern_error* error = postern_error_new();
  if (postern_builder_add_bytes(builder, POSTERN_FORMAT_TEXT, rules,
                                strlen(rules), "grants", 6, error) ||
      postern_builder_bind(builder, NULL, error) ||
      postern_builder_build(builder, &policy, error) ||
      postern_context_new(policy, NULL, &context, NULL, error) ||
      postern_files_new(context, NULL, &files, error)) {
    fprintf(stderr, "%s\n", postern_error_message(error, NULL));
    return 2;
  }
  const postern_lua_options options = {
      .struct_size = sizeof options, .context = context, .files = files};
  const char* problem = NULL;
  lua_State* L = luaL_newstate();
  if (postern_lua_open(L, &options, &problem) != POSTERN_OK) {
    fprintf(stderr, "%s\n", problem);
    return 2;
  }
  const int failed = luaL_loadstring(L, script) || lua_pcall(L, 0, 0, 0);
  if (failed) fprintf(stderr, "%s\n", lua_tostring(L, -1));
  lua_close(L);
  postern_files_free(files);
  postern_context_free(context);
  postern_policy_free(policy);
  postern_builder_free(builder);
  postern_error_free(error);
  return failed;
}
