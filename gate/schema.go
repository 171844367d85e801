package gate

import (
	_ "embed"
	"slices"
)

// The schemas are generated from the Go types: go test ./gate -run Schemas -update.
var (
	//go:embed schema/input.json
	inputSchema []byte
	//go:embed schema/decision.json
	decisionSchema []byte
)

// InputSchema returns the JSON Schema (2020-12) of [Input], with a description of
// the fields and, where it is closed, the list of their values. The same file,
// schema/input.json, is what `opa check -s` takes in full.
func InputSchema() []byte { return slices.Clone(inputSchema) }

// DecisionSchema returns the JSON Schema (2020-12) of [Decision].
func DecisionSchema() []byte { return slices.Clone(decisionSchema) }
