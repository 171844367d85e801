package rego

import (
	"maps"
	"slices"
	"strings"
)

// checkData refuses data where none is read, and settings that nothing reads.
func checkData(src *source) []error {
	var errs []error
	for _, d := range src.docs {
		nested := d.nested()
		if _, ok := nested["system"]; ok {
			errs = append(errs, d.fault("data-reserved", []string{"system"}, "give the key another name", "data.system is reserved"))
		}
		if v, ok := nested["mcp"]; ok {
			obj, isObj := v.(map[string]any)
			if !isObj {
				errs = append(errs, d.fault("data-reserved", []string{"mcp"}, "write an object with settings", "data.mcp is %s", typeName(v)))
			}
			for key := range obj {
				if key != "settings" {
					fix := "only data.mcp.settings is data"
					if near := nearest(key, append([]string{"settings"}, settingNames...)); near == "settings" {
						fix = "write settings"
					} else if near != "" {
						fix = "write it below mcp.settings"
					}
					errs = append(errs, d.fault("data-reserved", []string{"mcp", key}, fix, "data.mcp.%s is reserved", key))
				}
			}
		}
		if at := strayedSettings(nested, src.policies); at != nil {
			errs = append(errs, d.fault("settings-elsewhere", at, "move the file to the root of the bundle, and write mcp.settings at its top",
				"%s looks like settings, which are read at data.mcp.settings", refText(at)))
		}
	}
	return errs
}

// levelsOnly says whether v maps names to levels, and nothing else.
func levelsOnly(v any) bool {
	obj, ok := v.(map[string]any)
	for _, level := range obj {
		s, isString := level.(string)
		ok = ok && isString && slices.Contains(levels, s)
	}
	return ok && len(obj) > 0
}

// strayedSettings finds settings that landed elsewhere than data.mcp.settings:
// an object mcp.settings below something else, settings without mcp, or what
// only settings hold.
func strayedSettings(data map[string]any, policies map[string]*policy) []string {
	if levelsOnly(data["enforcement"]) {
		return []string{"enforcement"}
	}
	if waiversOnly(data["waivers"]) {
		return []string{"waivers"}
	}
	if params, ok := data["params"].(map[string]any); ok && anyKey(params, func(name string) bool { return policies[name] != nil }) {
		return []string{"params"}
	}
	for key, v := range data {
		obj, _ := v.(map[string]any) // what is no object holds no settings
		if key == "mcp" || strings.HasPrefix(key, "mcp.") && key != "mcp.settings" {
			continue
		}
		if key == "mcp.settings" || typo(key, "mcp") && obj["settings"] != nil {
			return []string{key}
		}
		if typo(key, "settings") && anyKey(obj, func(name string) bool { return name == "enforcement" || name == "waivers" }) {
			return []string{key}
		}
	}
	var find func(at []string, v any) []string
	find = func(at []string, v any) []string {
		obj, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		for _, key := range slices.Sorted(maps.Keys(obj)) {
			here := append(slices.Clone(at), key)
			if _, ok := lookup(obj, []string{key, "settings"}); ok && key == "mcp" {
				return append(here, "settings")
			}
			if found := find(here, obj[key]); found != nil {
				return found
			}
		}
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if key == "mcp" {
			continue
		}
		if found := find([]string{key}, data[key]); found != nil {
			return found
		}
	}
	return nil
}

// waiversOnly says whether v is a list of what can only be waivers.
func waiversOnly(v any) bool {
	list, _ := v.([]any) // what is no list has no waivers
	for _, item := range list {
		obj, _ := item.(map[string]any) // nor has what is no object
		if obj["policy"] == nil || obj["match"] == nil {
			return false
		}
	}
	return len(list) > 0
}
