package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
	"github.com/spf13/cobra"
)

func newCheckCommand(a *app) *cobra.Command {
	var (
		f       serverFlags
		configs []string
		output  string
	)
	cmd := &cobra.Command{
		Use:   "check [flags] SERVER [-- ARG...]\n  mcp-runner check [flags] -- COMMAND [ARG...]",
		Short: "Say whether policy allows an MCP server, and start nothing",
		Long: `check takes the arguments of run, asks every policy source and prints the
decision. Nothing is started, and nothing is recorded. --from-config may be
given more than once, to check several servers.

The engine is asked which image a reference stands for, as run does, and nothing
is pulled. Where no engine answers, policy judges what is written.

With -o json one decision is an object, and those of several --from-config are a
list in their order. -o sarif is SARIF 2.1.0: a result for each violation and
each error, in the run config that it is about.

The exit code is 0 where the server is allowed, 3 where it is not, and 1 where
it cannot be found out what would run; of several servers it is the highest.`,
		Example: `  mcp-runner check --policy ./policy -- npx -y @modelcontextprotocol/server-everything
  mcp-runner check -o json --from-config server.json
  mcp-runner check -o sarif --from-config one.json --from-config two.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.check(cmd, &f, configs, output, args)
		},
	}
	cmd.Flags().StringArrayVar(&configs, "from-config", nil, "check the server of a run config `file`, as ToolHive (thv export) writes it (repeatable)")
	f.registerOthers(cmd)
	outputFlag(cmd, &output, "form of the decision", "pretty", "json", "sarif")
	return cmd
}

// checkedServer is one server with the decision about it.
type checkedServer struct {
	// file is the run config, or "" where the command line describes the server.
	file   string
	config *runner.RunConfig
	// err is what kept the server from being judged, or what the decision says
	// against it.
	err       error
	judged    bool
	supported error
	decision  *gate.Decision
}

func (a *app) check(cmd *cobra.Command, f *serverFlags, configs []string, output string, args []string) (err error) {
	if err := checkOutput(output, "pretty", "json", "sarif"); err != nil {
		return err
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	if len(configs) == 0 {
		configs = []string{""}
	}
	servers := make([]checkedServer, len(configs))
	for i, file := range configs {
		s := checkedServer{file: file}
		f.fromConfig = file
		s.config, s.err = f.config(cmd.Flags(), args, cmd.ArgsLenAtDash())
		if _, usage := errors.AsType[*usageError](s.err); usage {
			return s.err
		}
		servers[i] = s
	}
	policy, err := openPolicy(cmd.Context(), f, nil, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, policy.Close()) }()
	r := runner.New(runner.Options{Containers: a.engine(nil, log), Log: log})
	for i := range servers {
		if note := servers[i].judge(cmd.Context(), policy.gate, r); note != "" {
			a.note(note)
		}
	}
	if err := a.printDecisions(output, servers); err != nil {
		return err
	}
	return a.worst(servers, output)
}

// judge asks the gate. The decision says so where there was nothing to ask. The
// note says what was not found out, and is "" where all was.
func (s *checkedServer) judge(ctx context.Context, g *gate.Gate, r *runner.Runner) (note string) {
	var resolved *runner.RunConfig
	if s.err == nil {
		resolved, s.err = r.Resolve(ctx, s.config)
		if errors.Is(s.err, docker.ErrNoEngine) {
			note = fmt.Sprintf("image %s is judged by what is written; run finds out which image that is: %s", s.config.Image, s.err)
			resolved, s.err = runner.Resolve(ctx, s.config)
		}
		if s.err != nil && s.file != "" {
			s.err = fmt.Errorf("%s: %w", s.file, s.err)
		}
	}
	if s.err != nil {
		s.decision = g.Undecided(ctx, s.err)
		return note
	}
	s.judged = true
	var undecided error
	s.decision, undecided = g.DecideConfig(ctx, resolved)
	s.err = cmp.Or(undecided, s.decision.Err())
	s.supported = r.Supported(resolved)
	return note
}

// worst reports what was not printed, and returns the error with the highest
// exit code.
func (a *app) worst(servers []checkedServer, output string) error {
	several := len(servers) > 1
	var worst error
	for _, s := range servers {
		switch {
		case !s.judged && !(several && output == "pretty"):
			a.report(s.err)
		case s.err == nil && s.supported != nil:
			about := ""
			if several {
				about = s.file + ": "
			}
			a.report(fmt.Errorf("%spolicy allows the server, but run would end with an error: %w", about, s.supported))
		}
		if exitCode(s.err) > exitCode(worst) {
			worst = s.err
		}
	}
	if worst == nil {
		return nil
	}
	return &shownError{worst}
}

func (a *app) printDecisions(output string, servers []checkedServer) error {
	switch output {
	case "json":
		if len(servers) == 1 {
			return a.printJSON(servers[0].decision)
		}
		decisions := make([]*gate.Decision, len(servers))
		for i, s := range servers {
			decisions[i] = s.decision
		}
		return a.printJSON(decisions)
	case "sarif":
		return a.printJSON(sarifOfDecisions(servers))
	}
	return a.printServers(servers)
}

// printServers shows the decisions to a person. What kept the one server from
// being judged is reported elsewhere.
func (a *app) printServers(servers []checkedServer) error {
	p := newPrinter(a.stdout)
	several, allowed := len(servers) > 1, 0
	for i, s := range servers {
		if several && i > 0 {
			p.Printf("\n")
		}
		if several {
			p.Printf("%s: ", p.Paint("1", show.Clean(s.file)))
		}
		if s.decision.Allowed {
			allowed++
		}
		if s.judged || several {
			p.Summary(s.decision)
			p.Explain(s.decision)
		}
	}
	if several {
		p.Printf("\n%s: %d allowed, %d not\n", count(len(servers), "server"), allowed, len(servers)-allowed)
	}
	return p.Err()
}
