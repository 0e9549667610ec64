#ifndef POSTERN_TESTS_BINDINGS_C_FOLDER_H_
#define POSTERN_TESTS_BINDINGS_C_FOLDER_H_

/* A folder for one test, below $TEST_TMPDIR. Define _XOPEN_SOURCE 700
 * before the first include. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Makes a new folder and returns its name, without links; lives for ever. */
static inline const char* NewFolder(void) {
  static char names[64][PATH_MAX];
  static int next = 0;
  const char* const parent = getenv("TEST_TMPDIR");
  char name[PATH_MAX];
  if (next == 64) abort();
  snprintf(name, sizeof(name), "%s/c.XXXXXX", parent == NULL ? "/tmp" : parent);
  if (mkdtemp(name) == NULL || realpath(name, names[next]) == NULL) abort();
  return names[next++];
}

/* "FOLDER/NAME"; of the last eight calls. */
static inline const char* In(const char* folder, const char* name) {
  static char paths[8][PATH_MAX];
  static int next = 0;
  char* const path = paths[next++ % 8];
  const int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);
  if (length < 0 || length >= PATH_MAX) abort();
  return path;
}

static inline void WriteTo(const char* path, const char* bytes, size_t size) {
  FILE* const file = fopen(path, "wb");
  if (file == NULL || fwrite(bytes, 1, size, file) != size) abort();
  fclose(file);
}

#endif /* POSTERN_TESTS_BINDINGS_C_FOLDER_H_ */
