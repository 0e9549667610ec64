#ifndef POSTERN_BINDINGS_C_POSTERN_COMMANDS_H_
#define POSTERN_BINDINGS_C_POSTERN_COMMANDS_H_

/* Programs that a context grants, for runtimes that start them by themselves
 * (execve(2), posix_spawn(3)): a command is decided, and the file that was
 * decided about is what is handed out, so that no other can be put in its place
 * (TOCTOU). Nothing confines what is started so: a runtime whose own process is
 * confined hands its confinement on, any other uses process.h. Any number of
 * threads may use these at once. */

#include "context.h"
#include "error.h"
#include "files.h"
#include "process.h"
#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* May be null: all zero. */
typedef struct postern_commands_options {
  size_t struct_size;
  /* As of postern_launcher_options. */
  const postern_bytes* program_folders;
  size_t program_folder_count;
  const postern_bytes* environment;
  size_t environment_count;
  postern_bytes base_directory; /* "" = the context's */
  /* Of the same context; null: a command names no directory. */
  const postern_files* files;
} postern_commands_options;

/* FAILED_PRECONDITION if the policy is not bound (postern_builder_bind). */
typedef struct postern_commands postern_commands;
postern_status postern_commands_new(postern_context* context,
                                    const postern_commands_options* options,
                                    postern_commands** commands,
                                    postern_error* error);
void postern_commands_free(postern_commands* commands);

/* What may be started. */
typedef struct postern_command postern_command;
/* Decides `start`, of which argv, environment and directory are read, and the
 * rest must be zero. Refusals are those of postern_launcher_start(). */
postern_status postern_commands_prepare(const postern_commands* commands,
                                        const postern_start* start,
                                        int64_t deadline_unix_ns,
                                        postern_command** command,
                                        postern_error* error);
/* Closes what it holds. */
void postern_command_free(postern_command* command);

/* To be executed by this descriptor (execveat(2), AT_EMPTY_PATH; or by its name
 * below /proc/self/fd), close-on-exec; the command closes it. Of a script it is
 * the interpreter's. -1 for a null handle. */
int32_t postern_command_program(const postern_command* command);
/* To be changed into; -1 for "/" or a null handle. */
int32_t postern_command_directory(const postern_command* command);
/* The argument from 0, the program's own name first, and NAME=value; null
 * beyond the last. A script stands there by its canonical name. */
const char* postern_command_argument(const postern_command* command,
                                     size_t index, size_t* size);
const char* postern_command_variable(const postern_command* command,
                                     size_t index, size_t* size);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* POSTERN_BINDINGS_C_POSTERN_COMMANDS_H_ */
