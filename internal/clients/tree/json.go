package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// JSON reads JSON in which comments and commas behind the last member are
// allowed, as editors write it. An error is a *SyntaxError.
func JSON(data []byte) (*Document, error) {
	d, mark, err := newDocument(data)
	if err != nil {
		return nil, err
	}
	text := data[mark:]
	if last := text[bytes.LastIndexByte(text, '\n')+1:]; bytes.Contains(last, []byte("//")) {
		// The parser wants the end of a line behind a comment.
		text = append(slices.Clip(text), '\n')
	}
	if blank(text) {
		d.Root = &Node{Start: len(data), End: len(data)}
		return d, nil // some clients make an empty file, and start nothing then
	}
	if at := tooDeep(text); at >= 0 {
		return nil, d.fault(mark+at, tooDeepMsg)
	}
	value, err := hujson.Parse(text)
	if err != nil {
		return nil, jsonFault(err, mark)
	}
	d.Root = jsonNode(value, mark)
	return d, nil
}

var tooDeepMsg = fmt.Sprintf("is nested deeper than %d levels", MaxDepth)

// jsonNode moves all offsets by the length of a byte order mark.
func jsonNode(value hujson.Value, mark int) *Node {
	n := &Node{Start: mark + value.StartOffset, End: mark + value.EndOffset}
	switch v := value.Value.(type) {
	case *hujson.Object:
		n.Kind = Object
		for _, m := range v.Members {
			name, _ := m.Name.Value.(hujson.Literal) // the parser takes no other name
			n.Members = append(n.Members, Member{
				Name:      name.String(),
				NameStart: mark + m.Name.StartOffset,
				NameEnd:   mark + m.Name.EndOffset,
				Value:     jsonNode(m.Value, mark),
			})
		}
	case *hujson.Array:
		n.Kind = Array
		for _, element := range v.Elements {
			n.Elements = append(n.Elements, jsonNode(element, mark))
		}
	case hujson.Literal:
		n.Kind, n.Text = literalKind(v), v.String()
	}
	return n
}

func literalKind(l hujson.Literal) Kind {
	switch l.Kind() {
	case 't', 'f':
		return Bool
	case '0':
		return Number
	case '"':
		return String
	}
	return Null
}

// blank reports whether text is white space and comments only.
func blank(text []byte) bool {
	return hujson.Extra(text).IsValid()
}

// tooDeep is the offset of the bracket that is one too many, or -1. It looks at
// brackets outside strings and comments only, so it needs no stack.
func tooDeep(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			if depth++; depth > MaxDepth {
				return i
			}
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '/':
			i = skipComment(text, i)
		}
	}
	return -1
}

// skipComment returns the last byte of the comment that begins at i, or i.
func skipComment(text []byte, i int) int {
	var end string
	switch rest := text[i:]; {
	case bytes.HasPrefix(rest, []byte("//")):
		end = "\n"
	case bytes.HasPrefix(rest, []byte("/*")):
		end = "*/"
	default:
		return i
	}
	if n := bytes.Index(text[i+2:], []byte(end)); n >= 0 {
		return i + 2 + n + len(end) - 1
	}
	return len(text)
}

// jsonFault says what hujson found in words of its own: the parser's error
// quotes the text.
func jsonFault(err error, mark int) *SyntaxError {
	fault := &SyntaxError{Line: 1, Column: 1, Msg: "is not JSON"}
	// The parser's error begins with the place. Without one the text is still
	// named as a whole.
	if n, scanErr := fmt.Sscanf(err.Error(), "hujson: line %d, column %d:", &fault.Line, &fault.Column); scanErr != nil || n != 2 {
		fault.Line, fault.Column = 1, 1
	}
	if fault.Line == 1 {
		fault.Column += mark
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		fault.Msg = "ends too early: a bracket, a string or a comment is not closed"
		return fault
	}
	for _, known := range []struct{ theirs, ours string }{
		{"at start of object name", "want a name in double quotes"},
		{"after object name", "want a colon after the name"},
		{"after object value", "want a comma or a closing brace after the value"},
		{"after array value", "want a comma or a closing bracket after the value"},
		{"after top-level value", "has more text after its end"},
		{"in line comment", "has a line separator in a comment"},
		{"at start of value", "want a value: a string in double quotes, a number, true, false, null, an object or a list"},
		{"invalid literal", "has a string, a number or a word that JSON does not have"},
	} {
		if strings.Contains(err.Error(), known.theirs) {
			fault.Msg = known.ours
			break
		}
	}
	return fault
}
