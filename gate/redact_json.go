package gate

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// config copies a run config as JSON. Its members are taken in order, so that
// equal configs give equal inputs.
func (r *redactor) config(config map[string]any) map[string]any {
	if config == nil {
		return nil
	}
	out := make(map[string]any, len(config))
	for _, key := range slices.Sorted(maps.Keys(config)) {
		sc := scope{}.under(key)
		sc.fixed = fixedConfig[key]
		if key == "secrets" {
			sc = scope{fixed: true, references: true}
		}
		r.member(out, key, config[key], sc)
	}
	return out
}

// json copies a JSON value.
func (r *redactor) json(value any, sc scope) any {
	switch x := value.(type) {
	case string:
		return r.text(x, sc)
	case json.Number:
		if len(r.named(string(x), sc)) > 0 {
			r.note(ReasonName)
			return Redacted
		}
	case []any:
		return r.list(x, sc)
	case map[string]any:
		return r.object(x, sc)
	}
	return value
}

func (r *redactor) list(list []any, sc scope) []any {
	out := make([]any, len(list))
	previous := ""
	for i, value := range list {
		s, text := value.(string)
		item := sc
		if text {
			item = sc.after(previous, s)
		}
		r.push(strconv.Itoa(i))
		out[i] = r.json(value, item)
		r.pop()
		previous = s
	}
	return out
}

func (r *redactor) object(object map[string]any, sc scope) map[string]any {
	out := make(map[string]any, len(object))
	var n naming
	keys := slices.Sorted(maps.Keys(object))
	for _, key := range keys {
		s, _ := object[key].(string)
		n.see(key, s)
	}
	for _, key := range keys {
		r.member(out, key, object[key], n.scope(sc, key))
	}
	return out
}

// naming is what the members of an object say about each other:
// {"name": "API_TOKEN", "value": "…"} is the form of environment lists.
type naming struct {
	name, key string
	reference bool
}

func (n *naming) see(key, text string) {
	switch strings.ToLower(key) {
	case "name":
		n.name = text
	case "key":
		n.key = text
	case "secretname":
		n.reference = n.reference || key == "secretName"
	}
}

func (n *naming) scope(sc scope, key string) scope {
	if n.reference {
		sc.below = false // a Kubernetes volume that names a secret
	}
	named := n.name
	if named == "" {
		named = n.key
	}
	switch strings.ToLower(key) {
	case "value", "val":
		if named != "" {
			key = named
		}
	}
	return sc.under(key)
}

// member copies one member of an object. A key is a string of the input too: a
// token that stands there is replaced, in the paths of redactions as well.
func (r *redactor) member(out map[string]any, key string, value any, sc scope) {
	spans := r.spans(key, scope{fixed: true})
	clean := key
	if len(spans) > 0 {
		report := r.report
		r.report = nil // there is no path yet
		clean = r.replace(key, spans)
		r.report = report
	}
	_, taken := out[clean]
	for base, n := clean, len(out); taken; n++ { // two keys became one
		clean = base + "+" + strconv.Itoa(n)
		_, taken = out[clean]
	}
	r.push(clean)
	r.marked(key)
	for _, sp := range spans {
		r.note(sp.reason)
	}
	out[clean] = r.json(value, sc)
	r.pop()
}
