package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/rego"
)

// allowBuiltinFlag adds --allow-builtin, which refuses what is no builtin.
func allowBuiltinFlag(cmd *cobra.Command, names *[]string) {
	cmd.Flags().Var((*builtinNames)(names), "allow-builtin", "Rego `builtin` that policies may call besides the usual ones (repeatable)")
}

type builtinNames []string

func (n *builtinNames) String() string { return strings.Join(*n, ",") }

func (n *builtinNames) Type() string { return "builtin" }

func (n *builtinNames) Set(name string) error {
	if err := rego.CheckBuiltins([]string{name}); err != nil {
		return err
	}
	*n = append(*n, name)
	return nil
}
