package rego_test

import (
	"encoding/json"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/mcp-runner/mcp-runner/rego"
)

// What loads fits the schema: an editor complains about nothing that works.
func TestSettingsSchemaTakesWhatLoads(t *testing.T) {
	for name, data := range map[string]string{
		"nothing":           "",
		"an empty object":   "{}",
		"no settings":       "mcp: {}",
		"empty settings":    "mcp: {settings: {}}",
		"other data":        "teams: {search: [alice]}\nmcp: {settings: {}}",
		"levels":            `mcp: {settings: {enforcement: {a: deny, b.c: warn, d_1.e2: audit}}}`,
		"prefixes":          `mcp: {settings: {enforcement: {"*": warn, "a.*": audit, "a.b.*": deny}}}`,
		"no levels":         "mcp: {settings: {enforcement: {}}}",
		"params":            "mcp: {settings: {params: {a: {}, b.c: {list: [1, {x: null}], flag: true}}}}",
		"params of package": "mcp: {settings: {params: {mcp.policy.a: {}}}}",
		"builtin":           "mcp: {settings: {builtin: none}}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"a.rego": denyBad, "data.yaml": data})
			require.NoError(t, err)
			require.NoError(t, fitsSettings(t, data))
		})
	}
}

func TestSettingsSchemaRefusesWhatDoesNotLoad(t *testing.T) {
	for name, data := range map[string]string{
		"a list":                "[]",
		"mcp null":              "mcp:",
		"mcp a list":            "mcp: []",
		"beside settings":       "mcp: {enforcement: {a: warn}}",
		"gate":                  "mcp: {gate: {}}",
		"system":                "system: {x: 1}",
		"settings a list":       "mcp: {settings: []}",
		"settings null":         "mcp: {settings: }",
		"unknown setting":       "mcp: {settings: {enforcment: {}}}",
		"builtin all":           "mcp: {settings: {builtin: all}}",
		"builtin false":         "mcp: {settings: {builtin: false}}",
		"enforcement list":      "mcp: {settings: {enforcement: [a]}}",
		"enforcement null":      "mcp: {settings: {enforcement: }}",
		"level":                 "mcp: {settings: {enforcement: {a: block}}}",
		"level in upper case":   "mcp: {settings: {enforcement: {a: Deny}}}",
		"level a list":          "mcp: {settings: {enforcement: {a: [deny]}}}",
		"level null":            "mcp: {settings: {enforcement: {a: }}}",
		"package as name":       "mcp: {settings: {enforcement: {mcp.policy.a: warn}}}",
		"package as prefix":     `mcp: {settings: {enforcement: {"mcp.policy.*": warn}}}`,
		"star inside":           `mcp: {settings: {enforcement: {"a.*.b": warn}}}`,
		"star without a dot":    `mcp: {settings: {enforcement: {"a*": warn}}}`,
		"two stars":             `mcp: {settings: {enforcement: {"*.*": warn}}}`,
		"deny in a name":        "mcp: {settings: {enforcement: {a.deny: warn}}}",
		"upper case in a name":  "mcp: {settings: {enforcement: {Images.registry: warn}}}",
		"empty name":            `mcp: {settings: {enforcement: {"": warn}}}`,
		"params a list":         "mcp: {settings: {params: []}}",
		"params of one a list":  "mcp: {settings: {params: {a: []}}}",
		"params of one null":    "mcp: {settings: {params: {a: }}}",
		"params of a bad name":  "mcp: {settings: {params: {a-b: {}}}}",
		"params of a name deny": "mcp: {settings: {params: {deny: {}}}}",
		"waivers an object":     "mcp: {settings: {waivers: {}}}",
		"a waiver a string":     "mcp: {settings: {waivers: [a]}}",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"a.rego": denyBad, "data.yaml": data})
			require.Error(t, err)
			require.Error(t, fitsSettings(t, data))
		})
	}
}

