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

// json copies a JSON value whose shape nobody promised.
func (r *redactor) json(value any, sc scope) any {
	switch x := value.(type) {
	case string:
		return r.text(x, sc)
	case json.Number:
		if r.number(string(x), sc) {
			return Redacted
		}
	case int64:
		if r.number(strconv.FormatInt(x, 10), sc) {
			return Redacted
		}
	case float64:
		if r.number(strconv.FormatFloat(x, 'f', -1, 64), sc) {
			return Redacted
		}
	case []string:
		return r.strings(x, sc)
	case []any:
		return r.list(x, sc)
	case map[string]any:
		return r.object(x, sc)
	}
	return value
}

func (r *redactor) list(list []any, sc scope) []any {
	out := make([]any, len(list))
	for i, value := range list {
		item := sc
		if s, ok := value.(string); ok {
			item.list = !sc.fixed
			previous, _ := at(list, i-1).(string)
			item.follows = item.list && secretFlag(previous) && !strings.HasPrefix(s, "--")
		}
		r.push(strconv.Itoa(i))
		out[i] = r.json(value, item)
		r.pop()
	}
	return out
}

func at(list []any, i int) any {
	if i < 0 {
		return nil
	}
	return list[i]
}

func (r *redactor) object(object map[string]any, sc scope) map[string]any {
	out := make(map[string]any, len(object))
	if _, reference := object["secretName"]; reference {
		sc.below = false // a Kubernetes volume that names a secret
	}
	// {"name": "API_TOKEN", "value": "…"}: the form of environment lists.
	named, _ := object["name"].(string)
	if named == "" {
		named, _ = object["key"].(string)
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		child := sc.under(key)
		if key == "value" && named != "" {
			child = sc.under(named)
		}
		r.member(out, key, object[key], child)
	}
	return out
}

// member copies one member of an object. A key is a string of the input too: a
// token that stands there is replaced, in the paths of redactions as well.
func (r *redactor) member(out map[string]any, key string, value any, sc scope) {
	report := r.report
	r.report = map[Redaction]bool{}
	clean := r.text(key, scope{fixed: true})
	found := r.report
	r.report = report
	for _, taken := out[clean]; taken; _, taken = out[clean] {
		clean += "+"
	}
	r.push(clean)
	for redaction := range found {
		r.note(redaction.Reason)
	}
	out[clean] = r.json(value, sc)
	r.pop()
}

// under is the scope of what stands below key.
func (sc scope) under(key string) scope {
	if sc.references || key == "add_headers_from_secret" {
		return scope{fixed: true, references: true}
	}
	return scope{
		name:   key,
		below:  secretName(key) == secretAll || sc.below && !aboutSecret(key),
		fixed:  sc.fixed,
		loader: loader(key),
	}
}
