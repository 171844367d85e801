package wrap

import (
	"bytes"
	"errors"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// errForm is about a text that means something clear and is written in a way
// that no change here knows how to keep.
var errForm = errors.New("is written in a form that cannot be changed safely: put the command and each argument between quotes, on lines of their own")

const blanks = " \t\r\n"

// lineStart is where the line of an offset begins.
func (p *plan) lineStart(at int) int { return bytes.LastIndexByte(p.doc.Data[:at], '\n') + 1 }

// before is the text between the begin of the line and an offset.
func (p *plan) before(at int) string { return string(p.doc.Data[p.lineStart(at):at]) }

// between is the text from one offset to another.
func (p *plan) between(start, end int) string { return string(p.doc.Data[start:max(start, end)]) }

// newline is how lines end around an offset.
func (p *plan) newline(at int) string {
	data := p.doc.Data
	i := bytes.IndexByte(data[at:], '\n') + at
	if i < at {
		i = bytes.LastIndexByte(data[:at], '\n')
	}
	if i > 0 && data[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

func blank(s string) bool { return strings.Trim(s, blanks) == "" }

// leading is the white space with which s begins.
func leading(s string) string { return s[:len(s)-len(strings.TrimLeft(s, " \t"))] }

// lastLine is what stands behind the last line feed, and whether there is one.
func lastLine(s string) (string, bool) {
	i := strings.LastIndexByte(s, '\n')
	return s[i+1:], i >= 0
}

// prepend puts strings before the elements of an array. Each is as raw has it,
// or is quoted.
func (p *plan) prepend(array *tree.Node, items []item, compact bool) error {
	var err error
	if array.Block {
		err = p.prependLines(array, items)
	} else {
		p.prependTokens(array, items, compact)
	}
	var values []*value
	for _, it := range items {
		values = append(values, text(it.text))
	}
	v := p.values[array]
	v.elements = append(values, v.elements...)
	return err
}

// item is a string with the token in which it was written, if it was.
type item struct{ text, raw string }

// token is an item for an array in whose quotes it shall stand.
func (p *plan) token(it item, like string, block bool) string {
	if it.raw != "" && movable(p.format.Syntax, it.raw, block) {
		return it.raw
	}
	return quote(p.format.Syntax, it.text, like)
}

func (p *plan) tokens(items []item, like string, block bool) []string {
	list := make([]string, len(items))
	for i, it := range items {
		list[i] = p.token(it, like, block)
	}
	return list
}

// like is a token whose quotes new ones shall have: the first of the array, or
// the one that is moved.
func (p *plan) like(array *tree.Node, items []item) string {
	if array != nil && len(array.Elements) > 0 {
		return p.raw(array.Elements[0])
	}
	return items[len(items)-1].raw
}

func (p *plan) prependTokens(array *tree.Node, items []item, compact bool) {
	tokens := p.tokens(items, p.like(array, items), false)
	if len(array.Elements) == 0 {
		inner := p.between(array.Start+1, array.End-1)
		closing, several := lastLine(inner)
		if !several {
			p.replace(array.Start+1, array.Start+1, strings.Join(tokens, comma(compact)))
			return
		}
		indent := leading(closing) + p.unit()
		start := p.newline(array.Start) + indent
		p.replace(array.Start+1, array.Start+1, start+strings.Join(tokens, ","+start))
		return
	}
	first := array.Elements[0]
	separator := p.separator(array, compact)
	p.replace(first.Start, first.Start, strings.Join(tokens, separator)+separator)
}

// separator is what stands between the elements of an array.
func (p *plan) separator(array *tree.Node, compact bool) string {
	first := array.Elements[0]
	if indent, several := lastLine(p.between(array.Start+1, first.Start)); several {
		return "," + p.newline(array.Start) + leading(indent)
	}
	if len(array.Elements) > 1 {
		gap := p.between(first.End, array.Elements[1].Start)
		if !strings.Contains(gap, "\n") && strings.Trim(gap, " \t") == "," {
			return gap
		}
	}
	return comma(compact)
}

func comma(compact bool) string {
	if compact {
		return ","
	}
	return ", "
}

func (p *plan) prependLines(array *tree.Node, items []item) error {
	if len(array.Elements) == 0 {
		return errForm
	}
	first := array.Elements[0]
	dash, ok := p.dash(first)
	if !ok {
		return errForm
	}
	indent := p.before(dash)
	if strings.Trim(indent, " ") != "" {
		return errForm
	}
	space := p.between(dash+1, first.Start)
	if strings.Trim(space, " ") != "" || space == "" {
		space = " "
	}
	var b strings.Builder
	for _, token := range p.tokens(items, p.like(array, items), true) {
		b.WriteString("-" + space + token + p.newline(dash) + indent)
	}
	p.replace(dash, dash, b.String())
	return nil
}

// dash is where the dash before an element of a YAML list stands.
func (p *plan) dash(element *tree.Node) (int, bool) {
	head := bytes.TrimRight(p.doc.Data[:element.Start], blanks)
	return len(head) - 1, bytes.HasSuffix(head, []byte("-"))
}

// unit is one step of indentation: that of the first indented line.
func (p *plan) unit() string {
	for row := range bytes.Lines(p.doc.Data) {
		if indent := leading(string(row)); indent != "" && !blank(string(row)) {
			if indent[0] == '\t' {
				return "\t"
			}
			return indent
		}
	}
	return "  "
}

// compact reports whether no space follows the colon of a member.
func (p *plan) compact(m tree.Member) bool {
	return p.format.Syntax == clients.SyntaxJSON && p.colon(m) == ":"
}

// colon is what stands between the name and the value of a member.
func (p *plan) colon(m tree.Member) string {
	gap := p.between(m.NameEnd, m.Value.Start)
	sign := ":"
	if p.format.Syntax == clients.SyntaxTOML {
		sign = "="
	}
	switch {
	case strings.Trim(gap, " \t") == sign:
		return gap
	case sign == "=":
		return " = "
	}
	return ": "
}
