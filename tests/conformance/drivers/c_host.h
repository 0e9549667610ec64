#ifndef POSTERN_TESTS_CONFORMANCE_DRIVERS_C_HOST_H_
#define POSTERN_TESTS_CONFORMANCE_DRIVERS_C_HOST_H_

/* The parts of the driver in C. */

#include "tests/conformance/drivers/attempt.h"

struct host {
  postern_context* context;
  postern_files* files;
  postern_network* network;
  const char* folder;
  postern_error* error;
};

/* What one operation is tried with. */
typedef struct trial {
  host* host;
  postern_files* files; /* the host's, or a folder's that was opened */
  const attempt* attempt;
  answer* answer;
} trial;

/* An operation; the answer is a denial until it says otherwise. */
typedef void (*operation)(trial* t);
typedef struct named_operation {
  const char* name;
  operation run;
} named_operation;

extern const named_operation kFileOperations[];
extern const named_operation kHandleOperations[];
extern const named_operation kNetworkOperations[];
extern const named_operation kProcessOperations[];
extern const named_operation kOtherOperations[];

/* What the status of a call, with the host's error, is as an answer. 1 if it
 * was granted. */
int answered(trial* t, postern_status status);
/* The answer of a system call after a granted one; 1 if it did not fail. */
int answered_call(trial* t, long result);
/* Adds to the detail, as far as there is room. */
void tell(trial* t, const char* text, size_t size);
/* Decides one access; 1 if it was granted, which is the answer then too. */
int enforced(trial* t, postern_permission permission, postern_form form,
             postern_bytes text);
/* Gives up what the attempt says. */
void drop(trial* t);
int same(postern_bytes text, const char* other);
postern_bytes bytes_of(const char* text);

#endif /* POSTERN_TESTS_CONFORMANCE_DRIVERS_C_HOST_H_ */
