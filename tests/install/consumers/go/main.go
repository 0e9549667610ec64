package main

// #cgo pkg-config: postern
// #include <stdlib.h>
// #include <postern/postern.h>
import "C"

import (
	"fmt"
	"os"
	"unsafe"
)

const rules = `version: 1 layers { name: "grants"
  rules { allow: "fs.read" pattern: "/srv/app" } }`

func fail(err *C.postern_error) {
	fmt.Fprintln(os.Stderr, C.GoString(C.postern_error_message(err, nil)))
	os.Exit(2)
}

// Exits 0 if the app may read the file, 1 if not, 2 on a mistake.
func main() {
	err := C.postern_error_new()
	defer C.postern_error_free(err)

	if C.postern_check_abi(C.POSTERN_ABI_VERSION, C.sizeof_postern_bytes, err) != C.POSTERN_OK {
		fail(err)
	}
	text := C.CString(rules)
	defer C.free(unsafe.Pointer(text))
	var policy *C.postern_policy
	if C.postern_policy_from_text(text, C.size_t(len(rules)), nil, &policy, err) != C.POSTERN_OK {
		fail(err)
	}
	defer C.postern_policy_free(policy)
	var context *C.postern_context
	if C.postern_context_new(policy, nil, &context, nil, err) != C.POSTERN_OK {
		fail(err)
	}
	defer C.postern_context_free(context)

	const file = "/srv/app/index.html"
	name := C.CString(file)
	defer C.free(unsafe.Pointer(name))
	// In C's memory, since it holds a pointer to C's memory.
	access := (*C.postern_access)(C.calloc(1, C.sizeof_postern_access))
	defer C.free(unsafe.Pointer(access))
	access.struct_size = C.sizeof_postern_access
	access.permission = C.POSTERN_FS_READ
	access.form = C.POSTERN_FORM_PATH
	access.text = C.postern_bytes{data: name, size: C.size_t(len(file))}
	var decision C.postern_decision // a denial
	if C.postern_enforce(context, access, C.INT64_MAX, &decision, err) != C.POSTERN_OK {
		fail(err)
	}
	if C.postern_decision_allowed(decision) == 0 {
		fmt.Println("denied")
		os.Exit(1)
	}
	fmt.Println("allowed")
}
