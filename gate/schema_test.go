package gate_test

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

var update = flag.Bool("update", false, "write the golden files")

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	want := generateSchema(t)
	if *update {
		require.NoError(t, os.WriteFile("schema/input.json", want, 0o644))
		return
	}
	require.Equal(t, string(want), string(gate.InputSchema()), "run: go test ./gate -run Schema -update")
}

func generateSchema(t *testing.T) []byte {
	t.Helper()
	s, err := jsonschema.For[gate.Input](&jsonschema.ForOptions{
		TypeSchemas: map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[map[string]any](): {Type: "object"}},
	})
	require.NoError(t, err)
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "The input of an mcp-runner policy"
	withoutNull(s)
	data, err := json.MarshalIndent(s, "", "  ")
	require.NoError(t, err)
	return append(data, '\n')
}

// withoutNull takes null out of the types: the gate never sends it, and OPA
// types nothing below a union.
func withoutNull(s *jsonschema.Schema) {
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	for _, property := range s.Properties {
		withoutNull(property)
	}
	if s.Items != nil {
		withoutNull(s.Items)
	}
}

func TestSchemaTypesRego(t *testing.T) {
	compile := func(t *testing.T, body string) error {
		t.Helper()
		var schema any
		require.NoError(t, json.Unmarshal(gate.InputSchema(), &schema))
		set := ast.NewSchemaSet()
		set.Put(ast.SchemaRootRef, schema)
		module, err := ast.ParseModule("x.rego", "package mcp.policy.x\n\ndeny contains \"m\" if {\n"+body+"\n}\n")
		require.NoError(t, err)
		c := ast.NewCompiler().WithSchemas(set).WithUseTypeCheckAnnotations(true)
		c.Compile(map[string]*ast.Module{"x.rego": module})
		if c.Failed() {
			return c.Errors
		}
		return nil
	}
	for name, body := range map[string]string{
		"field":         `input.server.imagee == "x"`,
		"list element":  `some e in input.server.environment; e.nam == "x"`,
		"comprehension": `count([1 | some m in input.server.mounts; m.sorce == "/"]) > 0`,
		"below not":     `not input.server.permissions.priviledged`,
		"root":          `input.servers.name == "x"`,
		"string list":   `some a in input.server.command.args; a.x == "y"`,
		"number list":   `some p in input.server.permissions.network.outbound.ports; startswith(p, "8")`,
		"context":       `input.context.user.groupz != []`,
		"type":          `startswith(input.server.remote.port, "8")`,
		"empty list":    `some p in input.server.packages; p.nmae == "x"`,
		"redaction":     `some r in input.server.redactions; r.reson == "name"`,
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, compile(t, body)) })
	}
	for name, body := range map[string]string{
		"field":        `input.server.image.registry == "x"`,
		"list element": `some e in input.server.environment; e.name == "x"`,
		"config":       `input.config.anything.at.all == "x"`,
		"config walk":  `walk(input.config, [_, "x"])`,
		"number":       `input.server.remote.port > 1024`,
	} {
		t.Run("right "+name, func(t *testing.T) { require.NoError(t, compile(t, body)) })
	}
}

// Every object of the schema is closed and asks for all of its members: a list
// that could be null, or a member that could be missing, would be one that a
// rule silently does not see.
func TestSchemaAsksForEverything(t *testing.T) {
	var walk func(path string, s map[string]any)
	walk = func(path string, s map[string]any) {
		kind, ok := s["type"].(string)
		require.True(t, ok, "%s has no single type", path)
		switch kind {
		case "object":
			properties, _ := s["properties"].(map[string]any)
			if path == "/config" {
				require.Empty(t, properties)
				return
			}
			require.Equal(t, false, s["additionalProperties"], path)
			require.Len(t, s["required"], len(properties), path)
			for name, property := range properties {
				walk(path+"/"+name, property.(map[string]any))
			}
		case "array":
			walk(path+"/*", s["items"].(map[string]any))
		}
	}
	var s map[string]any
	require.NoError(t, json.Unmarshal(gate.InputSchema(), &s))
	walk("", s)
}
