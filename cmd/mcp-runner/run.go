package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/spf13/cobra"
)

func newRunCommand(a *app) *cobra.Command {
	var f serverFlags
	cmd := &cobra.Command{
		Use:   "run [flags] SERVER [-- ARG...]\n  mcp-runner run [flags] -- COMMAND [ARG...]",
		Short: "Start an MCP server, if policy allows it",
		Long: `run asks every policy source about the server and starts it only if all allow.

SERVER is an image reference, the URL of a remote server, or demo, a small
server inside this program. Behind -- stands a command with its arguments.

Without --stdio the server is offered over streamable HTTP, one server process
for each client session. With --stdio it serves one client over stdin and
stdout; that is what belongs into the configuration of an MCP client.

The exit code is 0, or the server's own (128 plus the signal that ended it);
1 after another error, 2 for wrong usage, 3 where policy did not allow.`,
		Example: `  mcp-runner run demo
  mcp-runner run --stdio -e API_KEY -- npx -y @modelcontextprotocol/server-everything
  mcp-runner run --policy ./policy --port 8080 https://mcp.example.com/mcp`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runServer(cmd, &f, args)
		},
	}
	f.register(cmd)
	return cmd
}

func (a *app) runServer(cmd *cobra.Command, f *serverFlags, args []string) (err error) {
	log, err := a.logger()
	if err != nil {
		return err
	}
	cfg, err := f.config(cmd.Flags(), args, cmd.ArgsLenAtDash())
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	policy, err := openPolicy(ctx, f, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, policy.Close()) }()
	runner.RegisterPolicyGate(policy.gate)

	r := runner.New(runner.Options{Log: log})
	if f.stdio {
		return a.runStdio(ctx, r, cfg, policy, log)
	}
	return a.runHTTP(ctx, r, cfg, policy, log)
}

// runStdio serves the one client that started this process. A process server
// inherits stdin and stdout.
func (a *app) runStdio(ctx context.Context, r *runner.Runner, cfg *runner.RunConfig, policy *policySources, log *slog.Logger) error {
	err := r.Run(ctx, cfg, runner.Stdio{Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr})
	if isBlocked(err) {
		a.reportBlocked(err, log)
	}
	var exit *runner.ExitError
	if err == nil || errors.As(err, &exit) || ctx.Err() != nil {
		return err
	}
	// The client waits for an answer to its first request: it gets the reason.
	return errors.Join(err, runner.ServeBlocked(ctx, a.stdin, a.stdout, err))
}

func isBlocked(err error) bool {
	var blocked *runner.BlockedError
	return errors.As(err, &blocked)
}

// reportBlocked tells the person why the server was not started.
func (a *app) reportBlocked(err error, log *slog.Logger) {
	a.reported = true
	if a.logFormat == "json" {
		log.Error(err.Error())
		return
	}
	fmt.Fprintf(a.stderr, "mcp-runner: %s\n", clean(err.Error()))
	var (
		denied    *gate.DeniedError
		undecided *gate.UndecidedError
	)
	switch {
	case errors.As(err, &denied):
		newPrinter(a.stderr).explain(denied.Decision)
	case errors.As(err, &undecided):
		newPrinter(a.stderr).explain(undecided.Decision)
	}
}
