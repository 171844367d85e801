package rego

import (
	_ "embed"
	"slices"
)

//go:embed schema/settings.json
var settingsSchema []byte

// SettingsSchema returns the JSON Schema of data.yaml at the root of a bundle:
// data.mcp.settings, and whatever else policies read. A file that loads fits
// it; what it cannot say, such as a policy that is not there, only the load
// says.
func SettingsSchema() []byte { return slices.Clone(settingsSchema) }
