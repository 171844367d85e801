package tree

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// offset is where the parser says that n begins. The parser counts lines and
// characters.
func (y *yamlReader) offset(n *yaml.Node) int {
	line, column := max(1, min(n.Line, len(y.lines))), n.Column-1
	at, from := y.lines[line-1], 0
	if line == y.line && column >= y.column {
		at, from = y.at, y.column
	}
	for ; from < column && at < len(y.d.Data); from++ {
		_, size := utf8.DecodeRune(y.d.Data[at:])
		at += size
	}
	y.line, y.column, y.at = line, from, at
	return at
}

// columnOf is the number of characters before an offset in its line.
func (y *yamlReader) columnOf(at int) int {
	start := y.mark
	for i := at; i > y.mark; i-- {
		if isBreakBefore(y.d.Data, i) {
			start = i
			break
		}
	}
	return utf8.RuneCount(y.d.Data[start:at])
}

// properties returns where the anchor and the tag of a value end, and where the
// value behind them begins.
func (y *yamlReader) properties(at int) (end, value int) {
	data := y.d.Data
	end, value = at, at
	for value < len(data) && (data[value] == '&' || data[value] == '!') {
		end = propertyEnd(data, value)
		value = y.filler(end, "")
	}
	return end, value
}

// propertyEnd is the end of the anchor, the alias or the tag that begins at i.
func propertyEnd(data []byte, i int) int {
	more := "_-"
	if data[i] == '!' {
		if bytes.HasPrefix(data[i:], []byte("!<")) {
			if n := bytes.IndexByte(data[i:], '>'); n > 0 {
				return i + n + 1
			}
		}
		more = "_-;/?:@&=+$,.!~*'()[]%"
	}
	for i++; i < len(data); i++ {
		c := data[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && strings.IndexByte(more, c) < 0 {
			break
		}
	}
	return i
}

// filler is the first byte at or behind i that is no white space, no comment and
// none of more.
func (y *yamlReader) filler(i int, more string) int {
	data := y.d.Data
	for i < len(data) {
		switch c := data[i]; {
		case c == ' ' || c == '\t' || strings.IndexByte(more, c) >= 0:
			i++
		case breakAt(data, i) > 0:
			i += breakAt(data, i)
		case c == '#':
			for i < len(data) && breakAt(data, i) == 0 {
				i++
			}
		default:
			return i
		}
	}
	return i
}

// scalar finds the end of a scalar and makes sure of it.
func (y *yamlReader) scalar(n *yaml.Node, start int, p place) (*Node, error) {
	out := &Node{}
	out.Kind, out.Text = scalarKind(n)
	quoted := n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	tagEnd, valueStart := y.properties(start)
	if n.Value == "" && !quoted {
		out.Start = p.after
		if tagEnd > start {
			out.Start = max(p.after, tagEnd)
		}
		out.End = out.Start
		return out, nil
	}
	start = valueStart
	out.Start = start
	data := y.d.Data
	var first byte
	if start < len(data) {
		first = data[start]
	}
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0 && first == '"':
		out.End = quoteEnd(data, start, '"')
	case n.Style&yaml.SingleQuotedStyle != 0 && first == '\'':
		out.End = quoteEnd(data, start, '\'')
	case n.Style&yaml.LiteralStyle != 0 && first == '|', n.Style&yaml.FoldedStyle != 0 && first == '>':
		out.End = y.blockEnd(start, p.indent)
	case !quoted:
		out.End = y.plainEnd(start, p)
	}
	if out.End <= start || !sure(n, data[start:out.End], p.flow) {
		return nil, y.d.fault(start, notRead)
	}
	return out, nil
}

// sure reports whether text, read by itself, is n.
func sure(n *yaml.Node, text []byte, flow bool) bool {
	switch text[0] {
	case '|', '>':
		header, _, _ := bytes.Cut(text, []byte("\n"))
		if bytes.ContainsAny(header, "123456789") {
			return true // its indentation counts from what encloses it
		}
	case '"':
		if !bytes.ContainsAny(text, "\\\r\n") && string(text[1:len(text)-1]) == n.Value {
			return true
		}
	default:
		if string(text) == n.Value {
			return true
		}
	}
	if flow {
		text = slices.Concat([]byte("["), text, []byte("]"))
	}
	var again yaml.Node
	if err := yaml.Unmarshal(text, &again); err != nil || len(again.Content) != 1 {
		return false
	}
	value := again.Content[0]
	if flow {
		if len(value.Content) != 1 {
			return false
		}
		value = value.Content[0]
	}
	return value.Kind == yaml.ScalarNode && value.Value == n.Value
}

// quoteEnd is behind the closing quote of the string that begins at start.
func quoteEnd(data []byte, start int, quote byte) int {
	for i := start + 1; i < len(data); i++ {
		switch {
		case quote == '"' && data[i] == '\\':
			i++
		case data[i] == quote && quote == '\'' && i+1 < len(data) && data[i+1] == quote:
			i++
		case data[i] == quote:
			return i + 1
		}
	}
	return 0
}

// plainEnd is the end of a text without quotes, which may go on in the next
// lines.
func (y *yamlReader) plainEnd(start int, p place) int {
	data := y.d.Data
	end, i := start, start
	blank := func(i int) bool {
		return i >= len(data) || data[i] == ' ' || data[i] == '\t' || breakAt(data, i) > 0
	}
	for i < len(data) {
		if data[i] == '#' || y.documentMark(i) {
			break
		}
		for !blank(i) {
			if data[i] == ':' && blank(i+1) || p.flow && strings.IndexByte(",?[]{}", data[i]) >= 0 {
				return end
			}
			i++
			end = i
		}
		broken := false
		for i < len(data) && blank(i) {
			if n := breakAt(data, i); n > 0 {
				broken = true
				i += n
			} else {
				i++
			}
		}
		if broken && !p.flow && y.columnOf(i) < p.indent+1 {
			break
		}
	}
	return end
}

// documentMark reports whether a line that begins at i is --- or ....
func (y *yamlReader) documentMark(i int) bool {
	data := y.d.Data
	if i != y.mark && !isBreakBefore(data, i) {
		return false
	}
	if rest := data[i:]; bytes.HasPrefix(rest, []byte("---")) || bytes.HasPrefix(rest, []byte("...")) {
		return i+3 >= len(data) || data[i+3] == ' ' || data[i+3] == '\t' || breakAt(data, i+3) > 0
	}
	return false
}
