package tree

import (
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// value reads a value that begins at start. The parser says where scalars are,
// and not where brackets close.
func (t *tomlReader) value(n *unstable.Node, start, depth int) (*Node, error) {
	if depth > MaxDepth {
		return nil, t.d.fault(start, tooDeepMsg)
	}
	v := &Node{Start: start, End: start + int(n.Raw.Length), Text: string(n.Data)}
	switch n.Kind {
	case unstable.Array:
		v.Kind, v.Text = Array, ""
		at := start + 1
		for it := n.Children(); it.Next(); {
			element, err := t.value(it.Node(), t.filler(at), depth+1)
			if err != nil {
				return nil, err
			}
			v.Elements = append(v.Elements, element)
			at = element.End
		}
		v.End = t.filler(at) + 1
	case unstable.InlineTable:
		v.Kind, v.Text = Object, ""
		at := start + 1
		for it := n.Children(); it.Next(); {
			end, err := t.inline(v, it.Node(), depth)
			if err != nil {
				return nil, err
			}
			at = end
		}
		v.End = t.filler(at) + 1
	case unstable.Bool:
		v.Kind = Bool
	case unstable.Integer, unstable.Float:
		v.Kind, v.Text = Number, string(t.d.Data[v.Start:v.End])
		return v, t.checkLiteral(v)
	case unstable.String:
		v.Kind = String
	default: // dates and times
		v.Kind = String
		return v, t.checkLiteral(v)
	}
	return v, nil
}

// inline adds one pair of an inline table, and returns where it ends.
func (t *tomlReader) inline(table *Node, e *unstable.Node, depth int) (int, error) {
	keys, err := t.keys(e)
	if err != nil {
		return 0, err
	}
	last := keys[len(keys)-1]
	parent := table
	for _, k := range keys[:len(keys)-1] {
		n := t.member(parent, k.name)
		if n == nil {
			n = &Node{Kind: Object, Block: true, Start: k.start, End: k.end}
			t.add(parent, k, n)
		}
		if depth++; n.Kind != Object || !n.Block {
			return 0, t.d.fault(k.start, definedTwice)
		}
		parent = n
	}
	if t.member(parent, last.name) != nil {
		return 0, t.d.fault(last.start, definedTwice)
	}
	value, err := t.value(e.Value(), t.valueStart(last.end), depth+1)
	if err != nil {
		return 0, err
	}
	t.add(parent, last, value)
	for n := table; n != parent; n = n.Members[len(n.Members)-1].Value {
		if next := n.Members[len(n.Members)-1].Value; next.Block {
			next.End = value.End
		}
	}
	return value.End, nil
}

// headerStart is the first bracket of a header whose first name begins at i.
func (t *tomlReader) headerStart(i int) int {
	for i > t.mark && strings.IndexByte("[ \t", t.d.Data[i-1]) >= 0 {
		i--
	}
	for t.d.Data[i] != '[' {
		i++
	}
	return i
}

// headerEnd is behind the last bracket of a header whose last name ends at i.
func (t *tomlReader) headerEnd(i int) int {
	for i < len(t.d.Data) && strings.IndexByte("] \t", t.d.Data[i]) >= 0 {
		i++
	}
	for t.d.Data[i-1] != ']' {
		i--
	}
	return i
}

// valueStart is where the value of a name that ends at i begins.
func (t *tomlReader) valueStart(i int) int {
	for i < len(t.d.Data) && strings.IndexByte("= \t", t.d.Data[i]) >= 0 {
		i++
	}
	return i
}

// filler is the first byte at or behind i that is no white space, comma or
// comment.
func (t *tomlReader) filler(i int) int {
	for ; i < len(t.d.Data); i++ {
		switch t.d.Data[i] {
		case ' ', '\t', '\r', '\n', ',':
		case '#':
			for i+1 < len(t.d.Data) && t.d.Data[i+1] != '\n' {
				i++
			}
		default:
			return i
		}
	}
	return len(t.d.Data) - 1
}

// checkLiteral lets the decoder look at a number or a date, of which the parser
// finds no more than the end. It is not asked about the whole text: the time it
// takes for a text grows with the square of the length.
func (t *tomlReader) checkLiteral(v *Node) error {
	var decoded map[string]any
	if err := toml.Unmarshal(append([]byte("v="), t.d.Data[v.Start:v.End]...), &decoded); err != nil {
		return t.d.fault(v.Start, notANumber)
	}
	return nil
}
