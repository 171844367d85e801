package main

import "github.com/spf13/cobra"

// serveDemoCommand is the hidden subcommand behind `run demo`.
const serveDemoCommand = "serve-demo"

func newServeDemoCommand() *cobra.Command {
	return &cobra.Command{
		Use:    serveDemoCommand,
		Short:  "Be the demo MCP server, over stdin and stdout",
		Hidden: true,
		Args:   usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serveDemo(cmd.Context())
		},
	}
}
