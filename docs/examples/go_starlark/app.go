package main

// Apps in Starlark: what they say of themselves, and how they are run.

import (
	"fmt"
	"os"
	"path/filepath"

	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

const maxSteps = 50 * 1000 * 1000 // of one request; Starlark has no other clock

// App is one folder with an app.star, as its app() call describes it.
type App struct {
	Folder   string
	ID       string
	Title    string
	Requests []Request
	handler  starlark.Callable
	plugins  *plugins
}

// plugins stands between an app and the host. While disarmed nothing is called
// and nothing is decided: an app that is only looked at does nothing.
type plugins struct {
	rights *Rights // nil: disarmed
	called []string
}

// Load runs the top of app.star, without a plugin's code: with nil every call
// is noted and gives None.
func Load(folder string, rights *Rights) (*App, error) {
	folder, err := filepath.EvalSymlinks(folder)
	if err == nil {
		folder, err = filepath.Abs(folder)
	}
	if err != nil {
		return nil, err
	}
	app := &App{Folder: folder, plugins: &plugins{rights: rights}}
	source, err := os.ReadFile(filepath.Join(folder, "app.star"))
	if err != nil {
		return nil, err
	}
	known := starlark.StringDict{
		"app":        starlark.NewBuiltin("app", app.describe),
		"permission": starlark.NewBuiltin("permission", permission),
	}
	thread := app.thread()
	if _, err := starlark.ExecFile(thread, "app.star", source, known); err != nil {
		return nil, plain(err)
	}
	if app.handler == nil {
		return nil, fmt.Errorf("app.star does not call app()")
	}
	return app, nil
}

// Handle answers one request with what the app's handler makes of `path`.
func (a *App) Handle(path string) (string, error) {
	thread := a.thread()
	value, err := starlark.Call(thread, a.handler, starlark.Tuple{starlark.String(path)}, nil)
	if err != nil {
		return "", plain(err)
	}
	page, ok := starlark.AsString(value)
	if !ok {
		return "", fmt.Errorf("the handler gave %s, expected text", value.Type())
	}
	return page, nil
}

func (a *App) thread() *starlark.Thread {
	thread := &starlark.Thread{
		Name:  a.ID,
		Print: func(_ *starlark.Thread, message string) { fmt.Fprintln(os.Stderr, message) },
		Load:  a.plugins.load,
	}
	thread.SetMaxExecutionSteps(maxSteps)
	return thread
}

// plain is the error itself: a denial has its place, and others get their
// backtrace.
func plain(err error) error {
	if evaluated, ok := err.(*starlark.EvalError); ok {
		if denial, ok := evaluated.Unwrap().(*Denial); ok {
			return denial
		}
		return fmt.Errorf("%s", evaluated.Backtrace())
	}
	return err
}

// describe is app(id, title, handler, permissions).
func (a *App) describe(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var wanted *starlark.List
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "id", &a.ID, "title", &a.Title,
		"handler", &a.handler, "permissions", &wanted); err != nil {
		return nil, err
	}
	for i := 0; i < wanted.Len(); i++ {
		request, ok := wanted.Index(i).(*requestValue)
		if !ok {
			return nil, fmt.Errorf("permissions[%d] is %s, expected permission(...)", i, wanted.Index(i).Type())
		}
		a.Requests = append(a.Requests, request.Request)
	}
	return starlark.None, nil
}

// requestValue is what permission() makes: opaque to the app.
type requestValue struct {
	starlark.Value
	Request
}

// permission is permission(plugin, function, args=[], exact=False, reason="").
func permission(_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	var plugin, function, reason string
	var list *starlark.List
	var exact bool
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "plugin", &plugin, "function", &function,
		"args?", &list, "exact?", &exact, "reason?", &reason); err != nil {
		return nil, err
	}
	request := Request{Function: plugin + "." + function, Exact: exact, Reason: reason, Args: []string{}}
	for i := 0; list != nil && i < list.Len(); i++ {
		text, ok := starlark.AsString(list.Index(i))
		if !ok {
			return nil, fmt.Errorf("args[%d] is %s, expected text", i, list.Index(i).Type())
		}
		request.Args = append(request.Args, text)
	}
	return &requestValue{starlark.String(request.Function), request}, nil
}

// load gives an app its plugins, and no file: load("exec.in", "run").
func (p *plugins) load(_ *starlark.Thread, module string) (starlark.StringDict, error) {
	if module != "exec.in" {
		return nil, fmt.Errorf("there is no plugin %q", module)
	}
	run := starlark.NewBuiltin("exec.in.run", p.run)
	return starlark.StringDict{
		"exec": starlarkstruct.FromStringDict(starlark.String("exec.in"), starlark.StringDict{"run": run}),
	}, nil
}

// run is exec.run(program, args): the list's texts stand behind the program.
func (p *plugins) run(thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) (starlark.Value, error) {
	asked := argsOf(args, kwargs)
	if p.rights == nil {
		p.called = append(p.called, fmt.Sprintf("%s: %s%v", thread.CallFrame(1).Pos, b.Name(), args))
		return starlark.None, nil
	}
	words, denial := p.rights.May(b.Name(), asked)
	if denial != nil {
		// The caller's frame: file, line and column of the call in the app.
		denial.Where = thread.CallFrame(1).Pos.String()
		return nil, denial
	}
	output, err := Run(words)
	if err != nil {
		return nil, err
	}
	if output.Status != 0 {
		return nil, fmt.Errorf("%s ended with %d: %s", words[0], output.Status, output.Text)
	}
	return starlark.String(output.Text), nil
}

// argsOf are the arguments as rules judge them. Only the second of two by
// position may be a list, which stands for what it holds; whatever else is no
// text is told as such, and matches "*" alone.
func argsOf(args starlark.Tuple, kwargs []starlark.Tuple) []Arg {
	var out []Arg
	for i, value := range args {
		list, ok := value.(*starlark.List)
		if !ok || i != 1 || len(args) != 2 {
			out = append(out, argOf("", value))
			continue
		}
		for j := 0; j < list.Len(); j++ {
			out = append(out, argOf("", list.Index(j)))
		}
	}
	for _, pair := range kwargs {
		name, _ := starlark.AsString(pair[0])
		out = append(out, argOf(name, pair[1]))
	}
	return out
}

func argOf(name string, value starlark.Value) Arg {
	text, ok := starlark.AsString(value)
	return Arg{Name: name, Value: text, IsText: ok}
}
