package wrap

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// UnwrapOptions say how servers are unwrapped.
type UnwrapOptions struct {
	// Runner is the path of mcp-runner, for one with a name of its own.
	Runner string
	// Servers are the names of those to change. None are all.
	Servers []string
	// Before is the text before it was wrapped, or nil. What cannot be known from
	// the wrapped text is taken from there: how a URL was written, or whether a
	// list of arguments was there.
	Before []byte
}

// Unwrap undoes what Wrap did, and nothing else. Where the text of a server is
// as Wrap left it, the result is byte for byte what it was before. An error
// means that the text cannot be read.
func Unwrap(format Format, data []byte, opts UnwrapOptions) (Result, error) {
	u := unwrapper{opts: opts, before: map[string]Entry{}}
	if opts.Before != nil {
		doc, entries, err := format.Read(opts.Before)
		if err == nil { // else it is no help
			u.doc = doc
			for i, key := range keys(entries) {
				u.before[key] = entries[i]
			}
		}
	}
	return change(format, data, opts.Servers, func(all []Entry) changer {
		names := map[*tree.Node]string{}
		for i, key := range keys(all) {
			names[all[i].Node] = key
		}
		return func(p *plan, e Entry) (Change, error) { return u.unwrap(p, e, names[e.Node]) }
	})
}

// Backup is what a text was before any of its servers was wrapped, given the
// backup that is there already, or nil.
func Backup(format Format, data, before []byte, own string) ([]byte, error) {
	r, err := Unwrap(format, data, UnwrapOptions{Runner: own, Before: before})
	return r.Data, err
}

// ErrInexact is that a text could be wrapped, but not be unwrapped byte for byte.
var ErrInexact = errors.New("unwrap could not give back every byte: nothing is changed")

// Check holds a wrapped text against its backup.
func Check(format Format, wrapped, backup []byte, own string) error {
	again, err := Backup(format, wrapped, backup, own)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, backup) {
		return ErrInexact
	}
	return nil
}

// keys are names of entries that are the same in two versions of a text.
func keys(entries []Entry) []string {
	seen := map[string]int{}
	list := make([]string, len(entries))
	for i, e := range entries {
		key := fmt.Sprintf("%q %q", e.Path, e.Name)
		list[i] = fmt.Sprintf("%s %d", key, seen[key])
		seen[key]++
	}
	return list
}

type unwrapper struct {
	opts   UnwrapOptions
	doc    *tree.Document
	before map[string]Entry
}

// launched is the command line of an entry.
func launched(f fields) (command string, args []string, array *tree.Node) {
	n := f.command.Value
	switch {
	case n == nil:
		return "", nil, nil
	case n.Kind == tree.Array && stringList(n) && len(n.Elements) > 0:
		args = argumentsOf(n)
		return args[0], args[1:], n
	case n.Kind == tree.String && f.args.Value != nil && stringList(f.args.Value):
		return n.Text, argumentsOf(f.args.Value), f.args.Value
	}
	return n.Text, nil, nil
}

func (u unwrapper) unwrap(p *plan, e Entry, key string) (Change, error) {
	f := fieldsOf(e)
	command, args, array := launched(f)
	if !runs(command, args, u.opts.Runner) {
		return Change{Action: Kept, Note: "does not go through mcp-runner"}, nil
	}
	l, ok := parseLine(args)
	switch {
	case f.note != "":
		return left(f.note)
	case !ok || array == nil, !l.command && !strings.HasPrefix(strings.ToLower(l.url), "http") && !strings.ContainsAny(l.url, "${"):
		return left("its arguments are not ones that wrap writes")
	}
	var was fields
	if b, known := u.before[key]; known {
		was = fieldsOf(b)
		command, args, _ := launched(was)
		if runs(command, args, u.opts.Runner) {
			return Change{Action: Kept, Note: "went through mcp-runner before it was wrapped"}, nil
		}
	} else if (len(l.flags) < 4 || l.flags[2] != "--name") && validName(e.Name) {
		return Change{Action: Kept, Note: "goes through mcp-runner, and wrap did not write that"}, nil
	}
	if !l.command {
		return u.remote(p, e, f, was, l, array)
	}
	c := Change{Action: Unwrapped}
	if array == f.command.Value {
		return c, p.dropFirst(array, l.size+1)
	}
	first := array.Elements[l.size]
	p.setRaw(f.command.Value, u.token(p, first, was.command.Value, p.raw(f.command.Value)), text(first.Text))
	if len(array.Elements) == l.size+1 && (array.Block || was.command.Value != nil && was.args.Value == nil) {
		return c, p.removeAfter(e.Launch, f.command, f.args)
	}
	return c, p.dropFirst(array, l.size+1)
}

