package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
)

// app is what the commands of one process share.
type app struct {
	stdin          *os.File
	stdout, stderr io.Writer

	logFormat string
	debug     bool

	// command is the subcommand that runs, for the hint after a usage error.
	command string
	// reported is set once the error that ends the process has been shown.
	reported bool
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "mcp-runner",
		Short: "Start MCP servers that policy allows",
		Long: `mcp-runner starts an MCP server only if the Rego policies in force allow it.

Policies come from the system directory, from --policy and MCP_RUNNER_POLICY,
from the user's configuration directory and from the starter policies that are
built in. Each source decides on its own and all must allow.`,
		Example: `  mcp-runner run demo
  mcp-runner run --stdio -- npx -y @modelcontextprotocol/server-everything
  mcp-runner check --policy ./policy https://mcp.example.com/mcp`,
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		SilenceUsage:               true,
		Args:                       cobra.ArbitraryArgs,
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			a.command = cmd.Name()
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				return usagef("unknown command %q, did you mean %q?", args[0], near[0])
			}
			return usagef("unknown command %q", args[0])
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		a.command = cmd.Name()
		return &usageError{err}
	})
	root.PersistentFlags().StringVar(&a.logFormat, "log-format", "text", "format of the log on stderr: text or json")
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "log more")
	noFileCompletion(root, "log-format", "text", "json")
	root.AddCommand(newRunCommand(a), newCheckCommand(a), newVersionCommand(a), newServeDemoCommand())
	return root
}

// helpPrefix is the subcommand and a space, or nothing.
func (a *app) helpPrefix() string {
	if a.command == "" || a.command == "mcp-runner" {
		return ""
	}
	return a.command + " "
}

// logger returns the log of the process, on stderr: stdout belongs to the
// protocol or to the result.
func (a *app) logger() (*slog.Logger, error) {
	opts := &slog.HandlerOptions{Level: slog.LevelInfo}
	if a.debug {
		opts.Level = slog.LevelDebug
	}
	switch a.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(a.stderr, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.stderr, opts)), nil
	default:
		return nil, usagef("--log-format %q: want text or json", a.logFormat)
	}
}

// noFileCompletion completes a flag with fixed values.
func noFileCompletion(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag does not exist: a programming error
	}
}
