package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/spf13/cobra"
)

func newRunCommand(a *app) *cobra.Command {
	cmd, _ := newRun(a)
	return cmd
}

// newRun returns the command with the flags that it fills.
func newRun(a *app) (*cobra.Command, *serverFlags) {
	var f serverFlags
	var onChange onPolicyChange
	cmd := &cobra.Command{
		Use:   "run [flags] SERVER [-- ARG...]\n  mcp-runner run [flags] -- COMMAND [ARG...]",
		Short: "Start an MCP server, if policy allows it",
		Long: `run asks every policy source about the server and starts it only if all allow.

SERVER is an image reference, a package, the URL of a remote server, or demo, a
small server inside this program. Behind -- stands a command with its arguments.

A package is npx://NAME@VERSION, uvx://NAME@VERSION or go://PATH@VERSION. Its
launcher (npx -y, uvx, go run) starts it on this machine as a process.

Each decision is written down first, in the file that --decision-log names, by
default decisions.jsonl below ~/.local/state/mcp-runner. Where that cannot be
done, the server does not start. See mcp-runner decisions.

An image runs in a container of Docker or Podman, which DOCKER_HOST names, else
the docker command's context, else the usual socket. It is found out first which
image the reference stands for, policy decides about that one, and that one runs.
The container has no network and none of this machine's files unless
--permission-profile and -v give them.

Without --stdio the server is offered over streamable HTTP, one server process
or container for each client session. With --stdio it serves one client over stdin and
stdout; that is what belongs into the configuration of an MCP client.

While the server runs, policies may change. What is saved counts for the next
server or session; about those that run the gate is asked again, and
--on-policy-change says what becomes of one that would not be allowed any more:
warn lets it go on and says why, stop ends it with exit code 3, ignore does not
ask.

With --diagnostics-addr the process answers on that address /metrics (for
Prometheus), /healthz, /readyz and /status, which is what
mcp-runner policy status --addr reads, for as long as it runs.

The exit code is 0, or the server's own (128 plus the signal that ended it);
1 after another error, 2 for wrong usage, 3 where policy did not allow.`,
		Example: `  mcp-runner run demo
  mcp-runner run --stdio -e API_KEY -- npx -y @modelcontextprotocol/server-everything
  mcp-runner run --stdio --permission-profile network ghcr.io/github/github-mcp-server
  mcp-runner run --stdio npx://@modelcontextprotocol/server-everything@2026.8.31
  mcp-runner run --policy ./policy --port 8080 https://mcp.example.com/mcp`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runServer(cmd, &f, onChange, args)
		},
	}
	f.register(cmd)
	f.log.register(cmd)
	f.diagnostics.register(cmd)
	onChange.register(cmd)
	return cmd, &f
}

func (a *app) runServer(cmd *cobra.Command, f *serverFlags, onChange onPolicyChange, args []string) (err error) {
	log, err := a.logger()
	if err != nil {
		return err
	}
	cfg, err := f.config(cmd.Flags(), args, cmd.ArgsLenAtDash())
	if err != nil {
		return err
	}
	secrets, err := f.secretValues()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	diag, err := f.diagnostics.listen()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, diag.Close()) }()
	engine := a.engine(secrets, log)
	container := cfg.Image != "" && !runner.IsPackage(cfg.Image)
	if container {
		engine.Prepare(ctx)
	}
	policy, err := openPolicy(ctx, f, a.showDecision, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, policy.Close()) }()
	if err := diag.serve(policy, log); err != nil {
		return err
	}
	runner.RegisterPolicyGate(policy.gate)

	a.hintNetwork = container && cfg.PermissionProfile == nil
	r := runner.New(runner.Options{Containers: engine, Secrets: secrets, Log: log, OnPolicyChange: onChange.PolicyChange})
	if f.stdio {
		return a.runStdio(ctx, r, cfg)
	}
	return a.runHTTP(ctx, r, cfg, policy, log)
}

// runStdio serves the one client that started this process. A process server
// inherits stdin and stdout.
func (a *app) runStdio(ctx context.Context, r *runner.Runner, cfg *runner.RunConfig) error {
	err := r.Run(ctx, cfg, runner.Stdio{Stdin: a.stdin, Stdout: a.stdout, Stderr: a.stderr})
	var exit *runner.ExitError
	var stopped *runner.StoppedError
	switch {
	case err == nil, errors.As(err, &exit), errors.As(err, &stopped), errors.Is(err, runner.ErrServerFailed), ctx.Err() != nil:
		return err
	}
	// No server was started, and the client waits for an answer to its first
	// request: it gets the reason.
	a.reportOnce(err)
	return errors.Join(err, runner.ServeBlocked(ctx, a.stdin, a.stdout, redacted(err)))
}

// showDecision tells the person why a server is not allowed and what to do, or
// what warns about one that is.
func (a *app) showDecision(d *gate.Decision) {
	if err := d.Err(); err != nil && !d.Running { // the runner says what becomes of one that runs
		a.report(&runner.BlockedError{Err: err})
	}
	if a.logFormat == "json" {
		a.logDecision(d)
	} else {
		newPrinter(a.stderr).Explain(d)
	}
	if a.hintNetwork && d.Allowed {
		a.hintNetwork = false // of an HTTP endpoint, the first session's is enough
		a.note("the server has no network; --permission-profile network gives it one")
	}
}

// note tells the person something that is no error.
func (a *app) note(text string) {
	text = gate.RedactText(text)
	if a.logFormat == "json" {
		if log, err := a.logger(); err == nil {
			log.Info(text)
			return
		}
	}
	fmt.Fprintln(a.stderr, "mcp-runner: "+show.Block(text))
}

// logDecision is one line about what the person should know of d.
func (a *app) logDecision(d *gate.Decision) {
	log, err := a.logger()
	if err == nil && (!d.Allowed || len(d.Warnings) > 0 || slices.ContainsFunc(d.Violations, warned)) {
		err = gate.LogRecorder(log).Record(context.Background(), d)
	}
	if err != nil {
		fmt.Fprintln(a.stderr, "mcp-runner: "+show.Block(gate.RedactText(err.Error())))
	}
}

func warned(v rego.Violation) bool { return v.Level == rego.LevelWarn && v.Waiver == nil }

// report shows an error that ends this process or a session, or kept one from
// starting.
func (a *app) report(err error) {
	text := gate.RedactText(err.Error())
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reported = text
	if a.logFormat == "json" {
		if log, err := a.logger(); err == nil {
			log.Error(text)
			return
		}
	}
	fmt.Fprintln(a.stderr, "mcp-runner: "+show.Block(text))
}

// reportOnce is report for an error that may have been shown last.
func (a *app) reportOnce(err error) {
	a.mu.Lock()
	done := a.reported == gate.RedactText(err.Error())
	a.mu.Unlock()
	if !done {
		a.report(err)
	}
}

// redactedError is an error whose text may go to where secrets must not.
type redactedError struct{ error }

func redacted(err error) error { return redactedError{err} }

func (e redactedError) Error() string { return gate.RedactText(e.error.Error()) }
func (e redactedError) Unwrap() error { return e.error }
