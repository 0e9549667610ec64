package main

// What this server needs of Postern's C interface, as Go would have it.

// #cgo CFLAGS: -std=gnu11
// #include "glue.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"
)

// Failure is an error of one thread at a time; do takes care of that.
type failure struct{ c *C.postern_error }

// do calls, on one thread of the system, and turns a status into an error.
func do(call func(e *C.postern_error) C.postern_status) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	e := failure{C.postern_error_new()}
	defer C.postern_error_free(e.c)
	if status := call(e.c); status != C.POSTERN_OK {
		return errors.New(text(func(size *C.size_t) *C.char {
			return C.postern_error_message(e.c, size)
		}))
	}
	return nil
}

// text copies what the C interface lends.
func text(get func(size *C.size_t) *C.char) string {
	var size C.size_t
	data := get(&size)
	if data == nil {
		return ""
	}
	return C.GoStringN(data, C.int(size))
}

func bufferText(buffer *C.postern_buffer) string {
	defer C.postern_buffer_free(buffer)
	return text(func(size *C.size_t) *C.char { return C.postern_buffer_data(buffer, size) })
}

// pass calls with a string's bytes, which C only reads during the call.
func pass(s string, call func(data *C.char, size C.size_t)) {
	data := C.CString(s)
	defer C.free(unsafe.Pointer(data))
	call(data, C.size_t(len(s)))
}

// Arg is an argument of a plugin's call. What is no text is known to match
// "*" alone.
type Arg struct {
	Name   string // "" by position
	Value  string
	IsText bool
}

// Denial is why a call was refused, with the guest's place in it.
type Denial struct {
	Where    string // "app.star:14:18"
	Why      string // for the app's developer
	Function string
	Argument int // from 0; -1 for none
	Actual   string
	Expected []string
	Remedy   string
}

func (d *Denial) Error() string {
	text := d.Where + ": not permitted to call " + d.Function
	if d.Argument >= 0 {
		text += fmt.Sprintf(" with argument %d having value %q", d.Argument, d.Actual)
	}
	if len(d.Expected) > 0 {
		quoted := make([]string, len(d.Expected))
		for i, value := range d.Expected {
			quoted[i] = fmt.Sprintf("%q", value)
		}
		text += ", expected " + strings.Join(quoted, " or ")
	}
	return text + ". Change the app, or: " + d.Remedy
}

// Rights are what one app may do: a context that nobody can widen.
type Rights struct{ c *C.postern_context }

// Close gives the rights back.
func (r Rights) Close() { C.postern_context_free(r.c) }

func newQuestion(permission C.postern_permission, form C.postern_form, name string, args []Arg) *C.question {
	positional, named := 0, 0
	for _, arg := range args {
		if arg.Name == "" {
			positional++
		} else {
			named++
		}
	}
	var q *C.question
	pass(name, func(data *C.char, size C.size_t) {
		q = C.new_question(permission, form, unsafe.Pointer(data), size, C.size_t(positional), C.size_t(named))
	})
	positional, named = 0, 0
	for _, arg := range args {
		isText := C.int32_t(0)
		if arg.IsText {
			isText = 1
		}
		pass(arg.Value, func(data *C.char, size C.size_t) {
			if arg.Name == "" {
				C.set_arg(q, C.size_t(positional), unsafe.Pointer(data), size, isText)
				positional++
				return
			}
			pass(arg.Name, func(name *C.char, nameSize C.size_t) {
				C.set_named(q, C.size_t(named), unsafe.Pointer(name), nameSize, unsafe.Pointer(data), size, isText)
				named++
			})
		})
	}
	return q
}

// May decides a call that is about to happen. What it returns for a granted
// one are the arguments by position, paths by the names that were judged. Any
// trouble is a denial.
func (r Rights) May(function string, args []Arg) ([]string, *Denial) {
	q := newQuestion(C.POSTERN_PLUGIN_CALL, C.POSTERN_FORM_CALL, function, args)
	defer C.free_question(q)
	var decision C.postern_decision
	err := do(func(e *C.postern_error) C.postern_status {
		return C.postern_enforce(r.c, &q.access, C.INT64_MAX, &decision, e)
	})
	why := r.explain(q, decision)
	defer C.postern_explanation_free(why)
	if err == nil && C.postern_decision_allowed(decision) == 1 && why != nil {
		return judged(why, args), nil
	}
	denial := denialOf(why, function)
	if err != nil {
		denial.Remedy = err.Error()
	}
	return nil, denial
}

func (r Rights) explain(q *C.question, decision C.postern_decision) *C.postern_explanation {
	var why *C.postern_explanation
	if do(func(e *C.postern_error) C.postern_status {
		return C.postern_explain(r.c, decision, &q.access, &why, e)
	}) != nil {
		return nil
	}
	return why
}

// judged are the values of a granted call in their order: named ones come
// first only if they are "program", the one name that can be given.
func judged(why *C.postern_explanation, args []Arg) []string {
	var values []string
	for _, arg := range args {
		if arg.Name == "program" {
			values = append([]string{arg.Value}, values...)
		} else {
			values = append(values, arg.Value)
		}
	}
	for i := range values {
		path := text(func(size *C.size_t) *C.char {
			return C.postern_explanation_path(why, C.size_t(i), size)
		})
		if path != "" {
			values[i] = path
		}
	}
	return values
}

func denialOf(why *C.postern_explanation, function string) *Denial {
	denial := &Denial{Function: function, Argument: -1, Remedy: "approve it"}
	if why == nil {
		return denial
	}
	field := func(which C.postern_field) string {
		return text(func(size *C.size_t) *C.char { return C.postern_explanation_get(why, which, size) })
	}
	denial.Why = field(C.POSTERN_FIELD_TEXT)
	denial.Actual = field(C.POSTERN_FIELD_ACTUAL)
	denial.Remedy = field(C.POSTERN_FIELD_REMEDY)
	denial.Argument = int(C.postern_explanation_argument(why))
	for i := C.size_t(0); i < C.postern_explanation_expected_count(why); i++ {
		denial.Expected = append(denial.Expected, text(func(size *C.size_t) *C.char {
			return C.postern_explanation_expected(why, i, size)
		}))
	}
	return denial
}
