package rego

import (
	"encoding/json"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"
)

// schemaShape reads a JSON Schema. What it says in a way that is not understood
// leaves the shape open to anything.
func schemaShape(raw []byte) *shape {
	var doc map[string]any
	if len(raw) == 0 || json.Unmarshal(raw, &doc) != nil {
		return nil
	}
	return (&schemaReader{doc: doc}).shape(doc, "", 0)
}

type schemaReader struct{ doc map[string]any }

const maxSchemaDepth = 64

func (r *schemaReader) shape(node map[string]any, path string, depth int) *shape {
	if ref, ok := node["$ref"].(string); ok {
		node = r.resolve(ref)
	}
	s := &shape{path: path}
	switch t := node["type"].(type) {
	case string:
		s.kinds = jsonKinds[t]
	case []any:
		for _, t := range t {
			name, ok := t.(string)
			if !ok || jsonKinds[name] == 0 {
				return openShape(path)
			}
			s.kinds |= jsonKinds[name]
		}
	}
	if s.kinds == 0 || depth > maxSchemaDepth {
		return openShape(path)
	}
	values, enum := node["enum"].([]any)
	if c, ok := node["const"]; ok {
		values, enum = []any{c}, true
	}
	for _, v := range values {
		if c, err := ast.InterfaceToValue(v); err == nil {
			s.consts, s.enum = append(s.consts, c), enum
		}
	}
	s.instant = node["format"] == "date-time" || path == "/context/time"
	s.form = forms[path]
	s.unordered = node["uniqueItems"] == true
	if s.kinds&arrayKind != 0 {
		items, ok := node["items"].(map[string]any)
		if s.elem = openShape(path + "/*"); ok {
			s.elem = r.shape(items, path+"/*", depth+1)
		}
	}
	if s.kinds&objectKind != 0 {
		r.object(s, node, path, depth)
	}
	return s
}

var jsonKinds = map[string]kinds{
	"null": nullKind, "boolean": boolKind, "number": numberKind, "integer": numberKind,
	"string": stringKind, "array": arrayKind, "object": objectKind,
}

func (r *schemaReader) object(s *shape, node map[string]any, path string, depth int) {
	s.fields, s.always = map[string]*shape{}, map[string]bool{}
	properties, _ := node["properties"].(map[string]any) // a schema may have none
	for name, p := range properties {
		s.fields[name] = openShape(path + "/" + name)
		if p, ok := p.(map[string]any); ok {
			s.fields[name] = r.shape(p, path+"/"+name, depth+1)
		}
	}
	required, _ := node["required"].([]any) // a schema may have none
	for _, name := range required {
		if name, ok := name.(string); ok && s.fields[name] != nil {
			s.always[name] = true
		}
	}
	switch more := node["additionalProperties"].(type) {
	case bool:
		s.closed = !more
	case map[string]any:
		s.elem = r.shape(more, path+"/*", depth+1)
		return
	}
	if !s.closed {
		s.open = true
	}
}

// resolve follows a reference within the schema.
func (r *schemaReader) resolve(ref string) map[string]any {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	v, ok := lookup(r.doc, strings.Split(path, "/"))
	node, isObj := v.(map[string]any)
	if !ok || !isObj || node["$ref"] != nil {
		return nil
	}
	return node
}

// dataShape is what the data of a source is like. The next version may hold
// other values, so that only types are known, and which fields all have.
func dataShape(v any) *shape {
	switch v := v.(type) {
	case nil:
		return &shape{kinds: nullKind}
	case bool:
		return &shape{kinds: boolKind}
	case string:
		return &shape{kinds: stringKind}
	case []any:
		s := &shape{kinds: arrayKind}
		for i, item := range v {
			s.elem = joined(s.elem, dataShape(item), i == 0)
		}
		return s
	case map[string]any:
		s := &shape{kinds: objectKind, fields: map[string]*shape{}, always: map[string]bool{}, open: true}
		for name, f := range v {
			s.fields[name], s.always[name] = dataShape(f), true
		}
		return s
	}
	return &shape{kinds: numberKind}
}

// typeShape is what OPA's type of a builtin says.
func typeShape(t types.Type) *shape {
	switch t := t.(type) {
	case *types.NamedType:
		return typeShape(t.Type)
	case types.Null:
		return &shape{kinds: nullKind}
	case types.Boolean:
		return &shape{kinds: boolKind}
	case types.Number:
		return &shape{kinds: numberKind}
	case types.String:
		return &shape{kinds: stringKind}
	case *types.Array:
		s := &shape{kinds: arrayKind}
		for i := range t.Len() {
			s.items = append(s.items, typeShape(t.Select(i)))
		}
		if t.Dynamic() != nil {
			s.elem = typeShape(t.Dynamic())
		}
		return s
	case *types.Set:
		return &shape{kinds: setKind, elem: typeShape(t.Of())}
	case *types.Object:
		return &shape{kinds: objectKind, open: true}
	case types.Any:
		var all *shape
		for i, t := range t {
			all = joined(all, typeShape(t), i == 0)
		}
		return all
	}
	return nil
}
