package tree

import (
	"errors"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// TOML reads TOML. A table that is written as [a.b] is a member of a, wherever
// in the text it stands; see Node.Spread. An error is a *SyntaxError.
func TOML(data []byte) (*Document, error) {
	d, mark, err := newDocument(data)
	if err != nil {
		return nil, err
	}
	t := &tomlReader{
		d: d, mark: mark, text: data[mark:],
		members: map[*Node]map[string]int{}, touched: map[*Node]int{},
		origins: map[*Node]origin{},
	}
	d.Root = &Node{Kind: Object, Block: true, End: len(data)}
	if err := t.read(); err != nil {
		return nil, err
	}
	return d, nil
}

type tomlReader struct {
	d    *Document
	mark int
	// text is the document behind its byte order mark.
	text   []byte
	parser unstable.Parser
	// members index those of each object, and touched is the last statement that
	// added something to a node.
	members   map[*Node]map[string]int
	touched   map[*Node]int
	statement int
	// origins say how tables came to be, which decides who may add to them.
	origins map[*Node]origin
}

// origin is how a table came to be.
type origin int

const (
	// passed through by a header of a table inside it
	passed origin = iota
	headed
	dotted
)

func (t *tomlReader) read() error {
	t.parser.Reset(t.text)
	// chain leads from the root to the table to which statements add.
	chain := []*Node{t.d.Root}
	for t.parser.NextExpression() {
		t.statement++
		var err error
		switch e := t.parser.Expression(); e.Kind {
		case unstable.Table, unstable.ArrayTable:
			chain, err = t.table(e)
		case unstable.KeyValue:
			err = t.keyValue(chain, e)
		}
		if err != nil {
			return err
		}
	}
	if err := t.parser.Error(); err != nil {
		return t.parseFault(err)
	}
	return nil
}

// key is one part of a dotted name.
type key struct {
	name       string
	start, end int
}

func (t *tomlReader) keys(n *unstable.Node) ([]key, error) {
	var keys []key
	for it := n.Key(); it.Next(); {
		k := it.Node()
		start := t.mark + int(k.Raw.Offset)
		keys = append(keys, key{string(k.Data), start, start + int(k.Raw.Length)})
		if len(keys) > MaxDepth {
			return nil, t.d.fault(start, tooDeepMsg)
		}
	}
	return keys, nil
}

// table opens the table of a header.
func (t *tomlReader) table(e *unstable.Node) ([]*Node, error) {
	keys, err := t.keys(e)
	if err != nil {
		return nil, err
	}
	last := keys[len(keys)-1]
	start := t.headerStart(keys[0].start)
	end := t.headerEnd(last.end)
	chain, err := t.descend([]*Node{t.d.Root}, keys[:len(keys)-1], passed)
	if err != nil {
		return nil, err
	}
	parent := chain[len(chain)-1]
	found := t.member(parent, last.name)
	if e.Kind == unstable.ArrayTable {
		if found == nil {
			found = &Node{Kind: Array, Block: true, Start: start, End: end}
			t.add(parent, last, found)
		}
		if found.Kind != Array || !found.Block {
			return nil, t.d.fault(last.start, definedTwice)
		}
		element := &Node{Kind: Object, Block: true, Start: start, End: end}
		found.Elements = append(found.Elements, element)
		chain = append(chain, found, element)
	} else {
		if found == nil {
			found = &Node{Kind: Object, Block: true, Start: start, End: end}
			t.add(parent, last, found)
		}
		if found.Kind != Object || !found.Block || t.origins[found] != passed {
			return nil, t.d.fault(last.start, definedTwice)
		}
		t.origins[found] = headed
		chain = append(chain, found)
	}
	t.touch(chain, start, end)
	return chain, nil
}

const notANumber = "has a number or a date that TOML does not have"

const definedTwice = "the name is defined twice"

// descend follows names into tables, and makes those that are not there. Only
// dotted names add to a table that dotted names have made.
func (t *tomlReader) descend(chain []*Node, keys []key, by origin) ([]*Node, error) {
	chain = slices.Clone(chain)
	for _, k := range keys {
		parent := chain[len(chain)-1]
		n := t.member(parent, k.name)
		if n == nil {
			n = &Node{Kind: Object, Block: true, Start: k.start, End: k.end}
			t.add(parent, k, n)
			t.origins[n] = by
		}
		chain = append(chain, n)
		if by == dotted && t.origins[n] != dotted {
			return nil, t.d.fault(k.start, definedTwice)
		}
		if n.Kind == Array && n.Block {
			n = n.Elements[len(n.Elements)-1]
			chain = append(chain, n)
		}
		if n.Kind != Object || !n.Block {
			return nil, t.d.fault(k.start, definedTwice)
		}
		if len(chain) > MaxDepth {
			return nil, t.d.fault(k.start, tooDeepMsg)
		}
	}
	return chain, nil
}

// keyValue adds the value of a statement to the table at the end of chain.
func (t *tomlReader) keyValue(chain []*Node, e *unstable.Node) error {
	keys, err := t.keys(e)
	if err != nil {
		return err
	}
	last := keys[len(keys)-1]
	chain, err = t.descend(chain, keys[:len(keys)-1], dotted)
	if err != nil {
		return err
	}
	parent := chain[len(chain)-1]
	if t.member(parent, last.name) != nil {
		return t.d.fault(last.start, definedTwice)
	}
	value, err := t.value(e.Value(), t.valueStart(last.end), len(chain))
	if err != nil {
		return err
	}
	t.add(parent, last, value)
	t.touch(chain, keys[0].start, value.End)
	return nil
}

func (t *tomlReader) member(parent *Node, name string) *Node {
	if i, ok := t.members[parent][name]; ok {
		return parent.Members[i].Value
	}
	return nil
}

func (t *tomlReader) add(parent *Node, k key, value *Node) {
	if t.members[parent] == nil {
		t.members[parent] = map[string]int{}
	}
	t.members[parent][k.name] = len(parent.Members)
	parent.Members = append(parent.Members, Member{Name: k.name, NameStart: k.start, NameEnd: k.end, Value: value})
}

// touch lets the nodes of chain grow to the end of the statement, where the
// statement before it was theirs, too.
func (t *tomlReader) touch(chain []*Node, start, end int) {
	for _, n := range chain[1:] {
		switch last, ok := t.touched[n]; {
		case !ok:
			n.Start, n.End = start, end
		case last == t.statement-1 && !n.Spread:
			n.End = end
		case last != t.statement:
			n.Spread = true
		}
		t.touched[n] = t.statement
	}
}

// parseFault says where the text is no TOML. The parser's own words quote it.
func (t *tomlReader) parseFault(err error) *SyntaxError {
	at := len(t.text)
	if perr, ok := errors.AsType[*unstable.ParserError](err); ok && perr.Highlight != nil {
		at = min(at, max(0, cap(t.text)-cap(perr.Highlight)))
	}
	return t.d.fault(t.mark+at, tomlMsg(err))
}

func tomlMsg(err error) string {
	for _, known := range []struct{ theirs, ours string }{
		{"already", definedTwice},
		{"incomplete", "ends too early: a bracket is not closed"},
		{"end of input", "ends too early"},
		{"not terminated", "ends too early: a string is not closed"},
		{"unterminated", "ends too early: a string is not closed"},
		{"underscore", notANumber},
		{"'=' after key", "want = after the name"},
		{"newline", "want the end of the line"},
		{"start of value", "want a value"},
		{"start of key", "want a name"},
		{"array value", "want a comma or a closing bracket after the value"},
		{"inline table", "want a comma or a closing brace after the value"},
		{"close table name", "want ] after the name of the table"},
		{"close array table name", "want ]] after the name of the table"},
		{"escape", "has an escape that TOML does not have"},
	} {
		if strings.Contains(err.Error(), known.theirs) {
			return known.ours
		}
	}
	return "is not TOML"
}
