package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxAliased bounds the nodes that aliases stand for, together.
const maxAliased = 100_000

// YAML reads one document of YAML. An alias is the value that it stands for, all
// of which has the span of the alias; members that are merged with << come
// before the others. An error is a *SyntaxError.
func YAML(data []byte) (d *Document, err error) {
	d, mark, err := newDocument(data)
	if err != nil {
		return nil, err
	}
	defer func() {
		// Of some malformed texts the parser is sure that they cannot be.
		if recover() != nil {
			d, err = nil, &SyntaxError{Line: 1, Column: 1, Msg: notYAML}
		}
	}()
	var node yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data[mark:]))
	switch err := decoder.Decode(&node); {
	case errors.Is(err, io.EOF):
		d.Root = &Node{Start: len(data), End: len(data)}
		return d, nil
	case err != nil:
		return nil, d.yamlFault(err)
	}
	y := &yamlReader{d: d, mark: mark, lines: yamlLines(data, mark)}
	var second yaml.Node
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, d.yamlFault(err)
	default:
		return nil, d.fault(y.offset(&second), "has a second document: a client reads one")
	}
	if d.Root, err = y.value(node.Content[0], place{indent: -1, after: mark}, 1); err != nil {
		return nil, err
	}
	return d, nil
}

const notYAML = "is not YAML"

// yamlReader turns the parser's nodes into those of this package. The parser
// knows where a value begins; the ends are found in the text.
type yamlReader struct {
	d     *Document
	mark  int
	lines []int
	// line, column and at are the last place that was asked for: on a long line
	// the next one is found from there.
	line, column, at int
	// aliased counts the nodes that aliases stand for.
	aliased int
}

// place is what encloses a value.
type place struct {
	// indent is the column of the innermost block collection, from 0, or -1.
	indent int
	// flow says that brackets enclose the value.
	flow bool
	// after is the end of what stands before the value: the place of an empty one.
	after int
}

func (y *yamlReader) value(n *yaml.Node, p place, depth int) (*Node, error) {
	start := y.offset(n)
	if depth > MaxDepth {
		return nil, y.d.fault(start, tooDeepMsg)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return y.alias(n, start, depth)
	case yaml.MappingNode:
		_, start = y.properties(start)
		return y.collection(n, Object, start, p, depth)
	case yaml.SequenceNode:
		_, start = y.properties(start)
		return y.collection(n, Array, start, p, depth)
	}
	return y.scalar(n, start, p)
}

func (y *yamlReader) collection(n *yaml.Node, kind Kind, start int, p place, depth int) (*Node, error) {
	out := &Node{Kind: kind, Start: start, End: start, Block: n.Style&yaml.FlowStyle == 0}
	inner := place{indent: p.indent, flow: p.flow || !out.Block, after: start}
	// A pair in a flow sequence is a mapping without braces.
	bracketed := !out.Block && start < len(y.d.Data) && strings.IndexByte("[{", y.d.Data[start]) >= 0
	if out.Block {
		inner.indent = y.columnOf(start)
	} else if bracketed {
		inner.after++
	}
	var err error
	if kind == Object {
		err = y.members(out, n, &inner, depth)
	} else {
		err = y.elements(out, n, &inner, depth)
	}
	if err != nil {
		return nil, err
	}
	out.End = max(start, inner.after)
	if bracketed {
		end := y.filler(inner.after, ",:?")
		if end >= len(y.d.Data) || strings.IndexByte("]}", y.d.Data[end]) < 0 {
			return nil, y.d.fault(start, notRead)
		}
		out.End = end + 1
	}
	return out, nil
}

const notRead = "is written in a way that is not read here: write it more simply"

func (y *yamlReader) elements(out *Node, n *yaml.Node, p *place, depth int) error {
	for _, child := range n.Content {
		if dash := y.filler(p.after, ""); out.Block && dash < len(y.d.Data) && y.d.Data[dash] == '-' {
			p.after = dash + 1
		}
		element, err := y.value(child, *p, depth+1)
		if err != nil {
			return err
		}
		out.Elements = append(out.Elements, element)
		p.after = max(p.after, element.End)
	}
	return nil
}

func (y *yamlReader) members(out *Node, n *yaml.Node, p *place, depth int) error {
	var merged []Member
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, err := y.value(n.Content[i], *p, depth+1)
		if err != nil {
			return err
		}
		if k.Kind == Object || k.Kind == Array {
			return y.d.fault(k.Start, "has a name that is not text")
		}
		p.after = max(p.after, k.End)
		if colon := y.filler(p.after, ""); colon < len(y.d.Data) && y.d.Data[colon] == ':' {
			p.after = colon + 1
		}
		value, err := y.value(n.Content[i+1], *p, depth+1)
		if err != nil {
			return err
		}
		p.after = max(p.after, value.End)
		if n.Content[i].ShortTag() == "!!merge" {
			if merged, err = y.merge(merged, value); err != nil {
				return err
			}
			continue
		}
		out.Members = append(out.Members, Member{Name: k.Text, NameStart: k.Start, NameEnd: k.End, Value: value})
	}
	own := map[string]bool{}
	for _, m := range out.Members {
		own[m.Name] = true
	}
	merged = slices.DeleteFunc(merged, func(m Member) bool { return own[m.Name] })
	out.Members = append(merged, out.Members...)
	return nil
}

