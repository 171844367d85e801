// Package wrap changes the configurations of MCP clients so that each server
// goes through mcp-runner, and back. It changes as few bytes as it can: all
// others stay as they are.
package wrap

import (
	"errors"
	"slices"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Options say how servers are wrapped.
type Options struct {
	// Runner is the absolute path of mcp-runner.
	Runner string
	// Flags are those of mcp-runner run that every server gets, such as --policy.
	Flags []string
	// Variables are names of the client's own variables that every command gets.
	Variables []string
	// Servers are the names of those to change. None are all.
	Servers []string
	// Secret reports whether a URL holds what a command line must not show. Nil is
	// that none does.
	Secret func(url string) bool
}

// Action is what was done with a server.
type Action string

// Actions.
const (
	Wrapped   Action = "wrapped"
	Unwrapped Action = "unwrapped"
	// Kept is a server that is as it shall be already.
	Kept Action = "kept"
	// Left is a server that cannot be changed. Note says why.
	Left Action = "left"
)

// Change is what was done with one server of a file.
type Change struct {
	Server string
	Line   int
	Action Action
	// Note is what a person must know. It quotes no value.
	Note string
}

// Result is a text in which servers were changed.
type Result struct {
	// Data is the new text. It is the old one where nothing had to be changed.
	Data    []byte
	Changes []Change
}

// Count is the number of servers with which a was done.
func (r Result) Count(a Action) int {
	n := 0
	for _, c := range r.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Wrap puts mcp-runner before each server of a configuration. An error means
// that the text cannot be read, or cannot be changed safely.
func Wrap(format Format, data []byte, opts Options) (Result, error) {
	return change(format, data, opts.Servers, func(all []Entry) changer {
		w := wrapper{opts: opts, all: all}
		return w.wrap
	})
}

// changer plans the change of one server. An error means that its form forbids
// it; some edits may be planned by then.
type changer func(p *plan, e Entry) (Change, error)

// change lets do change the servers of a text. One whose form forbids it is left,
// and does not keep the others from being changed.
func change(format Format, data []byte, servers []string, do func(all []Entry) changer) (Result, error) {
	doc, entries, err := format.Read(data)
	if err != nil {
		return Result{}, err
	}
	wanted := func(e Entry) bool { return len(servers) == 0 || slices.Contains(servers, e.Name) }
	if r, err := together(format, doc, entries, wanted, do(entries)); err == nil {
		return r, nil
	}
	r := Result{Data: data}
	for i, e := range entries {
		if !wanted(e) {
			continue
		}
		now, list, err := format.Read(r.Data)
		if err != nil || len(list) != len(entries) {
			return Result{}, errors.Join(err, errForm)
		}
		only := func(e Entry) bool { return e.Node == list[i].Node }
		one, err := together(format, now, list, only, do(list))
		c := Change{Action: Left}
		if err != nil {
			c.Note = err.Error()
		} else {
			r.Data, c = one.Data, one.Changes[0]
		}
		r.Changes = append(r.Changes, describe(doc, e, c))
	}
	return r, nil
}

// together changes all wanted servers in one plan.
func together(format Format, doc *tree.Document, entries []Entry, wanted func(Entry) bool, do changer) (Result, error) {
	r := Result{Data: doc.Data}
	p := newPlan(format, doc)
	for _, e := range entries {
		if !wanted(e) {
			continue
		}
		c, err := do(p, e)
		if err != nil {
			return Result{}, err
		}
		r.Changes = append(r.Changes, describe(doc, e, c))
	}
	if len(p.edits) == 0 {
		return r, nil
	}
	var err error
	r.Data, err = p.apply()
	return r, err
}

func describe(doc *tree.Document, e Entry, c Change) Change {
	at := e.Node.Start
	if e.NameEnd > 0 {
		at = e.NameStart
	}
	c.Server = e.Name
	c.Line, _ = doc.Place(at)
	return c
}
