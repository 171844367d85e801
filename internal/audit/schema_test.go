package audit_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/schematest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestSchemaIsThatOfTheTypes(t *testing.T) {
	s := schematest.Of[audit.Report](t, schematest.CommentsOf(t, ".", "../../gate", "../../rego"))
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "What an audit found"
	var decision jsonschema.Schema
	require.NoError(t, json.Unmarshal(gate.DecisionSchema(), &decision))
	decision.Schema, decision.Title = "", ""
	s.Properties["servers"].Items.Properties["decision"] = &decision
	want, err := json.MarshalIndent(s, "", "  ")
	require.NoError(t, err)
	want = append(want, '\n')
	if *update {
		require.NoError(t, os.WriteFile("schema.json", want, 0o644))
		return
	}
	require.Equal(t, string(want), string(audit.Schema()), "run: go test ./internal/audit -run Schema -update")
}
