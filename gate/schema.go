package gate

import (
	_ "embed"
	"slices"
)

// inputSchema is generated from the Go types: go test ./gate -run Schema -update.
//
//go:embed schema/input.json
var inputSchema []byte

// InputSchema returns the JSON Schema of [Input]. The file schema/input.json is
// what `opa check -s` takes.
func InputSchema() []byte { return slices.Clone(inputSchema) }
