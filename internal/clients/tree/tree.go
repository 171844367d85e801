// Package tree reads JSON with comments, TOML and YAML into one form that says
// where each value stands in the text, so that a change of one value can leave
// every other byte as it is.
package tree

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Kind is what a node is.
type Kind int

// Kinds of nodes. Dates of TOML and tagged values of YAML are strings.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is one value.
type Node struct {
	Kind Kind
	// Start and End are the bytes of the value in Document.Data, quotes, brackets
	// and braces included.
	Start, End int
	// Text is the value of a string, decoded, and a number or a boolean as it is
	// written.
	Text string
	// Members are those of an object in their order. A name may be there twice.
	Members []Member
	// Elements are those of an array.
	Elements []*Node
	// Block says that an object or an array stands without brackets, as tables of
	// TOML and indented collections of YAML do: its members stand on lines of
	// their own, with no commas between them.
	Block bool
	// Spread says that the parts of an object or an array stand at several places
	// of a TOML text, with other things between them. Start and End are those of
	// the first part.
	Spread bool
}

// Member is a name with its value.
type Member struct {
	Name string
	// NameStart and NameEnd are the bytes of the name, quotes included.
	NameStart, NameEnd int
	Value              *Node
}

// Get returns the value behind a path of names, or nil. Of a name that is there
// twice it takes the last, as most readers do.
func (n *Node) Get(path ...string) *Node {
	for _, name := range path {
		if n == nil {
			return nil
		}
		var found *Node
		for _, m := range n.Members {
			if m.Name == name {
				found = m.Value
			}
		}
		n = found
	}
	return n
}

// Document is a whole text.
type Document struct {
	Data []byte
	// Root is a null where the text holds nothing but white space and comments.
	Root *Node

	// lines are the offsets at which lines begin.
	lines []int
}

// MaxDepth is how deep values may be nested. A text that is nested deeper is a
// SyntaxError: what reads it must not run out of stack.
const MaxDepth = 100

// Place is the line and the column, in bytes, of an offset into Data; both begin
// with 1.
func (d *Document) Place(offset int) (line, column int) {
	offset = max(0, min(offset, len(d.Data)))
	lines := d.lines
	if lines == nil {
		lines = lineStarts(d.Data)
	}
	line, found := slices.BinarySearch(lines, offset)
	if found {
		line++
	}
	return line, offset - lines[line-1] + 1
}

// SyntaxError says where a text is not what it should be. It quotes nothing of
// the text, which may hold secrets.
type SyntaxError struct {
	Line, Column int
	Msg          string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Msg) }

// byteOrderMark begins texts of some Windows editors.
const byteOrderMark = "\ufeff"

// newDocument returns data without a tree, and how many of its first bytes are a
// byte order mark. An error is a *SyntaxError.
func newDocument(data []byte) (d *Document, mark int, err error) {
	d = &Document{Data: data, lines: lineStarts(data)}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, 0, d.fault(0, "is UTF-16: save it as UTF-8")
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return nil, 0, d.fault(i, "is not UTF-8")
		}
		i += size
	}
	if bytes.HasPrefix(data, []byte(byteOrderMark)) {
		mark = len(byteOrderMark)
	}
	return d, mark, nil
}

func (d *Document) fault(offset int, msg string) *SyntaxError {
	line, column := d.Place(offset)
	return &SyntaxError{Line: line, Column: column, Msg: msg}
}

func lineStarts(data []byte) []int {
	lines := []int{0}
	for i, c := range data {
		if c == '\n' {
			lines = append(lines, i+1)
		}
	}
	return lines
}
