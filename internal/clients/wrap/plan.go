package wrap

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Format is how a file is read.
type Format struct {
	Client clients.Client
	Syntax clients.Syntax
	// Read reads a text and lists its servers.
	Read func(data []byte) (*tree.Document, []Entry, error)
}

// Entry is a server as the text has it.
type Entry struct {
	clients.Entry
	// Server is how the client understands it.
	Server clients.Server
}

// plan is a change of one text: what to replace where, and what the text must
// mean then.
type plan struct {
	format Format
	doc    *tree.Document
	edits  []edit
	root   *value
	values map[*tree.Node]*value
}

// edit replaces the bytes from start to end.
type edit struct {
	start, end int
	text       string
}

func newPlan(format Format, doc *tree.Document) *plan {
	p := &plan{format: format, doc: doc, values: map[*tree.Node]*value{}}
	p.root = valueOf(doc.Root, p.values)
	return p
}

// raw is the text of a node.
func (p *plan) raw(n *tree.Node) string { return string(p.doc.Data[n.Start:n.End]) }

func (p *plan) name(m tree.Member) string { return string(p.doc.Data[m.NameStart:m.NameEnd]) }

func (p *plan) replace(start, end int, text string) {
	p.edits = append(p.edits, edit{start, end, text})
}

var errOverlap = errors.New("two changes meet in one place")

// apply makes the new text and holds it against what it must mean.
func (p *plan) apply() ([]byte, error) {
	data := p.doc.Data
	slices.SortStableFunc(p.edits, func(a, b edit) int { return cmp.Compare(a.start, b.start) })
	var out bytes.Buffer
	at := 0
	for _, e := range p.edits {
		if e.start < at || e.end < e.start || e.end > len(data) {
			return nil, errOverlap
		}
		out.Write(data[at:e.start])
		out.WriteString(e.text)
		at = e.end
	}
	out.Write(data[at:])
	doc, _, err := p.format.Read(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("the changed text would not be readable: %w", err)
	}
	if !same(p.root, valueOf(doc.Root, nil)) {
		return nil, errors.New("a change of it would alter more than this server: write out what anchors and aliases stand for")
	}
	return out.Bytes(), nil
}

// set writes another string where n stands.
func (p *plan) set(n *tree.Node, s string) {
	p.setRaw(n, quote(p.format.Syntax, s, p.raw(n)), text(s))
}

func (p *plan) setRaw(n *tree.Node, raw string, v *value) {
	if raw == p.raw(n) {
		return
	}
	p.replace(n.Start, n.End, raw)
	*p.values[n] = *v
}

// rename gives a member of object another name.
func (p *plan) rename(object *tree.Node, m tree.Member, to, raw string) {
	if raw == "" {
		raw = quoteName(p.format.Syntax, to, p.name(m))
	}
	p.replace(m.NameStart, m.NameEnd, raw)
	p.values[object].rename(m.Name, to)
}

// setList writes a list where a string stands.
func (p *plan) setList(n *tree.Node, items []item, sibling *tree.Node, compact bool) {
	v := &value{kind: tree.Array}
	for _, it := range items {
		v.elements = append(v.elements, text(it.text))
	}
	p.setRaw(n, p.array(items, sibling, "-", "", compact), v)
}
