package clients

import (
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// template puts settings into a text of a catalog, in which {{server.key|filter}}
// stands for one. A setting that is not there is nothing, as with the gateway.
// ok is false, and the text as it is written, where a filter is not known.
func (e *dockerEntry) template(s string) (values []string, ok bool) {
	if inner, size, found := between(s, "{{", "}}"); found && size == len(s) {
		return e.evaluate(inner, s)
	}
	var b strings.Builder
	for rest := s; ; {
		before, after, found := strings.Cut(rest, "{{")
		b.WriteString(before)
		if !found {
			return []string{b.String()}, true
		}
		inner, behind, closed := strings.Cut(after, "}}")
		if !closed {
			b.WriteString("{{" + after)
			return []string{b.String()}, true
		}
		part, ok := e.evaluate(inner, s)
		if !ok {
			return []string{s}, false
		}
		b.WriteString(strings.Join(part, " "))
		rest = behind
	}
}

// evaluate is the value of what stands between the braces of whole.
func (e *dockerEntry) evaluate(inner, whole string) ([]string, bool) {
	parts := strings.Split(inner, "|")
	key := strings.TrimSpace(parts[0])
	values := e.setting(key)
	if values == nil {
		e.note(key)
	}
	for _, filter := range parts[1:] {
		name, argument, _ := strings.Cut(strings.TrimSpace(filter), ":")
		switch name {
		case "into", "string":
		case "volume":
			for i, path := range values {
				values[i] = path + ":" + path
			}
		case "volume-target":
			for i, value := range values {
				if j := strings.LastIndexByte(value, ':'); j >= 0 {
					values[i] = value[j+1:]
				}
			}
		case "mount_as":
			for i, path := range values {
				values[i] = path + ":" + argument
			}
		case "or":
			if strings.Join(values, "") == "" {
				values = []string{strings.Trim(argument, "[]")}
			}
		default:
			return []string{whole}, false
		}
	}
	return values, true
}

// setting is a value of config.yaml: a text, or the texts of a list.
func (e *dockerEntry) setting(key string) []string {
	n := e.settings.Get(strings.Split(key, ".")...)
	switch {
	case n == nil || n.Kind == tree.Null || n.Kind == tree.Object:
		return nil
	case n.Kind != tree.Array:
		return []string{n.Text}
	}
	values := []string{}
	for _, element := range n.Elements {
		values = append(values, element.Text)
	}
	return values
}
