package gate_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/loader"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// checkWithOPA compiles the body of a rule as `opa check -s schema/input.json`
// does.
func checkWithOPA(t *testing.T, schemas *ast.SchemaSet, body string) error {
	t.Helper()
	module, err := ast.ParseModule("x.rego", "package mcp.policy.x\n\ndeny contains \"m\" if {\n"+body+"\n}\n")
	require.NoError(t, err, body)
	c := ast.NewCompiler().
		WithCapabilities(ast.CapabilitiesForThisVersion()).
		WithSchemas(schemas).
		WithEnablePrintStatements(true).
		WithStrict(true).
		WithUseTypeCheckAnnotations(true)
	c.Compile(map[string]*ast.Module{"x.rego": module})
	if c.Failed() {
		return c.Errors
	}
	return nil
}

func opaSchemas(t *testing.T) *ast.SchemaSet {
	t.Helper()
	schemas, err := loader.Schemas("schema/input.json")
	require.NoError(t, err)
	return schemas
}

func TestSchemaTypesRego(t *testing.T) {
	schemas := opaSchemas(t)
	for name, body := range map[string]string{
		"field":         `input.server.imagee == "x"`,
		"list element":  `some e in input.server.environment; e.nam == "x"`,
		"comprehension": `count([1 | some m in input.server.mounts; m.sorce == "/"]) > 0`,
		"below not":     `not input.server.permissions.priviledged`,
		"root":          `input.servers.name == "x"`,
		"string list":   `some a in input.server.command.args; a.x == "y"`,
		"number list":   `some p in input.server.permissions.network.outbound.ports; startswith(p, "8")`,
		"type":          `startswith(input.server.remote.port, "8")`,
		"type of flag":  `input.server.image.pinned > 1; lower(input.server.image.pinned) == "x"`,
		"type of enum":  `input.server.kind + 1 == 2`,
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, checkWithOPA(t, schemas, body)) })
	}
	for name, body := range map[string]string{
		"config":      `input.config.anything.at.all == "x"`,
		"config walk": `walk(input.config, [_, "x"])`,
		"number":      `input.server.remote.port > 1024`,
	} {
		t.Run("right "+name, func(t *testing.T) { require.NoError(t, checkWithOPA(t, schemas, body)) })
	}
}

// OPA finds a mistyped name in every place of the schema, however a rule gets
// there, and takes the right name.
func TestSchemaFindsAMistypedFieldAnywhere(t *testing.T) {
	schemas := opaSchemas(t)
	fields := 0
	walkSchema(t, func(path []string, s map[string]any) {
		properties, _ := s["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			fields++
			typo := name + "x"
			if _, ok := properties[typo]; ok {
				typo = "x" + name
			}
			for _, form := range references(path) {
				require.NoError(t, checkWithOPA(t, schemas, fmt.Sprintf(form, name)), form, name)
				require.ErrorContains(t, checkWithOPA(t, schemas, fmt.Sprintf(form, typo)), "undefined ref", form, typo)
			}
		}
	})
	require.Greater(t, fields, 100)
}

// references are the ways to name a member of the object at path, in which * is
// the member of a list.
func references(path []string) []string {
	direct, lists := "input", 0
	for _, step := range path {
		if step == "*" {
			direct += "[_]"
			lists++
			continue
		}
		direct += "." + step
	}
	forms := []string{direct + ".%s", direct + `["%s"]`, "not " + strings.ReplaceAll(direct, "[_]", "[0]") + ".%s", "count([1 | " + direct + ".%s]) > 0"}
	if lists == 0 {
		return append(forms, "part := "+direct+"; part.%s", "with_default := "+direct+".%s; with_default != null")
	}
	list, member, _ := strings.Cut(direct, "[_]")
	return append(forms,
		"some x in "+list+"; x"+member+".%s",
		"some i, x in "+list+"; i > 0; x"+member+".%s",
		"some i; "+list+"[i]"+member+".%s",
		"list := "+list+"; list[_]"+member+".%s",
	)
}

// walkSchema calls visit for each object of the input's schema.
func walkSchema(t *testing.T, visit func(path []string, s map[string]any)) {
	t.Helper()
	var walk func(path []string, s map[string]any)
	walk = func(path []string, s map[string]any) {
		kind, ok := s["type"].(string)
		require.True(t, ok, "%s has no single type", path)
		switch kind {
		case "object":
			visit(path, s)
			properties, _ := s["properties"].(map[string]any)
			for name, property := range properties {
				walk(append(slices.Clone(path), name), property.(map[string]any))
			}
		case "array":
			walk(append(slices.Clone(path), "*"), s["items"].(map[string]any))
		}
	}
	var s map[string]any
	require.NoError(t, json.Unmarshal(gate.InputSchema(), &s))
	walk(nil, s)
}

// Every object of the schema is closed and asks for all of its members: a list
// that could be null, or a member that could be missing, would be one that a
// rule silently does not see.
func TestSchemaAsksForEverything(t *testing.T) {
	walkSchema(t, func(path []string, s map[string]any) {
		properties, _ := s["properties"].(map[string]any)
		if slices.Equal(path, []string{"config"}) {
			require.Empty(t, properties)
			return
		}
		require.Equal(t, false, s["additionalProperties"], path)
		require.Len(t, s["required"], len(properties), path)
	})
}

// What the gate makes is what its schemas say, enums included.
func TestInputsAndDecisionsFitTheirSchemas(t *testing.T) {
	files, err := filepath.Glob("../testdata/decisions/golden/*.input.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	input := resolvedSchema(t, gate.InputSchema())
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		validate(t, input, data)
	}
	validate(t, input, []byte(toJSON(t, inputFor(t, &runner.RunConfig{}))))
	require.Error(t, input.Validate(map[string]any{"version": 2}))

	decision := resolvedSchema(t, gate.DecisionSchema())
	d, err := newGate(t).Decide(t.Context(), inputFor(t, process("a")))
	require.Error(t, err)
	validate(t, decision, []byte(toJSON(t, d)))
	d.Violations = []rego.Violation{{Policy: "a", Level: "deny", Severity: "low", Links: []string{}, Details: map[string]any{"a": 1}, Waiver: map[string]any{"ticket": "A"}}, {
		Level: "audit", Severity: "critical", Links: []string{"https://a"}, Details: map[string]any{},
	}}
	d.Warnings, d.Input = []string{"a"}, nil
	validate(t, decision, []byte(toJSON(t, d)))
	d.Violations[0].Level = "denied"
	var raw any
	require.NoError(t, json.Unmarshal([]byte(toJSON(t, d)), &raw))
	require.Error(t, decision.Validate(raw))
}

func resolvedSchema(t *testing.T, schema []byte) *jsonschema.Resolved {
	t.Helper()
	var s jsonschema.Schema
	require.NoError(t, json.Unmarshal(schema, &s))
	resolved, err := s.Resolve(nil)
	require.NoError(t, err)
	return resolved
}

func validate(t *testing.T, s *jsonschema.Resolved, data []byte) {
	t.Helper()
	var raw any
	require.NoError(t, json.Unmarshal(data, &raw))
	require.NoError(t, s.Validate(raw), string(data))
}
