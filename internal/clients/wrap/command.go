package wrap

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// fields are the members of an entry that a change is about. A member that is
// not there has no Value.
type fields struct {
	command, args, env, hostEnv, envFile, url, headers, kind tree.Member
	// note says why the entry cannot be changed.
	note string
}

func fieldsOf(e Entry) fields {
	var f fields
	if e.Launch == nil || e.Launch.Kind != tree.Object {
		f.note = "it is no object"
		return f
	}
	find := func(names ...string) (found tree.Member) {
		for _, name := range names {
			if name == "" || found.Value != nil {
				continue
			}
			if head, _, nested := strings.Cut(name, "."); nested {
				if e.Launch.Get(strings.Split(name, ".")...) != nil {
					f.note = head + " holds more than a command line can say"
				}
				continue
			}
			for _, m := range e.Launch.Members {
				if m.Name != name {
					continue
				}
				if found.Value != nil {
					f.note = name + " is there twice"
				}
				found = m
			}
		}
		return found
	}
	f.command = find(e.Fields.Command)
	f.args = find(e.Fields.Args)
	f.env = find(e.Fields.Env)
	f.hostEnv = find(e.Fields.HostEnv)
	f.envFile = find(e.Fields.EnvFile)
	f.url = find(e.Fields.URL...)
	f.headers = find(e.Fields.Headers...)
	f.kind = find(e.Fields.Type)
	return f
}

// wrapper wraps the servers of one text.
type wrapper struct {
	opts Options
	all  []Entry
}

func left(note string) (Change, error) { return Change{Action: Left, Note: note}, nil }

func (w wrapper) wrap(p *plan, e Entry) (Change, error) {
	f := fieldsOf(e)
	switch {
	case f.note != "":
		return left(f.note)
	case f.command.Value != nil && f.url.Value != nil:
		return left("it has both " + f.command.Name + " and " + f.url.Name)
	case f.url.Value != nil:
		return w.wrapRemote(p, e, f)
	case f.command.Value == nil:
		return left("it has no command and no URL")
	case f.command.Value.Kind == tree.Array && e.Fields.Args == "":
		return w.wrapList(p, e, f)
	case e.Fields.Args == "":
		return left(f.command.Name + " is no list")
	case f.command.Value.Kind != tree.String || f.command.Value.Text == "":
		return left(f.command.Name + " is no string that names a program")
	case f.args.Value != nil && !stringList(f.args.Value):
		return left(f.args.Name + " is no list of strings")
	}
	command := f.command.Value
	args := argumentsOf(f.args.Value)
	if w.runs(command.Text, args) {
		return w.kept(command.Text, args)
	}
	if len(args) == 0 && wholeLine(command.Text) {
		return left(f.command.Name + " is a whole command line: write its arguments into " + e.Fields.Args)
	}
	if strings.Contains(command.Text, "$") && len(e.Server.Variables) > 0 && slices.Contains(literalArguments, p.format.Client.ID) {
		return left(f.command.Name + " holds a variable, and it is not known that the client replaces those in " + e.Fields.Args)
	}
	head, note := w.flags(e, f)
	if note != "" {
		return left(note)
	}
	items := append(itemsOf(append(head, "--")), item{command.Text, p.raw(command)})
	p.set(command, w.opts.Runner)
	c := Change{Action: Wrapped, Note: w.note(e)}
	if f.args.Value != nil {
		return c, p.prepend(f.args.Value, items, p.compact(f.args))
	}
	return c, p.addArray(e.Launch, f.command, e.Fields.Args, items, w.sibling(e))
}

// wrapList is wrap for clients that write a program and its arguments as one
// list.
func (w wrapper) wrapList(p *plan, e Entry, f fields) (Change, error) {
	array := f.command.Value
	args := argumentsOf(array)
	switch {
	case !stringList(array) || len(args) == 0 || args[0] == "":
		return left(f.command.Name + " is no list of strings that begins with a program")
	case w.runs(args[0], args[1:]):
		return w.kept(args[0], args[1:])
	}
	head, note := w.flags(e, f)
	if note != "" {
		return left(note)
	}
	items := itemsOf(slices.Concat([]string{w.opts.Runner}, head, []string{"--"}))
	return Change{Action: Wrapped, Note: w.note(e)}, p.prepend(array, items, p.compact(f.command))
}

