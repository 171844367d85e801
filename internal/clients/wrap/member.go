package wrap

import (
	"bytes"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// addArray adds a member with an array behind another member, as that is
// written. sibling is an array of the same kind elsewhere in the file, or nil.
func (p *plan) addArray(object *tree.Node, after tree.Member, name string, items []item, sibling *tree.Node) error {
	text, err := p.arrayMember(object, after, name, items, sibling)
	if err != nil {
		return err
	}
	end := after.Value.End
	p.replace(end, end, text)
	array := &value{kind: tree.Array}
	for _, it := range items {
		array.elements = append(array.elements, &value{kind: tree.String, text: it.text})
	}
	v := p.values[object]
	v.members = append(v.members, member{name, array})
	return nil
}

// arrayMember is the text of addArray, with what parts it from the member before.
func (p *plan) arrayMember(object *tree.Node, after tree.Member, name string, items []item, sibling *tree.Node) (string, error) {
	head := quoteName(p.format.Syntax, name, p.name(after)) + p.colon(after)
	before, nl := p.before(after.NameStart), p.newline(after.NameStart)
	switch {
	case !object.Block:
		array := func(indent string) string { return p.array(items, sibling, indent, nl, p.compact(after)) }
		if !blank(before) || p.lineStart(after.NameStart) <= object.Start {
			return comma(p.compact(after)) + head + array("-"), nil
		}
		return "," + nl + before + head + array(before), nil
	case p.format.Syntax == clients.SyntaxTOML:
		if strings.ContainsAny(before, "{=#") {
			return "", errForm
		}
		return nl + before + head + p.array(items, sibling, leading(before), nl, false), nil
	}
	indent := strings.Repeat(" ", len(before))
	if strings.Trim(before, " -") != "" {
		return "", errForm
	}
	if sibling != nil && !sibling.Block && len(sibling.Elements) > 0 {
		return nl + indent + head + p.array(items, sibling, indent, nl, false), nil
	}
	dash := indent + p.dashIndent(sibling)
	var b strings.Builder
	b.WriteString(nl + indent + strings.TrimRight(head, " \t"))
	for _, token := range p.tokens(items, p.like(nil, items), true) {
		b.WriteString(nl + dash + "- " + token)
	}
	return b.String(), nil
}

// array is a new array between brackets: one element per line where sibling is
// written so and indent is that of a line of its own.
func (p *plan) array(items []item, sibling *tree.Node, indent, nl string, compact bool) string {
	tokens := p.tokens(items, p.like(sibling, items), false)
	several := false
	if sibling != nil && !sibling.Block && len(sibling.Elements) > 0 {
		several = strings.Contains(p.between(sibling.Start, sibling.Elements[0].Start), "\n")
	}
	if !several || indent == "-" {
		return "[" + strings.Join(tokens, comma(compact)) + "]"
	}
	start := nl + indent + p.unit()
	return "[" + start + strings.Join(tokens, ","+start) + nl + indent + "]"
}

// dashIndent is how far the dashes of a YAML list stand behind its name.
func (p *plan) dashIndent(sibling *tree.Node) string {
	if sibling == nil || !sibling.Block || len(sibling.Elements) == 0 {
		return "  "
	}
	dash, ok := p.dash(sibling.Elements[0])
	if !ok {
		return "  "
	}
	head := bytes.TrimRight(p.doc.Data[:dash], blanks) // ends behind the name and its colon
	name := strings.TrimLeft(p.before(len(head)), " -")
	column := len(p.before(len(head))) - len(name)
	return strings.Repeat(" ", max(0, len(p.before(dash))-column))
}

// end is where the text of a node ends: that of a collection without brackets
// where its last part does.
func end(n *tree.Node) int {
	at := n.End
	if !n.Block {
		return at
	}
	at = n.Start
	for _, e := range n.Elements {
		at = max(at, end(e))
	}
	for _, m := range n.Members {
		at = max(at, end(m.Value))
	}
	return at
}

// follows reports whether nothing but what parts members stands between a and b.
func (p *plan) follows(a, b tree.Member) bool {
	if b.NameStart < a.Value.End {
		return false
	}
	gap := p.between(a.Value.End, b.NameStart)
	if p.format.Syntax == clients.SyntaxTOML && strings.Contains(gap, "\n") {
		gap, _ = strings.CutSuffix(gap, p.before(a.NameStart)) // x. of x.command
	}
	gap = strings.Trim(gap, blanks)
	return gap == "" || gap == ","
}

// removeAfter takes b, which stands behind a, out of an object.
func (p *plan) removeAfter(object *tree.Node, a, b tree.Member) error {
	defer p.values[object].remove(b.Name)
	if p.follows(a, b) {
		p.replace(a.Value.End, end(b.Value), "")
		return nil
	}
	if object.Block {
		start := p.lineStart(b.NameStart)
		if strings.Contains(p.before(b.NameStart), "-") && p.format.Syntax == clients.SyntaxYAML {
			return errForm // the first of an element of a list
		}
		stop := len(p.doc.Data)
		if i := bytes.IndexByte(p.doc.Data[end(b.Value):], '\n'); i >= 0 {
			stop = end(b.Value) + i + 1
		}
		p.replace(start, stop, "")
		return nil
	}
	for i, m := range object.Members {
		if m.NameStart != b.NameStart {
			continue
		}
		if i+1 < len(object.Members) {
			p.replace(m.NameStart, object.Members[i+1].NameStart, "")
		} else {
			p.replace(object.Members[i-1].Value.End, m.Value.End, "")
		}
	}
	return nil
}

// dropFirst takes the first n elements out of an array. Comments that stand
// between them stay.
func (p *plan) dropFirst(array *tree.Node, n int) error {
	elements := array.Elements
	v := p.values[array]
	v.elements = v.elements[n:]
	if array.Block {
		return p.dropLines(elements, n)
	}
	if n == len(elements) {
		last := elements[n-1].End
		start := array.Start + 1
		if !blank(p.between(start, elements[0].Start)) {
			start = elements[0].Start
		}
		if rest := p.between(last, array.End-1); strings.HasPrefix(strings.TrimLeft(rest, blanks), ",") {
			last += strings.IndexByte(rest, ',') + 1
		}
		p.replace(start, last, "")
		return nil
	}
	for i := range n {
		e, next := elements[i], elements[i+1]
		gap := p.between(e.End, next.Start)
		if strings.Trim(gap, blanks) == "," {
			p.replace(e.Start, next.Start, "")
			continue
		}
		at, ok := p.comma(e.End, next.Start)
		if !ok {
			return errForm
		}
		p.replace(e.Start, e.End, "")
		p.replace(at, at+1, "")
	}
	return nil
}

// comma finds the one comma between elements that is in no comment.
func (p *plan) comma(start, end int) (int, bool) {
	data := p.doc.Data
	for i := start; i < end; i++ {
		var stop string
		switch {
		case data[i] == ',':
			return i, true
		case data[i] == '#', bytes.HasPrefix(data[i:], []byte("//")):
			stop = "\n"
		case bytes.HasPrefix(data[i:], []byte("/*")):
			stop = "*/"
		default:
			continue
		}
		n := bytes.Index(data[i+1:end], []byte(stop))
		if n < 0 {
			return 0, false
		}
		i += n + len(stop)
	}
	return 0, false
}

// dropLines takes the first n elements of a YAML list.
func (p *plan) dropLines(elements []*tree.Node, n int) error {
	first, ok := p.dash(elements[0])
	if !ok || n == len(elements) {
		return errForm // an empty list has no such form
	}
	rest, ok := p.dash(elements[n])
	if !ok {
		return errForm
	}
	p.replace(first, rest, "")
	return nil
}
