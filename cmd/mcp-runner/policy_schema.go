package main

import (
	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/rego"
)

// schemas are the JSON Schemas that 'policy schema' prints.
var schemas = []struct {
	name   string
	schema func() []byte
}{
	{"input", gate.InputSchema},
	{"decision", gate.DecisionSchema},
	{"settings", rego.SettingsSchema},
	{"audit", audit.Schema},
}

func newPolicySchemaCommand(a *app) *cobra.Command {
	var names []string
	for _, s := range schemas {
		names = append(names, s.name)
	}
	return &cobra.Command{
		Use:   "schema [input|decision|settings|audit]",
		Short: "Print the JSON Schema of the input, of a decision, of the settings or of an audit",
		Long: `schema prints a JSON Schema (2020-12): of the input that policies see, which is
what is printed without an argument and what 'opa check -s' takes; of a decision
as 'check -o json' prints it; of the settings, the file data.yaml at the root
of a bundle, which editors take; or of the report of 'audit -o json'.`,
		Example: `  mcp-runner policy schema input > schemas/input.json
  mcp-runner policy schema settings > schemas/settings.json`,
		Args:      usageArgs(cobra.MaximumNArgs(1)),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = names[:1]
			}
			for _, s := range schemas {
				if s.name == args[0] {
					_, err := a.stdout.Write(s.schema())
					return err
				}
			}
			return usagef("%q has no schema: want %s", args[0], oneOf(names))
		},
	}
}