func TestSettingsSchemaOfWaivers(t *testing.T) {
	const rest = `, reason: migration, expires: "2026-12-31T00:00:00Z"}`
	for name, waiver := range map[string]string{
		"digest":        `{policy: images.registry, match: {image: {digest: "sha256:1"}}` + rest,
		"sha256":        `{policy: a, match: {command: {sha256: "1", args: []}}` + rest,
		"package":       `{policy: a, match: {package: {name: search, version: 1.2.3}}` + rest,
		"remote":        `{policy: a, match: {remote: {url: "https://a.example/"}}` + rest,
		"more":          `{policy: a, match: {name: x, labels: [{name: a, value: b}], image: {registry: docker.io, digest: "sha256:1"}}` + rest,
		"all keys":      `{policy: a, msg: m, ticket: SEC-1, approver: alice, match: {image: {digest: d}}` + rest,
		"offset":        `{policy: a, match: {image: {digest: d}}, reason: r, expires: "2026-12-31T00:00:00.5+02:00"}`,
		"as YAML times": `{policy: a, match: {image: {digest: d}}, reason: r, expires: 2261-12-31T00:00:00Z}`,
	} {
		t.Run(name, func(t *testing.T) {
			data := "mcp: {settings: {waivers: [" + waiver + "]}}"
			require.NoError(t, fitsSettings(t, data))
			_, err := loadWaivers(t, data)
			require.NoError(t, err)
		})
	}
	for name, waiver := range map[string]string{
		"no policy":         `{match: {image: {digest: d}}` + rest,
		"a prefix":          `{policy: "images.*", match: {image: {digest: d}}` + rest,
		"no match":          `{policy: a` + rest,
		"empty match":       `{policy: a, match: {}` + rest,
		"match a string":    `{policy: a, match: image` + rest,
		"pins nothing":      `{policy: a, match: {name: x}` + rest,
		"pins a tag":        `{policy: a, match: {image: {registry: docker.io, tag: latest}}` + rest,
		"pins no digest":    `{policy: a, match: {image: {digest: ""}}` + rest,
		"empty object":      `{policy: a, match: {image: {digest: d}, permissions: {}}` + rest,
		"empty, deeper":     `{policy: a, match: {image: {digest: d}, permissions: {network: {}}}` + rest,
		"no version":        `{policy: a, match: {package: {name: search}}` + rest,
		"no reason":         `{policy: a, match: {image: {digest: d}}, expires: 2026-12-31T00:00:00Z}`,
		"blank reason":      `{policy: a, match: {image: {digest: d}}, reason: " ", expires: 2026-12-31T00:00:00Z}`,
		"never expires":     `{policy: a, match: {image: {digest: d}}, reason: r}`,
		"a day":             `{policy: a, match: {image: {digest: d}}, reason: r, expires: 2026-12-31}`,
		"no zone":           `{policy: a, match: {image: {digest: d}}, reason: r, expires: "2026-12-31T00:00:00"}`,
		"too far":           `{policy: a, match: {image: {digest: d}}, reason: r, expires: 2262-01-01T00:00:00Z}`,
		"an unknown key":    `{policy: a, until: x, match: {image: {digest: d}}` + rest,
		"a number for text": `{policy: a, ticket: 7, match: {image: {digest: d}}` + rest,
		"a list for text":   `{policy: a, msg: [m], match: {image: {digest: d}}` + rest,
	} {
		t.Run(name, func(t *testing.T) {
			data := "mcp: {settings: {waivers: [" + waiver + "]}}"
			require.Error(t, fitsSettings(t, data))
			_, err := loadWaivers(t, data)
			require.Error(t, err)
		})
	}
}

// fitsSettings holds a data.yaml against the schema.
func fitsSettings(t *testing.T, data string) error {
	t.Helper()
	var schema jsonschema.Schema
	require.NoError(t, json.Unmarshal(rego.SettingsSchema(), &schema))
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", schema.Schema)
	resolved, err := schema.Resolve(nil)
	require.NoError(t, err)
	var doc yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(data), &doc))
	value := any(map[string]any{})
	if len(doc.Content) > 0 {
		value = plain(t, doc.Content[0])
	}
	return resolved.Validate(value)
}

// plain is a YAML node as JSON has it: times are strings.
func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.MappingNode:
		obj := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			obj[n.Content[i].Value] = plain(t, n.Content[i+1])
		}
		return obj
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, plain(t, c))
		}
		return list
	}
	if n.ShortTag() == "!!timestamp" {
		return n.Value
	}
	var v any
	require.NoError(t, n.Decode(&v))
	return v
}
