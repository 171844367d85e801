package wrap

import (
	"cmp"
	"slices"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// value is what a node means, apart from where it stands. An edit changes the
// text and, in words of its own, the value; both must come out the same.
type value struct {
	kind     tree.Kind
	text     string
	members  []member
	elements []*value
}

type member struct {
	name  string
	value *value
}

// valueOf copies n. nodes gets the value of each node.
func valueOf(n *tree.Node, nodes map[*tree.Node]*value) *value {
	v := &value{kind: n.Kind, text: n.Text}
	for _, m := range n.Members {
		v.members = append(v.members, member{m.Name, valueOf(m.Value, nodes)})
	}
	for _, e := range n.Elements {
		v.elements = append(v.elements, valueOf(e, nodes))
	}
	if nodes != nil {
		nodes[n] = v
	}
	return v
}

func text(s string) *value { return &value{kind: tree.String, text: s} }

// same compares values. The order of the members of an object means nothing,
// except among those of one name.
func same(a, b *value) bool {
	return a.kind == b.kind && a.text == b.text &&
		slices.EqualFunc(a.sorted(), b.sorted(), func(a, b member) bool { return a.name == b.name && same(a.value, b.value) }) &&
		slices.EqualFunc(a.elements, b.elements, same)
}

func (v *value) sorted() []member {
	members := slices.Clone(v.members)
	slices.SortStableFunc(members, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return members
}

func (v *value) remove(name string) {
	v.members = slices.DeleteFunc(v.members, func(m member) bool { return m.name == name })
}

func (v *value) rename(from, to string) {
	for i := range v.members {
		if v.members[i].name == from {
			v.members[i].name = to
		}
	}
}
