package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/spf13/cobra"
)

// app is what the commands of one process share.
type app struct {
	stdin          *os.File
	stdout, stderr io.Writer

	logFormat string
	debug     bool

	// hintNetwork says that the server is a container that gets no network because
	// nothing was said about it.
	hintNetwork bool

	mu sync.Mutex
	// reported is the text of the last error that was shown.
	reported string
}

func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "mcp-runner",
		Short: "Start MCP servers that policy allows",
		Long: `mcp-runner starts an MCP server only if the Rego policies in force allow it.

Policies come from the system directory, from --policy and MCP_RUNNER_POLICY,
from the user's configuration directory and from the policies that are built in,
of which --builtin chooses a profile. Each source decides on its own and all must allow.`,
		Example: `  mcp-runner run demo
  mcp-runner run --stdio -- npx -y @modelcontextprotocol/server-everything
  mcp-runner check --policy ./policy https://mcp.example.com/mcp`,
		Version:                    buildVersion(),
		SuggestionsMinimumDistance: 2,
		SilenceErrors:              true,
		SilenceUsage:               true,
		Args:                       cobra.ArbitraryArgs,
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
		if cmd.Flags().Lookup("stdio") != nil && strings.Contains(err.Error(), "unknown") {
			err = fmt.Errorf("%w; a command and its own flags stand behind --, as in: mcp-runner %s -- npx -y PACKAGE", err, cmd.Name())
		}
		return &usageError{err}
	})
	root.PersistentFlags().StringVar(&a.logFormat, "log-format", "text", "format of the log on stderr: text or json")
	root.PersistentFlags().BoolVar(&a.debug, "debug", false, "log more")
	noFileCompletion(root, "log-format", "text", "json")
	root.AddCommand(newRunCommand(a), newCheckCommand(a), newPsCommand(a), newLogsCommand(a), newStopCommand(a), newAuditCommand(a), newWrapCommand(a), newUnwrapCommand(a), newPolicyCommand(a),
		newDecisionsCommand(a), newVersionCommand(a), newServeDemoCommand(), newEgressCommand(a))
	return root
}

// logger returns the log of the process, on stderr: stdout belongs to the
// protocol or to the result.
func (a *app) logger() (*slog.Logger, error) {
	opts := &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: redactAttr}
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

// redactAttr keeps secrets out of the log, whatever library an error came from.
func redactAttr(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(gate.RedactText(v))
	case error:
		a.Value = slog.StringValue(gate.RedactText(v.Error()))
	case []string:
		texts := make([]string, len(v))
		for i, s := range v {
			texts[i] = gate.RedactText(s)
		}
		a.Value = slog.AnyValue(texts)
	}
	return a
}

// noFileCompletion completes a flag with fixed values.
func noFileCompletion(cmd *cobra.Command, flag string, values ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(err) // the flag does not exist: a programming error
	}
}
