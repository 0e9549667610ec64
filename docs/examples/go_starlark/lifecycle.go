package main

// From what an app asks for to what it may do: manifest, review, approval.

// #include "glue.h"
import "C"

import (
	"encoding/json"
	"os/user"
)

// Request is one line of what an app asks for.
type Request struct {
	Function string   `json:"function"`
	Args     []string `json:"args"`
	Exact    bool     `json:"exact,omitempty"`
	Reason   string   `json:"reason,omitempty"`
}

// manifest is the JSON form of permission/approval/manifest.proto.
type manifest struct {
	Version int       `json:"version"`
	App     string    `json:"app"`
	Title   string    `json:"title,omitempty"`
	Calls   []Request `json:"calls,omitempty"`
}

// Case is one app's request beside what is approved of it.
type Case struct {
	place    string
	manifest *C.postern_manifest
	store    *C.postern_store
	review   *C.postern_review
}

// Open reads the request and opens the store, which is made if there is none.
func Open(app *App, storePath string) (*Case, error) {
	bytes, err := json.Marshal(manifest{1, app.ID, app.Title, app.Requests})
	if err != nil {
		return nil, err
	}
	c := &Case{place: app.Folder}
	err = do(func(e *C.postern_error) C.postern_status {
		var status C.postern_status
		pass(string(bytes), func(data *C.char, size C.size_t) {
			pass("the permissions of "+app.Folder+"/app.star", func(name *C.char, nameSize C.size_t) {
				status = C.postern_manifest_from_bytes(C.POSTERN_FORMAT_JSON, data, size, name, nameSize, &c.manifest, e)
			})
		})
		return status
	})
	if err == nil {
		err = do(func(e *C.postern_error) C.postern_status {
			var status C.postern_status
			pass(storePath, func(path *C.char, size C.size_t) {
				status = C.postern_store_open(path, size, C.POSTERN_STORE_CREATE, &c.store, e)
			})
			return status
		})
	}
	if err == nil {
		err = do(func(e *C.postern_error) C.postern_status {
			return C.postern_review_new(c.manifest, c.store, &c.review, e)
		})
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close frees all of it.
func (c *Case) Close() {
	C.postern_review_free(c.review)
	C.postern_store_free(c.store)
	C.postern_manifest_free(c.manifest)
}

// Review is what a person reads before approving.
func (c *Case) Review() (string, error) {
	var buffer *C.postern_buffer
	err := do(func(e *C.postern_error) C.postern_status {
		return C.postern_review_text(c.review, &buffer, e)
	})
	if err != nil {
		return "", err
	}
	return bufferText(buffer), nil
}

// Approve approves what Review showed, and nothing else.
func (c *Case) Approve() error {
	who := "somebody"
	if me, err := user.Current(); err == nil {
		who = me.Username
	}
	digest := text(func(size *C.size_t) *C.char { return C.postern_review_digest(c.review, size) })
	return do(func(e *C.postern_error) C.postern_status {
		var status C.postern_status
		pass(digest, func(d *C.char, dSize C.size_t) {
			pass(who, func(w *C.char, wSize C.size_t) {
				pass(c.place, func(p *C.char, pSize C.size_t) {
					status = C.approve_all(c.store, c.review, d, dSize, w, wSize, p, pSize, e)
				})
			})
		})
		return status
	})
}

// Rights are what is approved and still asked for.
func (c *Case) Rights() (Rights, error) {
	builder := C.postern_builder_new()
	defer C.postern_builder_free(builder)
	err := do(func(e *C.postern_error) C.postern_status {
		var status C.postern_status
		pass(c.place, func(place *C.char, size C.size_t) {
			status = C.postern_builder_add_approval(builder, c.store, c.manifest, place, size, e)
			if status == C.POSTERN_OK {
				status = C.postern_builder_set_base_directory(builder, place, size, e)
			}
		})
		if status == C.POSTERN_OK {
			status = C.declare_run(builder, e)
		}
		return status
	})
	if err != nil {
		return Rights{}, err
	}
	return contextOf(builder)
}

// contextOf builds the policy and a context of it, without an authority: nobody
// can widen it.
func contextOf(builder *C.postern_builder) (Rights, error) {
	var rights Rights
	err := do(func(e *C.postern_error) C.postern_status {
		var policy *C.postern_policy
		status := C.postern_builder_build(builder, &policy, e)
		if status == C.POSTERN_OK {
			status = C.postern_context_new(policy, nil, &rights.c, nil, e)
		}
		C.postern_policy_free(policy)
		return status
	})
	return rights, err
}
