package main

// The plugin exec.in: starts a program that was granted, under rules of its own
// in the kernel.

// #include "glue.h"
import "C"

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Output is what a program printed, and how it ended.
type Output struct {
	Text   string
	Status int
}

const maxOutput = 8 << 20 // bytes

// Run starts words[0] with the rest. It may read what the words name and what
// programs need to start, and nothing else; the kernel holds that (Landlock).
func Run(words []string) (*Output, error) {
	for _, word := range words {
		if strings.ContainsRune(word, 0) {
			return nil, errors.New("an argument holds a NUL byte")
		}
	}
	rights, err := rightsToStart(words)
	if err != nil {
		return nil, err
	}
	defer rights.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	child, err := rights.start(words, writer)
	writer.Close()
	if err != nil {
		return nil, err
	}
	defer C.postern_child_free(child)
	bytes, err := io.ReadAll(io.LimitReader(reader, maxOutput))
	if err != nil {
		return nil, err
	}
	var status C.int32_t
	err = do(func(e *C.postern_error) C.postern_status {
		return C.wait_for_program(child, &status, e)
	})
	return &Output{string(bytes), int(status)}, err
}

func (r Rights) start(words []string, output *os.File) (*C.postern_child, error) {
	args := make([]Arg, len(words))
	for i, word := range words {
		args[i] = Arg{Value: word, IsText: true}
	}
	q := newQuestion(C.POSTERN_PROCESS_SPAWN, C.POSTERN_FORM_COMMAND, "", args)
	defer C.free_question(q)
	var child *C.postern_child
	err := do(func(e *C.postern_error) C.postern_status {
		return C.start_program(r.c, q, C.int(output.Fd()), &child, e)
	})
	return child, err
}

// rightsToStart are for this one start.
func rightsToStart(words []string) (Rights, error) {
	rules := fmt.Sprintf("rules { allow: \"process.spawn\" pattern: %s }\n", quoted(literally(words[0])+" **"))
	for _, word := range words[1:] {
		if real, err := filepath.EvalSymlinks(word); err == nil && filepath.IsAbs(word) {
			rules += fmt.Sprintf("rules { allow: \"fs.read\" pattern: %s }\n", quoted(literally(real)))
		}
	}
	builder := C.postern_builder_new()
	defer C.postern_builder_free(builder)
	err := do(func(e *C.postern_error) C.postern_status {
		var status C.postern_status
		pass("version: 1 layers { name: \"start\"\n"+rules+"}", func(data *C.char, size C.size_t) {
			pass("start", func(name *C.char, nameSize C.size_t) {
				status = C.postern_builder_add_bytes(builder, C.POSTERN_FORMAT_TEXT, data, size, name, nameSize, e)
			})
		})
		return status
	})
	if err == nil {
		err = do(func(e *C.postern_error) C.postern_status { return bind(builder, e) })
	}
	if err != nil {
		return Rights{}, err
	}
	return contextOf(builder)
}

func bind(builder *C.postern_builder, e *C.postern_error) C.postern_status {
	var status C.postern_status
	pass("runtime", func(name *C.char, size C.size_t) {
		status = C.postern_builder_add_preset(builder, name, size, e)
	})
	if status == C.POSTERN_OK {
		status = C.use_system_folders(builder, e)
	}
	if status == C.POSTERN_OK {
		status = C.postern_builder_bind(builder, nil, e)
	}
	return status
}

// literally is a pattern that means this text and nothing else.
func literally(name string) string {
	var pattern strings.Builder
	for i := 0; i < len(name); i++ {
		if strings.IndexByte(" !\"#$%&'()*+,:;<=>?@[\\]^`{|}~", name[i]) >= 0 {
			pattern.WriteByte('\\')
		}
		pattern.WriteByte(name[i])
	}
	return pattern.String()
}

// quoted is a string of the text form, byte for byte.
func quoted(value string) string {
	var text strings.Builder
	text.WriteByte('"')
	for i := 0; i < len(value); i++ {
		fmt.Fprintf(&text, "\\x%02x", value[i])
	}
	text.WriteByte('"')
	return text.String()
}
