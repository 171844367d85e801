package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/spf13/cobra"
)

func newCheckCommand(a *app) *cobra.Command {
	var (
		f      serverFlags
		output string
	)
	cmd := &cobra.Command{
		Use:   "check [flags] SERVER [-- ARG...]\n  mcp-runner check [flags] -- COMMAND [ARG...]",
		Short: "Say whether policy allows an MCP server, and start nothing",
		Long: `check takes the arguments of run, asks every policy source and prints the
decision. Nothing is started, and nothing is recorded.

The exit code is 0 where the server is allowed and 3 where it is not.`,
		Example: `  mcp-runner check --policy ./policy -- npx -y @modelcontextprotocol/server-everything
  mcp-runner check -o json --from-config server.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.check(cmd, &f, output, args)
		},
	}
	f.register(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "pretty", "form of the decision: pretty or json")
	noFileCompletion(cmd, "output", "pretty", "json")
	return cmd
}

func (a *app) check(cmd *cobra.Command, f *serverFlags, output string, args []string) (err error) {
	if output != "pretty" && output != "json" {
		return usagef("--output %q: want pretty or json", output)
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	cfg, err := f.config(cmd.Flags(), args, cmd.ArgsLenAtDash())
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	policy, err := openPolicy(ctx, f, nil, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, policy.Close()) }()

	resolved, err := runner.Resolve(ctx, cfg)
	if err != nil {
		return err
	}
	in, err := gate.InputFor(resolved)
	if err != nil {
		return fmt.Errorf("%w: %w", gate.ErrUndecided, err)
	}
	// Where no verdict was reached the decision says why, too.
	decision, undecided := policy.gate.Decide(ctx, in)
	if err := a.printDecision(output, decision); err != nil {
		return errors.Join(err, undecided)
	}
	if err := runner.Supported(resolved); decision.Allowed && err != nil {
		a.report(fmt.Errorf("policy allows the server, but run would end with an error: %w", err))
	}
	if err := cmp.Or(undecided, decision.Err()); err != nil {
		return &shownError{err}
	}
	return nil
}

func (a *app) printDecision(output string, d *gate.Decision) error {
	if output == "json" {
		data, err := plainJSON(d, "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(a.stdout, data)
		return err
	}
	p := newPrinter(a.stdout)
	p.summary(d)
	p.explain(d)
	return p.err
}
