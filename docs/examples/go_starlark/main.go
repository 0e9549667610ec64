// An app server for apps in Starlark, whose only way out are plugins; see
// README.md.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

const usage = `usage: starlark_server audit FOLDER
       starlark_server approve FOLDER
       starlark_server run FOLDER PATH        prints the page for a path
       starlark_server serve FOLDER ADDRESS   until it is ended
Approvals are kept in the file that POSTERN_STORE names.`

func main() {
	if err := act(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func act(words []string) error {
	store := os.Getenv("POSTERN_STORE")
	if len(words) < 2 || store == "" {
		return fmt.Errorf("%s", usage)
	}
	switch {
	case words[0] == "audit" && len(words) == 2:
		return review(words[1], store, false)
	case words[0] == "approve" && len(words) == 2:
		return review(words[1], store, true)
	case words[0] == "run" && len(words) == 3:
		return run(words[1], store, words[2])
	case words[0] == "serve" && len(words) == 3:
		return serve(words[1], store, words[2])
	}
	return fmt.Errorf("%s", usage)
}

// review shows what the app asks for. No code of a plugin runs.
func review(folder, store string, approve bool) error {
	app, err := Load(folder, nil)
	if err != nil {
		return err
	}
	for _, call := range app.plugins.called {
		fmt.Println("called while it was loaded, without effect:", call)
	}
	request, err := Open(app, store)
	if err != nil {
		return err
	}
	defer request.Close()
	text, err := request.Review()
	if err != nil {
		return err
	}
	fmt.Print(text)
	if !approve {
		return nil
	}
	if err := request.Approve(); err != nil {
		return err
	}
	fmt.Println("approved")
	return nil
}

// start loads the app twice: without plugins for what it asks, and then with
// what is approved of that.
func start(folder, store string) (*App, Rights, error) {
	asked, err := Load(folder, nil)
	if err != nil {
		return nil, Rights{}, err
	}
	request, err := Open(asked, store)
	if err != nil {
		return nil, Rights{}, err
	}
	defer request.Close()
	rights, err := request.Rights()
	if err != nil {
		return nil, rights, err
	}
	app, err := Load(folder, &rights)
	return app, rights, err
}

func run(folder, store, path string) error {
	app, rights, err := start(folder, store)
	defer rights.Close()
	if err != nil {
		return err
	}
	page, err := app.Handle(path)
	if err == nil {
		fmt.Print(page)
	}
	return err
}

// serve answers GET /PATH with the app's page for /PATH. What is denied is
// told to the log; the visitor learns that it failed.
func serve(folder, store, address string) error {
	app, rights, err := start(folder, store)
	defer rights.Close()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("listening at", listener.Addr())
	return http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, err := app.Handle(r.URL.Path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			http.Error(w, "the app failed", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		fmt.Fprint(w, page)
	}))
}