// token is how the string of n was written before, or is now.
func (u unwrapper) token(p *plan, n, was *tree.Node, like string) string {
	if was != nil && was.Kind == tree.String && was.Text == n.Text {
		return string(u.doc.Data[was.Start:was.End])
	}
	if raw := p.raw(n); movable(p.format.Syntax, raw, true) {
		return raw
	}
	return quote(p.format.Syntax, n.Text, like)
}

// part is a text of the backup, or other where that has none.
func (u unwrapper) part(start, end int, other string) string {
	if end > start && u.doc != nil {
		return string(u.doc.Data[start:end])
	}
	return other
}

// remote gives a server back to the client.
func (u unwrapper) remote(p *plan, e Entry, f, was fields, l line, array *tree.Node) (Change, error) {
	if note := restNote(e, f, l); note != "" {
		return left(note)
	}
	if was.url.Value == nil {
		was = fields{} // it was no remote server then
	}
	client := p.format.Client.ID
	if kind := f.kind.Value; kind != nil {
		word, raw := wordOf(remoteWords, client, "http"), ""
		if l.transport == runner.TransportSSE {
			word = l.transport
		}
		if was.kind.Value != nil {
			word, raw = was.kind.Value.Text, string(u.doc.Data[was.kind.Value.Start:was.kind.Value.End])
		}
		if raw == "" {
			raw = quote(p.format.Syntax, word, p.raw(kind))
		}
		p.setRaw(kind, raw, text(word))
	}
	u.headers(p, e, f, was, l)

	url := array.Elements[l.size-1]
	if array == f.command.Value {
		url = array.Elements[l.size]
	}
	token := u.token(p, url, was.url.Value, p.raw(url))
	name := e.Fields.URL[0]
	if was.url.Value != nil {
		name = was.url.Name
	}
	nameRaw := u.part(was.url.NameStart, was.url.NameEnd, quoteName(p.format.Syntax, name, p.name(f.command)))
	c := Change{Action: Unwrapped}
	if array == f.command.Value || !p.follows(f.command, f.args) {
		p.rename(e.Launch, f.command, name, nameRaw)
		p.setRaw(f.command.Value, token, text(url.Text))
		if array == f.command.Value {
			return c, nil
		}
		return c, p.removeAfter(e.Launch, f.command, f.args)
	}
	// What parts a name from its value stays as it was.
	colon := p.colon(f.command)
	if was.url.Value != nil {
		colon = u.part(was.url.NameEnd, was.url.Value.Start, colon)
	}
	p.replace(f.command.NameStart, end(f.args.Value), nameRaw+colon+token)
	v := p.values[e.Launch]
	v.remove(f.args.Name)
	v.rename(f.command.Name, name)
	*p.values[f.command.Value] = *text(url.Text)
	return c, nil
}

// restNote says what of an entry has no place in that of a remote server.
func restNote(e Entry, f fields, l line) string {
	switch {
	case l.plain:
		return "its arguments have --header, which wrap does not write: make a header of the configuration of it"
	case len(e.Fields.URL) == 0 || len(e.Fields.Headers) == 0:
		return "its client reaches no remote servers"
	case f.env.Value == nil || f.env.Value.Kind == tree.Null:
		return ""
	case f.env.Value.Kind != tree.Object:
		return f.env.Name + " is no object"
	}
	for _, m := range f.env.Value.Members {
		secret, ours := strings.CutPrefix(m.Name, secretVariable)
		if !ours || !slices.ContainsFunc(l.headers, func(h header) bool { return h.secret == secret }) {
			return f.env.Name + " has variables that are none of a header: take them out"
		}
	}
	return ""
}

// headers makes headers of the variables that hold them.
func (u unwrapper) headers(p *plan, e Entry, f, was fields, l line) {
	env := f.env.Value
	if env == nil || env.Kind != tree.Object || len(env.Members) == 0 && was.url.Value != nil && was.headers.Value == nil {
		return
	}
	raws := map[string]string{}
	if was.headers.Value != nil {
		for _, m := range was.headers.Value.Members {
			raws[m.Name] = string(u.doc.Data[m.NameStart:m.NameEnd])
		}
	}
	for _, m := range env.Members {
		secret := strings.TrimPrefix(m.Name, secretVariable)
		i := slices.IndexFunc(l.headers, func(h header) bool { return h.secret == secret })
		p.rename(env, m, l.headers[i].name, raws[l.headers[i].name])
	}
	name := e.Fields.Headers[0]
	if i := slices.IndexFunc(e.Fields.Headers, func(h string) bool { return !strings.Contains(h, ".") }); i >= 0 {
		name = e.Fields.Headers[i]
	}
	if was.headers.Value != nil {
		name = was.headers.Name
	}
	p.rename(e.Launch, f.env, name, u.part(was.headers.NameStart, was.headers.NameEnd, ""))
}
