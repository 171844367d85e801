package rego

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// document is the content of one data file, and where it lands below `data`.
type document struct {
	file   file
	prefix []string
	value  map[string]any
	places *places
}

// readDocument decodes a data file strictly.
func readDocument(f file) (document, error) {
	if err := checkDataEncoding(f); err != nil {
		return document{}, err
	}
	decode := decodeYAML
	if path.Ext(f.rel) == ".json" {
		decode = decodeJSON
	}
	v, err := decode(f.content)
	if err != nil {
		return document{}, syntaxFault(f, err)
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return document{}, syntaxFault(f, &syntaxError{"data-syntax", 1, 1, fmt.Sprintf("want an object at the top, not %s", typeName(v)), "write `key: value`"})
	}
	d := document{file: f, value: obj, places: &places{file: f}}
	if dir := path.Dir(f.rel); dir != "." {
		d.prefix = strings.Split(dir, "/")
	}
	return d, nil
}

// nested returns the document as it stands below `data`.
func (d document) nested() map[string]any {
	v := d.value
	for _, key := range slices.Backward(d.prefix) {
		v = map[string]any{key: v}
	}
	return v
}

// mergeDocuments returns the data of all docs together. Two of them may share
// objects, but no value.
func mergeDocuments(docs []document) (map[string]any, error) {
	data := map[string]any{}
	for i, d := range docs {
		at, ok := merge(data, d.nested())
		if ok {
			continue
		}
		for _, other := range docs[:i] {
			if _, found := lookup(other.nested(), at); found {
				return nil, d.fault("data-conflict", at, "keep one of them",
					"%s and %s both define data.%s", other.file.name, d.file.name, strings.Join(at, "."))
			}
		}
		return nil, d.fault("data-conflict", at, "keep one of them", "data.%s is defined twice", strings.Join(at, "."))
	}
	return data, nil
}

// merge adds src to dst, which then shares no map with src. Where both have a
// value it stops and returns the path of it and false.
func merge(dst, src map[string]any) ([]string, bool) {
	for _, key := range slices.Sorted(maps.Keys(src)) {
		have, exists := dst[key]
		add, addIsObj := src[key].(map[string]any)
		if !addIsObj {
			if exists {
				return []string{key}, false
			}
			dst[key] = src[key]
			continue
		}
		obj, haveIsObj := have.(map[string]any)
		if exists && !haveIsObj {
			return []string{key}, false
		}
		if !exists {
			obj = map[string]any{}
			dst[key] = obj
		}
		if at, ok := merge(obj, add); !ok {
			return append([]string{key}, at...), false
		}
	}
	return nil, true
}

// lookup returns the value at a path of keys.
func lookup(data map[string]any, at []string) (any, bool) {
	var v any = data
	for _, key := range at {
		obj, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		if v, ok = obj[key]; !ok {
			return nil, false
		}
	}
	return v, true
}

// typeName names the JSON type of a decoded value.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return "a number"
	}
}