// merge adds the members that << brings, of which the first with a name counts.
func (y *yamlReader) merge(merged []Member, value *Node) ([]Member, error) {
	sources := []*Node{value}
	if value.Kind == Array {
		sources = value.Elements
	}
	have := map[string]bool{}
	for _, m := range merged {
		have[m.Name] = true
	}
	for _, source := range sources {
		if source.Kind != Object {
			return nil, y.d.fault(value.Start, "merges something that is not an object")
		}
		for _, m := range source.Members {
			if !have[m.Name] {
				have[m.Name] = true
				merged = append(merged, Member{Name: m.Name, NameStart: value.Start, NameEnd: value.End, Value: m.Value})
			}
		}
	}
	return merged, nil
}

// alias copies what an anchor names.
func (y *yamlReader) alias(n *yaml.Node, start, depth int) (*Node, error) {
	end := propertyEnd(y.d.Data, start)
	return y.copied(n.Alias, start, end, depth)
}

// copied is a value whose every part has the same span.
func (y *yamlReader) copied(n *yaml.Node, start, end, depth int) (*Node, error) {
	if y.aliased++; y.aliased > maxAliased || depth > MaxDepth {
		return nil, y.d.fault(start, "has an alias that stands for too much")
	}
	out := &Node{Start: start, End: end, Block: n.Style&yaml.FlowStyle == 0}
	switch n.Kind {
	case yaml.AliasNode:
		return y.copied(n.Alias, start, end, depth+1)
	case yaml.SequenceNode:
		out.Kind = Array
		for _, child := range n.Content {
			element, err := y.copied(child, start, end, depth+1)
			if err != nil {
				return nil, err
			}
			out.Elements = append(out.Elements, element)
		}
	case yaml.MappingNode:
		out.Kind = Object
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, err := y.copied(n.Content[i], start, end, depth+1)
			if err != nil {
				return nil, err
			}
			if k.Kind == Object || k.Kind == Array {
				return nil, y.d.fault(start, "has a name that is not text")
			}
			value, err := y.copied(n.Content[i+1], start, end, depth+1)
			if err != nil {
				return nil, err
			}
			out.Members = append(out.Members, Member{Name: k.Text, NameStart: start, NameEnd: end, Value: value})
		}
	default:
		out.Block = false
		out.Kind, out.Text = scalarKind(n)
	}
	return out, nil
}

func scalarKind(n *yaml.Node) (Kind, string) {
	switch n.ShortTag() {
	case "!!null":
		return Null, ""
	case "!!bool":
		return Bool, strings.ToLower(n.Value)
	case "!!int", "!!float":
		return Number, n.Value
	}
	return String, n.Value
}

// grammar are the parser's errors about the order of what the scanner found.
var grammar = regexp.MustCompile(`did not find expected (key|'-' indicator|',' or|node content|<)`)

// yamlFault says where the text is no YAML. The parser's words may quote it.
func (d *Document) yamlFault(err error) *SyntaxError {
	fault := &SyntaxError{Line: 1, Column: 1, Msg: notYAML}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if n, scanErr := fmt.Sscanf(text, "line %d:", &fault.Line); scanErr != nil || n != 1 {
		fault.Line = 1 // the parser says none of the first line
	} else if grammar.MatchString(text) {
		fault.Line++ // of these errors it counts the lines from 0
	}
	fault.Line = min(fault.Line, len(d.lines))
	for _, known := range []struct{ theirs, ours string }{
		{"unknown anchor", "has an alias of an anchor that is not there"},
		{"cannot start any token", "has a character that begins no value"},
		{"mapping values are not allowed", "has a colon where none can be: put the text in quotes"},
		{"did not find expected key", "want a name and a colon: the indentation differs, or a line is not a pair"},
		{"did not find expected '-'", "want a dash: the indentation differs"},
		{"expected ',' or ']'", "want a comma or a closing bracket"},
		{"expected ',' or '}'", "want a comma or a closing brace"},
		{"could not find expected ':'", "want a colon after the name"},
		{"unexpected end of stream", "ends too early: a quote is not closed"},
		{"tab character", "has a tab in its indentation"},
		{"control characters", "has a control character"},
		{"escape", "has an escape that YAML does not have"},
		{"document start", "has more text after its end"},
	} {
		if strings.Contains(text, known.theirs) {
			fault.Msg = known.ours
			break
		}
	}
	return fault
}
