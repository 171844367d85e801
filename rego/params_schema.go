package rego

import (
	"errors"
	"fmt"
	"strings"
)

// maxSchema bounds how many values a schema of params unfolds to with all that
// it refers to.
const maxSchema = 10_000

// unfolds says why a schema is not to be used: one that refers to itself, or to
// the same too often, takes the validator an endless time, or more
// stack than there is, which ends the process.
func unfolds(schema any) error {
	root, _ := schema.(map[string]any) // what is no object refers to nothing
	left := maxSchema
	within := map[string]bool{}
	var walk func(v any) error
	refer := func(ref string) error {
		group, name, _ := strings.Cut(strings.TrimPrefix(ref, "#/"), "/")
		target, ok := lookup(root, []string{group, name})
		switch {
		case !strings.HasPrefix(ref, "#/") || group != "$defs" && group != "definitions" || !ok:
			return fmt.Errorf("$ref %q is not #/$defs/NAME, with a NAME that is there", ref)
		case within[ref]:
			return fmt.Errorf("%s refers to itself", ref)
		}
		within[ref] = true
		defer delete(within, ref)
		return walk(target)
	}
	walk = func(v any) error {
		if left--; left < 0 {
			return fmt.Errorf("it unfolds to more than %d values", maxSchema)
		}
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				if err := walk(item); err != nil {
					return err
				}
			}
		case map[string]any:
			if _, ok := v["$dynamicRef"].(string); ok {
				return errors.New("$dynamicRef is not read: write $ref")
			}
			if ref, ok := v["$ref"].(string); ok {
				if err := refer(ref); err != nil {
					return err
				}
			}
			for _, item := range v {
				if err := walk(item); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return walk(schema)
}
