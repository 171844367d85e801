package main

import (
	"context"
	"io"

	"github.com/mcp-runner/mcp-runner/internal/egress"
	"github.com/spf13/cobra"
)

// newEgressCommand is the hidden subcommand that a container of the runner's own
// runs, to keep a server to its listed hosts.
func newEgressCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     egress.Command + " CONFIG",
		Short:   "Keep a server in a container to its listed hosts",
		Example: `  mcp-runner egress '{"internal":"172.20.0.0/16","hosts":["api.example.com"]}'`,
		Hidden:  true,
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := egress.ParseConfig([]byte(args[0]))
			if err != nil {
				return err
			}
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			go func() { // ends with the process
				defer stop()
				// The runner holds the other end: whatever ends it, it is gone.
				_, _ = io.Copy(io.Discard, a.stdin)
			}()
			return egress.Run(ctx, cfg, a.stderr)
		},
	}
}
