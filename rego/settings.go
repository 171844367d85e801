package rego

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/open-policy-agent/opa/v1/ast"
)

// Settings is data.mcp.settings of one source.
type Settings struct {
	// Builtin is "none" where the source does without the built-in policies.
	Builtin string
	// Enforcement maps a policy's name, a prefix such as "network.*", or "*" to
	// a level.
	Enforcement map[string]string
	// Params are the parameters of policies, by name. Policies read them at
	// data.mcp.settings.params.
	Params map[string]any
}

// readSettings reads the settings and says what is odd about them.
func readSettings(src *source) (Settings, []string, error) {
	s := Settings{Enforcement: map[string]string{}, Params: map[string]any{}}
	root := []string{"mcp", "settings"}
	v, ok := lookup(src.data, root)
	if !ok {
		return s, nil, paramsErrors(src, s)
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return s, nil, src.settingError(root, "is %s, want an object", typeName(v))
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(obj)) {
		at := append(slices.Clone(root), key)
		switch v := obj[key]; key {
		case "builtin":
			if v != "none" {
				errs = append(errs, src.settingError(at, `is %v, want "none"`, v))
			}
			s.Builtin = "none"
		case "enforcement":
			errs = append(errs, src.readEnforcement(at, v, s.Enforcement)...)
		case "params":
			errs = append(errs, src.readParams(at, v, s.Params)...)
		case "waivers":
			errs = append(errs, src.settingError(at, "waivers are not supported by this version"))
		default:
			errs = append(errs, src.settingError(at, "is no setting: want builtin, enforcement or params"))
		}
	}
	if err := join(errs); err != nil {
		return s, nil, err
	}
	return s, src.settingWarnings(s), paramsErrors(src, s)
}

// settingError names the file that a setting came from.
func (src *source) settingError(at []string, format string, args ...any) error {
	where := "data"
	for _, d := range src.docs {
		if _, ok := lookup(d.nested(), at); ok {
			where = d.file.name
			break
		}
	}
	return fmt.Errorf("%s: data.%s: %s", where, strings.Join(at, "."), fmt.Sprintf(format, args...))
}

func (src *source) readEnforcement(at []string, v any, into map[string]string) []error {
	obj, ok := v.(map[string]any)
	if !ok {
		return []error{src.settingError(at, "is %s, want an object of policies and levels", typeName(v))}
	}
	var errs []error
	for key, v := range obj {
		level, _ := v.(string) // what is no string is no level
		switch {
		case strings.HasPrefix(key, "mcp.policy."):
			errs = append(errs, src.settingError(append(slices.Clone(at), key), "the name of a policy is what stands behind mcp.policy: write %q", strings.TrimPrefix(key, "mcp.policy.")))
		case key != "*" && !validName(strings.TrimSuffix(key, ".*")):
			errs = append(errs, src.settingError(append(slices.Clone(at), key), `want the name of a policy, a prefix such as "network.*", or "*"`))
		case !slices.Contains(levels, level):
			errs = append(errs, src.settingError(append(slices.Clone(at), key), "is %v, want one of %q", v, levels))
		}
		into[key] = level
	}
	return errs
}

func (src *source) readParams(at []string, v any, into map[string]any) []error {
	obj, ok := v.(map[string]any)
	if !ok {
		return []error{src.settingError(at, "is %s, want an object by policy", typeName(v))}
	}
	var errs []error
	for name, v := range obj {
		at := append(slices.Clone(at), name)
		if !validName(name) {
			errs = append(errs, src.settingError(at, "%q is no name of a policy", name))
		}
		if _, ok := v.(map[string]any); !ok {
			errs = append(errs, src.settingError(at, "is %s, want an object", typeName(v)))
		}
		into[name] = v
	}
	return errs
}

// settingWarnings names the settings that no policy takes.
func (src *source) settingWarnings(s Settings) []string {
	var warnings []string
	for _, key := range slices.Sorted(maps.Keys(s.Enforcement)) {
		prefix, isPrefix := strings.CutSuffix(key, "*")
		matches := func(name string) bool {
			return name == key || isPrefix && strings.HasPrefix(name, prefix)
		}
		if key != "*" && !anyKey(src.policies, matches) {
			warnings = append(warnings, fmt.Sprintf("settings: enforcement of %q: there is no such policy", key))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Params)) {
		if src.policies[name] == nil {
			warnings = append(warnings, fmt.Sprintf("settings: params of %q: there is no such policy", name))
		}
	}
	return warnings
}

func anyKey[V any](m map[string]V, match func(string) bool) bool {
	for key := range m {
		if match(key) {
			return true
		}
	}
	return false
}

// paramsErrors holds the params against the schemas of the policies that have
// one. Without params, an empty object has to do.
func paramsErrors(src *source, s Settings) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(src.policies)) {
		schema := src.policies[name].metadata.params
		if schema == nil {
			continue
		}
		params, ok := s.Params[name]
		if !ok {
			params = map[string]any{}
		}
		if err := validate(schema, params); err != nil {
			errs = append(errs, fmt.Errorf("data.mcp.settings.params[%q] does not fit custom.params of package mcp.policy.%s: %w", name, name, err))
		}
	}
	return join(errs)
}

func validate(schema json.RawMessage, instance any) error {
	var s jsonschema.Schema
	if err := json.Unmarshal(schema, &s); err != nil {
		return fmt.Errorf("the schema: %w", err)
	}
	// Without a loader, a reference out of the schema is an error.
	resolved, err := s.Resolve(nil)
	if err != nil {
		return fmt.Errorf("the schema: %w", err)
	}
	// The validator knows the numbers of encoding/json, not their digits.
	raw, err := json.Marshal(instance)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return err
	}
	return resolved.Validate(plain)
}

func enforcementTerm(s Settings) (*ast.Term, error) {
	v, err := ast.InterfaceToValue(s.Enforcement)
	if err != nil {
		return nil, err
	}
	return ast.NewTerm(v), nil
}
