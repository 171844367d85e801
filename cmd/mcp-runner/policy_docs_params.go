package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// paramRow is one param as a person reads it: hosts[].name is the name of each
// member of the list hosts.
type paramRow struct {
	name, kind, what string
	required         bool
}

// paramRows lists what a JSON Schema says about the members of an object, by
// name. What it says otherwise than by properties and items is left to the
// schema.
func paramRows(rows []paramRow, prefix string, schema any) []paramRow {
	object, _ := schema.(map[string]any) // a schema may be true or false, too
	properties, _ := object["properties"].(map[string]any)
	required, _ := object["required"].([]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property, _ := properties[name].(map[string]any)
		rows = append(rows, paramRow{
			name:     prefix + name,
			kind:     paramKind(property),
			required: slices.Contains(required, any(name)),
			what:     paramText(property),
		})
		at := prefix + name
		for {
			items, ok := property["items"].(map[string]any)
			if !ok {
				break
			}
			property, at = items, at+"[]"
		}
		rows = paramRows(rows, at+".", property)
	}
	return rows
}

func paramKind(schema map[string]any) string {
	switch kind := schema["type"].(type) {
	case string:
		items, ok := schema["items"].(map[string]any)
		if kind == "array" && ok {
			return "list of " + paramKind(items)
		}
		if kind == "array" {
			return "list"
		}
		return kind
	case []any:
		kinds := make([]string, len(kind))
		for i, k := range kind {
			kinds[i] = fmt.Sprint(k)
		}
		return strings.Join(kinds, " or ")
	}
	if _, ok := schema["enum"]; ok {
		return "enum"
	}
	return "any"
}

// paramText is the description with what else a reader should know.
func paramText(schema map[string]any) string {
	var parts []string
	if text, _ := schema["description"].(string); text != "" {
		parts = append(parts, plainMarkdown(strings.TrimRight(text, ".")))
	}
	if values, ok := schema["enum"].([]any); ok {
		parts = append(parts, "one of "+codeList(values))
	}
	if value, ok := schema["const"]; ok {
		parts = append(parts, "always "+codeList([]any{value}))
	}
	if value, ok := schema["default"]; ok {
		parts = append(parts, "default "+codeList([]any{value}))
	}
	if values, ok := schema["examples"].([]any); ok {
		parts = append(parts, "for example "+codeList(values))
	}
	return strings.Join(parts, "; ")
}

// codeList is a list of JSON values as code.
func codeList(values []any) string {
	texts := make([]string, len(values))
	for i, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			text = fmt.Append(nil, v)
		}
		texts[i] = "`" + strings.ReplaceAll(string(text), "`", `\u0060`) + "`"
	}
	return strings.Join(texts, ", ")
}
