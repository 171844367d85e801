package suite

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// lineError is a mistake at one line of a suite.
type lineError struct {
	line int
	msg  string
}

func (e *lineError) Error() string { return fmt.Sprintf("%d: %s", e.line, e.msg) }

func errorAt(n *yaml.Node, format string, args ...any) error {
	return &lineError{line: n.Line, msg: fmt.Sprintf(format, args...)}
}

// field reads the value of one key.
type field func(*yaml.Node) error

// reader reads YAML strictly: no unknown key, no key twice, no guessed type.
type reader struct{ nodes, depth int }

const (
	maxNodes = 200_000 // aliases unfolded
	maxDepth = 50
)

// node follows an alias and counts.
func (r *reader) node(n *yaml.Node) (*yaml.Node, error) {
	if r.nodes++; r.nodes > maxNodes {
		return nil, errorAt(n, "the suite unfolds to more than %d values", maxNodes)
	}
	if n.Kind == yaml.AliasNode {
		return n.Alias, nil
	}
	return n, nil
}

func (r *reader) pairs(n *yaml.Node, what string, each func(key, value *yaml.Node) error) error {
	n, err := r.node(n)
	if err != nil {
		return err
	}
	if n.Kind != yaml.MappingNode {
		return errorAt(n, "%s is %s, want keys and values", what, kindName(n))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() != "!!str":
			return errorAt(key, "a key is a string: put it in quotes")
		case seen[key.Value]:
			return errorAt(key, "the key %q is there twice", key.Value)
		}
		seen[key.Value] = true
		if err := each(key, value); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) fields(n *yaml.Node, what string, fields map[string]field) error {
	return r.pairs(n, what, func(key, value *yaml.Node) error {
		read, ok := fields[key.Value]
		if !ok {
			return errorAt(key, "%s has no key %q: want one of %s", what, key.Value,
				strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
		return read(value)
	})
}

func (r *reader) list(n *yaml.Node, each field) error {
	n, err := r.node(n)
	if err != nil {
		return err
	}
	if n.Kind != yaml.SequenceNode {
		return errorAt(n, "want a list, not %s", kindName(n))
	}
	for _, item := range n.Content {
		if err := each(item); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) scalar(n *yaml.Node, want string, tags ...string) (*yaml.Node, error) {
	n, err := r.node(n)
	if err != nil {
		return nil, err
	}
	if n.Kind != yaml.ScalarNode || !slices.Contains(tags, n.ShortTag()) {
		return nil, errorAt(n, "want %s, not %s", want, kindName(n))
	}
	return n, nil
}

func (r *reader) text(into *string) field {
	return func(n *yaml.Node) error {
		n, err := r.scalar(n, "a string, in quotes where it looks like something else", "!!str", "!!timestamp")
		if err == nil {
			*into = n.Value
		}
		return err
	}
}

func (r *reader) optional(into **string) field {
	return func(n *yaml.Node) error {
		var s string
		*into = &s
		return r.text(&s)(n)
	}
}

func (r *reader) oneOf(into **string, allowed ...string) field {
	return func(n *yaml.Node) error {
		err := r.optional(into)(n)
		if err == nil && !slices.Contains(allowed, **into) {
			err = errorAt(n, "want one of %s", strings.Join(allowed, ", "))
		}
		return err
	}
}

func (r *reader) texts(into *[]string) field {
	return func(n *yaml.Node) error {
		return r.list(n, func(n *yaml.Node) error {
			var s string
			err := r.text(&s)(n)
			*into = append(*into, s)
			return err
		})
	}
}

func (r *reader) boolean(into *bool) field {
	return func(n *yaml.Node) error {
		n, err := r.scalar(n, "true or false", "!!bool")
		if err == nil {
			*into = strings.EqualFold(n.Value, "true")
		}
		return err
	}
}

func (r *reader) count(into *int) field {
	return func(n *yaml.Node) error {
		n, err := r.scalar(n, "a number", "!!int")
		if err != nil {
			return err
		}
		if *into, err = strconv.Atoi(n.Value); err != nil || *into < 0 {
			return errorAt(n, "want a number from 0 on")
		}
		return nil
	}
}

func (r *reader) time(into *time.Time) field {
	return func(n *yaml.Node) error {
		var s string
		err := r.text(&s)(n)
		if err != nil {
			return err
		}
		if *into, err = time.Parse(time.RFC3339, s); err != nil {
			return errorAt(n, "want a time as in 2026-01-01T00:00:00Z")
		}
		return nil
	}
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// value is YAML as JSON has it.
func (r *reader) value(n *yaml.Node) (any, error) {
	if r.depth++; r.depth > maxDepth {
		return nil, errorAt(n, "nested more than %d deep", maxDepth)
	}
	defer func() { r.depth-- }()
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	switch n.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		err := r.pairs(n, "run_config", func(key, value *yaml.Node) (err error) {
			object[key.Value], err = r.value(value)
			return err
		})
		return object, err
	case yaml.SequenceNode:
		list := []any{}
		err := r.list(n, func(n *yaml.Node) error {
			v, err := r.value(n)
			list = append(list, v)
			return err
		})
		return list, err
	}
	n, err := r.node(n)
	if err != nil {
		return nil, err
	}
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!str", "!!timestamp":
		return n.Value, nil
	case "!!bool":
		return strings.EqualFold(n.Value, "true"), nil
	}
	if !jsonNumber.MatchString(n.Value) {
		return nil, errorAt(n, "%s is not read: put it in quotes", kindName(n))
	}
	return json.Number(n.Value), nil
}

// kindName says what a node is. It does not quote it: it may be a secret.
func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	}
	switch tag := n.ShortTag(); tag {
	case "!!str":
		return "a string"
	case "!!bool":
		return "a boolean"
	case "!!int", "!!float":
		return "a number"
	case "!!null":
		return "nothing"
	default:
		return "a value of the tag " + tag
	}
}
