package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/spf13/cobra"
)

func newPolicyExplainCommand(a *app) *cobra.Command {
	var (
		f      serverFlags
		output string
	)
	cmd := &cobra.Command{
		Use:   "explain [flags] SERVER [-- ARG...]\n  mcp-runner policy explain [flags] -- COMMAND [ARG...]",
		Short: "Say which rules, lines and values led to a decision",
		Long: `explain takes the arguments of check and prints the decision with what led to
it: for each violation the rule, its line, the expressions that held and the
values they held for; for each policy the rules that were tried, where those
that did not hold stopped, and the fields of the input that were read. Values
are those of the redacted input. Nothing is started, and nothing is recorded.

The exit code is 0 where the server is allowed and 3 where it is not.`,
		Example: `  mcp-runner policy explain --policy ./policy -- npx -y @modelcontextprotocol/server-everything
  mcp-runner policy explain -o json --from-config server.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.explain(cmd, &f, output, args)
		},
	}
	f.register(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "pretty", "form of the explanation: pretty or json")
	noFileCompletion(cmd, "output", "pretty", "json")
	return cmd
}

func (a *app) explain(cmd *cobra.Command, f *serverFlags, output string, args []string) (err error) {
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
	explanation, failed := policy.gate.Explain(ctx, in)
	if err := a.printExplanation(output, explanation); err != nil {
		return errors.Join(err, failed)
	}
	if failed != nil && !errors.Is(failed, gate.ErrUndecided) {
		return failed // what was decided is shown, and not all that led to it
	}
	if err := cmp.Or(failed, explanation.Decision.Err()); err != nil {
		return &shownError{err}
	}
	return nil
}

func (a *app) printExplanation(output string, e *gate.Explanation) error {
	if output == "json" {
		text, err := show.JSON(e, "  ")
		if err == nil {
			_, err = fmt.Fprintln(a.stdout, text)
		}
		return err
	}
	p := newPrinter(a.stdout)
	p.Summary(e.Decision)
	for _, err := range e.Decision.Errors {
		p.Printf("\n%s  %s\n", p.Paint("1;31", cmp.Or(show.Clean(err.Policy), "no verdict")), show.Block(err.Msg))
	}
	for _, w := range e.Decision.Warnings {
		p.Printf("\n%s  %s\n", p.Paint("1;33", "warning"), show.Clean(w))
	}
	for _, s := range e.Sources {
		for _, policy := range s.Policies {
			p.policyTrace(s.Source, policy, e.Decision)
		}
	}
	return p.Err()
}

// policyTrace shows what one policy looked at.
func (p *printer) policyTrace(source string, t rego.PolicyTrace, d *gate.Decision) {
	verdict := p.Paint("1;32", "no violation")
	if n := len(t.Members); n > 0 {
		verdict = p.Paint("1;31", fmt.Sprintf("%d violation(s)", n))
	}
	p.Printf("\n%s  %s (source %s)\n", p.Paint("1", show.Clean(t.Policy)), verdict, show.Clean(source))
	if t.Error != "" {
		p.Printf("  error   %s\n", show.Block(t.Error))
	}
	for _, m := range t.Members {
		p.Printf("  %s  %s\n", levelOf(m, t.Policy, source, d), show.Block(m.Msg))
		p.Printf("    rule  %s:%d\n", show.Clean(m.File), m.Row)
		for _, step := range m.Steps {
			p.step("    held  ", step)
		}
	}
	for _, r := range t.Rules {
		if r.Held {
			if !madeMember(t.Members, r) {
				p.Printf("  held    %s  %s:%d\n", show.Clean(shortRule(r.Rule, t.Policy)), show.Clean(r.File), r.Row)
			}
			continue
		}
		p.Printf("  not     %s  %s:%d\n", show.Clean(shortRule(r.Rule, t.Policy)), show.Clean(r.File), r.Row)
		if r.Stopped != nil {
			p.step("    stopped  ", *r.Stopped)
		}
	}
	if len(t.Inputs) > 0 {
		p.Printf("  read    %s\n", show.Clean(strings.Join(t.Inputs, " ")))
	}
}

func (p *printer) step(label string, s rego.Step) {
	p.Printf("%s%s:%d  %s\n", label, show.Clean(s.File), s.Row, show.Clean(s.Text))
	for _, v := range s.Values {
		p.Printf("          %s = %s\n", show.Clean(v.Name), show.Clean(v.Value))
	}
}

// levelOf is the level that the decision gave to a member of a set.
func levelOf(m rego.MemberTrace, policy, source string, d *gate.Decision) string {
	i := slices.IndexFunc(d.Violations, func(v rego.Violation) bool {
		return v.Policy == policy && v.Source == source && v.Msg == m.Msg && v.Path == m.Path
	})
	switch {
	case i < 0:
		return m.Set
	case d.Violations[i].Waiver != nil:
		return "waived"
	default:
		return d.Violations[i].Level
	}
}

func madeMember(members []rego.MemberTrace, r rego.RuleTrace) bool {
	return slices.ContainsFunc(members, func(m rego.MemberTrace) bool { return m.File == r.File && m.Row == r.Row })
}

// shortRule is the name of a rule without its policy.
func shortRule(rule, policy string) string {
	return strings.TrimPrefix(rule, "mcp.policy."+policy+".")
}
