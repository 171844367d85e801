package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcp-runner/mcp-runner/gate"
)

func newPolicyStatusCommand(a *app) *cobra.Command {
	var (
		f            policyFlags
		addr, output string
		ofSources    []string // the flags of f
	)
	cmd := &cobra.Command{
		Use:   "status [flags]",
		Short: "Say which policies are in force, and what is wrong with those that are not",
		Long: `status opens every source of policy as run does, and says of each what is in
force: its revision, its policies, how its changes are found, what is odd about
it; or why it denies. Nothing is decided, started or recorded.

With --addr it asks a process that runs, at the address that its
--diagnostics-addr named: what is in force there, since when, how old that is,
how often it was reloaded and why the last change did not load.

With -o json it prints what /status of --diagnostics-addr answers.

The exit code is 0 where a server can be allowed; 3 where none can, because a
source has no policy in force or an evaluation is stuck; 1 where nobody answers.`,
		Example: `  mcp-runner policy status
  mcp-runner policy status -o json --policy ./policy
  mcp-runner policy status --addr 127.0.0.1:9464`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkOutput(output, "pretty", "json"); err != nil {
				return err
			}
			if !cmd.Flags().Changed("addr") {
				st, err := a.openStatus(cmd.Context(), &f)
				return a.showStatus(st, "", output, err)
			}
			for _, name := range ofSources {
				if cmd.Flags().Changed(name) {
					return usagef("--addr asks a process that has its own policies; leave --%s out", name)
				}
			}
			st, from, err := askStatus(cmd.Context(), addr)
			return a.showStatus(st, from, output, err)
		},
	}
	f.register(cmd)
	cmd.Flags().VisitAll(func(flag *pflag.Flag) { ofSources = append(ofSources, flag.Name) })
	cmd.Flags().StringVar(&addr, "addr", "", "`HOST:PORT` or URL of the diagnostics of a running process, to ask that instead")
	outputFlag(cmd, &output, "form of the status", "pretty", "json")
	return cmd
}

// showStatus prints a status, unless there is none because of err. The error that
// it returns where nothing can be allowed has been shown.
func (a *app) showStatus(st gate.Status, from, output string, err error) error {
	if err != nil {
		return err
	}
	if output == "json" {
		err = a.printJSON(st)
	} else {
		p := newPrinter(a.stdout)
		p.status(st, from)
		err = p.Err()
	}
	if err != nil || st.Ready {
		return err
	}
	return &shownError{fmt.Errorf("%w: %s", gate.ErrUndecided, strings.Join(st.Reasons, "; "))}
}

// openStatus opens the sources as run does, and closes them.
func (a *app) openStatus(ctx context.Context, f *policyFlags) (st gate.Status, err error) {
	log, err := a.logger()
	if err != nil {
		return st, err
	}
	if !a.debug {
		log = slog.New(slog.DiscardHandler) // the status says it all
	}
	sources, err := f.sources(log)
	if err != nil {
		return st, err
	}
	stores, err := gate.OpenSources(ctx, sources)
	if err != nil {
		return st, err
	}
	p := &policySources{stores: stores}
	defer func() { err = errors.Join(err, p.Close()) }()
	p.gate, err = gate.New(gate.Config{Stores: stores, Log: log})
	if err != nil {
		return st, err
	}
	return p.gate.Status(), nil
}
