package rego

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// checkMatches holds what waivers match on against the schema of the input: a
// field that the server does not have, or has with another type, never matches.
func (src *source) checkMatches(waivers []Waiver, schema []byte) error {
	if schema == nil || len(waivers) == 0 {
		return nil
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(schema, &s); err != nil {
		return fmt.Errorf("input schema: %w", err)
	}
	server := s.Properties["server"]
	if server == nil {
		server = &jsonschema.Schema{}
	}
	var errs []error
	for i, w := range waivers {
		c := &matchChecker{root: &s}
		c.check("match", server, w.Match, false)
		for _, fault := range c.faults {
			errs = append(errs, src.waiverFault(i, w, fault))
		}
	}
	return join(errs)
}

type matchChecker struct {
	root   *jsonschema.Schema
	faults []string
}

// check compares v with a schema. Within a list objects are whole, because lists
// are equal whole.
func (c *matchChecker) check(path string, s *jsonschema.Schema, v any, inList bool) {
	if name, ok := strings.CutPrefix(s.Ref, "#/$defs/"); ok && c.root.Defs[name] != nil {
		s = c.root.Defs[name]
	}
	types := s.Types
	if s.Type != "" {
		types = []string{s.Type}
	}
	if have := schemaType(v); len(types) > 0 && !slices.Contains(types, have) && !(have == "integer" && slices.Contains(types, "number")) {
		c.faults = append(c.faults, fmt.Sprintf("%s is %s, but the input has %s there", path, typeName(v), strings.Join(types, " or ")))
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			field := s.Properties[key]
			switch {
			case field != nil:
				c.check(path+"."+key, field, v[key], inList)
			case len(s.Properties) > 0:
				c.faults = append(c.faults, fmt.Sprintf("%s.%s: the input has no such field, want one of %s",
					path, key, strings.Join(slices.Sorted(maps.Keys(s.Properties)), ", ")))
			}
		}
		for _, key := range s.Required {
			if _, ok := v[key]; inList && !ok {
				c.faults = append(c.faults, fmt.Sprintf("%s has no %s: a list is compared whole, so its members have every field", path, key))
			}
		}
	case []any:
		for i, member := range v {
			if s.Items != nil {
				c.check(fmt.Sprintf("%s[%d]", path, i), s.Items, member, true)
			}
		}
	}
}

// schemaType is the type of a decoded value as a JSON Schema names it.
func schemaType(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return "integer"
		}
	}
	return "number"
}
