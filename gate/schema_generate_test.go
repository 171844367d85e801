package gate_test

import (
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/schematest"
	"github.com/mcp-runner/mcp-runner/rego"
)

var update = flag.Bool("update", false, "write the golden files")

// The schemas are made from the Go types: their fields, comments and enum tags.
func TestSchemasAreThoseOfTheTypes(t *testing.T) {
	doc := schematest.CommentsOf(t, ".", "../rego")
	for file, tc := range map[string]struct {
		schema *jsonschema.Schema
		have   []byte
	}{
		"input.json":    {inputSchema(t, doc), gate.InputSchema()},
		"decision.json": {decisionSchema(t, doc), gate.DecisionSchema()},
	} {
		tc.schema.Schema = "https://json-schema.org/draft/2020-12/schema"
		want, err := json.MarshalIndent(tc.schema, "", "  ")
		require.NoError(t, err)
		want = append(want, '\n')
		if *update {
			require.NoError(t, os.WriteFile("schema/"+file, want, 0o644))
			continue
		}
		require.Equal(t, string(want), string(tc.have), "run: go test ./gate -run Schemas -update")
	}
}

func inputSchema(t *testing.T, doc schematest.Comments) *jsonschema.Schema {
	t.Helper()
	s := schematest.Of[gate.Input](t, doc)
	s.Title = "The input of a policy"
	return s
}

func decisionSchema(t *testing.T, doc schematest.Comments) *jsonschema.Schema {
	t.Helper()
	s := schematest.Of[gate.Decision](t, doc)
	s.Title = "The decision of the gate"
	violation := s.Properties["violations"].Items
	violation.Properties["level"].Enum = []any{rego.LevelDeny, rego.LevelWarn, rego.LevelAudit}
	violation.Properties["severity"].Enum = []any{"low", "medium", "high", "critical"}
	waiver := violation.Properties["waiver"]
	waiver.Type, waiver.Types = "", []string{"null", "object"}
	return s
}