// runs is the function runs, also for the same file under another name.
func (w wrapper) runs(command string, args []string) bool {
	return runs(command, args, w.opts.Runner) ||
		len(args) > 0 && args[0] == "run" && filepath.IsAbs(command) && sameProgram(command, w.opts.Runner)
}

// kept is a server before which a mcp-runner stands. One that is another file may
// be any program, and one with flags that wrap does not write may check less.
func (w wrapper) kept(command string, args []string) (Change, error) {
	if flag := weakFlag(args); flag != "" {
		return left("goes through mcp-runner, which checks or writes down less because of " + flag + " in its arguments: take that out")
	}
	if !strings.ContainsAny(command, `/\`) || command == w.opts.Runner || sameProgram(command, w.opts.Runner) {
		return Change{Action: Kept, Note: "goes through mcp-runner already"}, nil
	}
	return left("goes through a mcp-runner that is another file than " + w.opts.Runner + ": unwrap it first")
}

func sameProgram(a, b string) bool {
	left, err := os.Stat(a)
	if err != nil {
		return false
	}
	right, err := os.Stat(b)
	return err == nil && os.SameFile(left, right)
}

// flags are the arguments of mcp-runner before the server. A note says why there
// can be none.
func (w wrapper) flags(e Entry, f fields) (args []string, note string) {
	args = w.begin(e)
	var names []string
	if env := f.env.Value; env != nil && env.Kind != tree.Null {
		if env.Kind != tree.Object {
			return nil, f.env.Name + " is no object"
		}
		for _, m := range env.Members {
			if m.Value.Kind != tree.Null { // which means that it is not set
				names = append(names, m.Name)
			}
		}
	}
	if list := f.hostEnv.Value; list != nil && list.Kind != tree.Null {
		if !stringList(list) {
			return nil, f.hostEnv.Name + " is no list of strings"
		}
		names = append(names, argumentsOf(list)...)
	}
	var given []string
	for _, name := range append(names, w.opts.Variables...) {
		if !checkVariable(name) {
			return nil, "it sets a variable with a name that no variable can have"
		}
		if !slices.Contains(given, name) {
			given = append(given, name)
			args = append(args, "-e", name)
		}
	}
	if file := f.envFile.Value; file != nil && file.Kind != tree.Null {
		if file.Kind != tree.String {
			return nil, f.envFile.Name + " is no string"
		}
		args = append(args, "--env-names", file.Text)
	}
	return args, ""
}

// begin are the arguments with which every wrapped line begins.
func (w wrapper) begin(e Entry) []string {
	args := []string{"run", "--stdio"}
	if validName(e.Name) {
		args = append(args, "--name", e.Name)
	}
	return append(args, w.opts.Flags...)
}

func (w wrapper) note(e Entry) string {
	if !validName(e.Name) {
		return "its name cannot be that of a server: policies see the name of what it runs"
	}
	return ""
}

// sibling is the list of arguments of another server, to write one like it.
func (w wrapper) sibling(e Entry) *tree.Node {
	for _, other := range w.all {
		if other.Launch == nil || other.Node == e.Node {
			continue
		}
		field := other.Fields.Args
		if field == "" {
			field = other.Fields.Command
		}
		if args := other.Launch.Get(field); args != nil && stringList(args) && len(args.Elements) > 0 {
			return args
		}
	}
	return nil
}

// wholeLine reports whether a command without arguments is more than a program:
// some clients let a shell split it.
func wholeLine(command string) bool {
	program, rest, several := strings.Cut(strings.TrimSpace(command), " ")
	return several && rest != "" && !strings.ContainsAny(program, `/\$`)
}

func stringList(array *tree.Node) bool {
	return array.Kind == tree.Array && !slices.ContainsFunc(array.Elements, func(e *tree.Node) bool { return e.Kind != tree.String })
}

func argumentsOf(array *tree.Node) []string {
	if array == nil {
		return nil
	}
	args := make([]string, len(array.Elements))
	for i, e := range array.Elements {
		args[i] = e.Text
	}
	return args
}

func itemsOf(args []string) []item {
	items := make([]item, len(args))
	for i, arg := range args {
		items[i] = item{text: arg}
	}
	return items
}
