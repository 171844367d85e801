package clients

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Entries are the servers in the tree of a client's file, in the order of the
// file. Of several with the same name only the last is there, as it is the one
// that counts. A file of a client with a form of its own, which no change is
// made to, has none: ToolHive's, Docker's, and XML. root may be nil.
func Entries(root *tree.Node, c Client) []Entry {
	entries, _ := dialectOf(c).entries(root)
	return entries
}

// entries returns those that count, and those that a later one with the same
// name replaces.
func (d *dialect) entries(root *tree.Node) (count, replaced []Entry) {
	if root == nil || d.read != nil {
		return nil, nil
	}
	for _, path := range d.containers {
		if len(path) == 0 && slices.ContainsFunc(d.containers, func(other []string) bool {
			return len(other) > 0 && root.Get(other...) != nil
		}) {
			continue // the root lists servers only where nothing else does
		}
		for _, found := range follow(root, path, nil) {
			all := d.listed(found)
			last := map[string]int{}
			for i, e := range all {
				last[e.Name] = i
			}
			for i, e := range all {
				// An array may hold two of the same name, and both are started.
				if found.node.Kind == tree.Object && last[e.Name] != i {
					replaced = append(replaced, e)
				} else {
					count = append(count, e)
				}
			}
		}
	}
	return count, replaced
}

// container is an object or an array that lists servers.
type container struct {
	node    *tree.Node
	path    []string
	project string
}

// follow returns the containers behind path, whose stars are any name.
func follow(n *tree.Node, path, walked []string) []container {
	if n == nil {
		return nil
	}
	if len(path) == 0 {
		if n.Kind != tree.Object && (n.Kind != tree.Array || len(walked) == 0) {
			return nil
		}
		return []container{{node: n, path: walked}}
	}
	if path[0] != "*" {
		return follow(n.Get(path[0]), path[1:], append(slices.Clip(walked), path[0]))
	}
	var all []container
	last := map[string]int{}
	for i, m := range n.Members {
		last[m.Name] = i
	}
	for i, m := range n.Members {
		if last[m.Name] != i {
			continue
		}
		for _, c := range follow(m.Value, path[1:], append(slices.Clip(walked), m.Name)) {
			c.project = m.Name
			all = append(all, c)
		}
	}
	return all
}

// listed are the entries of one container.
func (d *dialect) listed(c container) []Entry {
	var entries []Entry
	add := func(name string, node *tree.Node, start, end int) {
		if d.skip != nil && d.skip(node) {
			return
		}
		e := Entry{
			Name: name, Node: node, Launch: node, Fields: d.fields,
			Container: c.node, Path: c.path, Project: c.project, NameStart: start, NameEnd: end,
		}
		if d.launch != nil {
			e.Launch, e.Fields = d.launch(node, d.fields)
		}
		entries = append(entries, e)
	}
	for _, m := range c.node.Members {
		if len(c.path) == 0 && m.Value.Kind != tree.Object {
			continue
		}
		add(m.Name, m.Value, m.NameStart, m.NameEnd)
	}
	for i, element := range c.node.Elements {
		name := fmt.Sprintf("%s[%d]", c.path[len(c.path)-1], i)
		for _, field := range []string{"name", "id", "uses"} {
			if n := element.Get(field); n != nil && n.Kind == tree.String && n.Text != "" {
				name = n.Text
				break
			}
		}
		add(name, element, 0, 0)
	}
	return entries
}

// field is the value of a field, whose name may lead into objects with dots. It
// is nil where n has none, or null.
func field(n *tree.Node, name string) *tree.Node {
	if name == "" {
		return nil
	}
	if found := n.Get(name); found != nil || !strings.Contains(name, ".") {
		return orNil(found)
	}
	return orNil(n.Get(strings.Split(name, ".")...))
}

func orNil(n *tree.Node) *tree.Node {
	if n == nil || n.Kind == tree.Null {
		return nil
	}
	return n
}

// firstField is the first of several that is there, and its name.
func firstField(n *tree.Node, names []string) (*tree.Node, string) {
	for _, name := range names {
		if found := field(n, name); found != nil && (found.Kind != tree.String || found.Text != "") {
			return found, name
		}
	}
	return nil, ""
}
