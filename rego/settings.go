package rego

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
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
	// Waivers are in the order of the file.
	Waivers []Waiver
}

// readSettings reads the settings, holds them against the policies, and says what
// is odd about them.
func readSettings(src *source) (Settings, []string, error) {
	s, err := decodeSettings(src)
	if err != nil {
		return s, nil, err
	}
	return s, src.settingWarnings(s), paramsErrors(src, s)
}

// decodeSettings reads the settings, whatever policies there are.
func decodeSettings(src *source) (Settings, error) {
	s := Settings{Enforcement: map[string]string{}, Params: map[string]any{}}
	root := []string{"mcp", "settings"}
	v, ok := lookup(src.data, root)
	if !ok {
		return s, nil
	}
	obj, ok := v.(map[string]any)
	if !ok {
		return s, src.settingError(root, "is %s, want an object", typeName(v))
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(obj)) {
		at := append(slices.Clone(root), key)
		switch v := obj[key]; key {
		case "builtin":
			if v != "none" {
				errs = append(errs, src.settingFault("setting", at, "write none, or take it out", `is not "none"`))
			}
			s.Builtin = "none"
		case "enforcement":
			errs = append(errs, src.readEnforcement(at, v, s.Enforcement)...)
		case "params":
			errs = append(errs, src.readParams(at, v, s.Params)...)
		case "waivers":
			errs = append(errs, src.readWaivers(at, v, &s.Waivers)...)
		default:
			errs = append(errs, src.settingFault("setting-unknown", at, writeInstead(key, settingNames), "is no setting"))
		}
	}
	return s, join(errs)
}

var settingNames = []string{"builtin", "enforcement", "params", "waivers"}

// settingError says what is wrong with a setting, at its place.
func (src *source) settingError(at []string, format string, args ...any) error {
	return src.settingFault("setting", at, "", format, args...)
}

// settingFault is settingError for a rule, with what to write instead.
func (src *source) settingFault(rule string, at []string, fix, format string, args ...any) *Finding {
	text := fmt.Sprintf(format, args...)
	f := src.docWith(at).fault(rule, at, fix, "%s: %s", refText(at), text)
	if len(at) > 3 && src.policies[at[3]] != nil {
		f.Policy = at[3]
	}
	return f
}

// docWith is the document that holds the most of a path below data.
func (src *source) docWith(at []string) document {
	for n := len(at); n > 0; n-- {
		for _, d := range src.docs {
			if _, ok := lookup(d.nested(), at[:n]); ok {
				return d
			}
		}
	}
	return document{file: file{name: "data"}}
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
			errs = append(errs, src.settingFault("setting-name", append(slices.Clone(at), key), fmt.Sprintf("write %q", strings.TrimPrefix(key, "mcp.policy.")), "the name of a policy is what stands behind mcp.policy"))
		case key != "*" && !validName(strings.TrimSuffix(key, ".*")):
			errs = append(errs, src.settingFault("setting-name", append(slices.Clone(at), key), `write the name of a policy, a prefix such as "network.*", or "*"`, "is no name"))
		case !slices.Contains(levels, level):
			errs = append(errs, src.settingFault("setting-level", append(slices.Clone(at), key), writeInstead(level, levels), "is %s, which is no level", shown(v)))
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
			errs = append(errs, src.settingFault("setting-name", at, "write the name of a policy, such as images.registry", "%q is no name of a policy", name))
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
	for _, w := range src.unusedSettings(s) {
		warnings = append(warnings, unusedText(w))
	}
	return warnings
}

func unusedText(at []string) string {
	return fmt.Sprintf("settings: %s of %q: there is no such policy", at[2], at[3])
}

// unusedFindings are the warnings of [source.settingWarnings] at their places.
func (src *source) unusedFindings(s Settings) []Finding {
	var findings []Finding
	for _, at := range src.unusedSettings(s) {
		f := src.docWith(at).fault("setting-without-policy", at, "", "%s", unusedText(at))
		f.Severity = FindingWarning
		if near := nearest(at[3], slices.Sorted(maps.Keys(src.policies))); near != "" {
			f.Fix = "write " + near
		}
		findings = append(findings, *f)
	}
	return findings
}

// unusedSettings are the paths of the settings that no policy takes.
func (src *source) unusedSettings(s Settings) [][]string {
	var unused [][]string
	add := func(part, name string) {
		unused = append(unused, []string{"mcp", "settings", part, name})
	}
	for _, key := range slices.Sorted(maps.Keys(s.Enforcement)) {
		prefix, isPrefix := strings.CutSuffix(key, "*")
		matches := func(name string) bool {
			return name == key || isPrefix && strings.HasPrefix(name, prefix)
		}
		if key != "*" && !anyKey(src.policies, matches) {
			add("enforcement", key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Params)) {
		if src.policies[name] == nil {
			add("params", name)
		}
	}
	return unused
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
		resolved, err := resolve(schema)
		if err != nil {
			m := src.policies[name].modules[0]
			errs = append(errs, m.fault("params-schema", m.ast.Package.Location, "correct the schema", "metadata: custom.params is no JSON Schema that can be used: %s", err))
			continue
		}
		if err := validate(resolved, params); err != nil {
			errs = append(errs, src.paramsFault(name, hideValues(err.Error(), params)))
		}
	}
	return join(errs)
}

// paramsFault says that the params of a policy do not fit its schema, at the
// params or, where the settings have none, at the policy.
func (src *source) paramsFault(name, why string) error {
	const fix = "correct the params, or the schema"
	at := []string{"mcp", "settings", "params", name}
	if _, ok := lookup(src.data, at); ok {
		return src.settingFault("params-schema", at, fix, "do not fit custom.params of package mcp.policy.%s: %s", name, why)
	}
	m := src.policies[name].modules[0]
	return m.fault("params-schema", m.ast.Package.Location, fmt.Sprintf("write data.mcp.settings.params[%q] into data.yaml", name),
		"the settings have no params for this policy, and custom.params wants some: %s", why)
}

// hideValues takes out of a text the strings of params that are long enough to
// be a secret.
func hideValues(text string, v any) string {
	switch v := v.(type) {
	case string:
		if len(v) >= 12 {
			text = strings.ReplaceAll(text, v, "…")
			quoted := strconv.Quote(v)
			text = strings.ReplaceAll(text, quoted[1:len(quoted)-1], "…")
		}
	case []any:
		for _, item := range v {
			text = hideValues(text, item)
		}
	case map[string]any:
		for _, item := range v {
			text = hideValues(text, item)
		}
	}
	return text
}

// shown is a value of a setting for a message: a word, or else its type.
func shown(v any) string {
	if s, ok := v.(string); ok && word.MatchString(s) {
		return s
	}
	return typeName(v)
}

var word = regexp.MustCompile(`^[A-Za-z_-]{1,20}$`)

func resolve(schema json.RawMessage) (*jsonschema.Resolved, error) {
	var raw any
	var s jsonschema.Schema
	if err := errors.Join(json.Unmarshal(schema, &raw), json.Unmarshal(schema, &s)); err != nil {
		return nil, err
	}
	if err := unfolds(raw); err != nil {
		return nil, err
	}
	// Without a loader, a reference out of the schema is an error.
	return s.Resolve(nil)
}

func validate(schema *jsonschema.Resolved, instance any) error {
	// The validator knows the numbers of encoding/json, not their digits.
	raw, err := json.Marshal(instance)
	if err != nil {
		return err
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return err
	}
	return schema.Validate(plain)
}
