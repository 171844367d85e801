package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/rego"
)

func newPolicyListCommand(a *app) *cobra.Command {
	var output string
	var allowBuiltins []string
	cmd := &cobra.Command{
		Use:   "list DIR",
		Short: "List policies with their levels",
		Long: `list shows each policy of DIR: its name, the level that the settings give to its
deny set, its severity and its title. With -o json it prints a list of objects
with name, title, description, severity, remediation, links, owasp, level,
defines, params (the JSON Schema of the policy's params) and files.`,
		Example: `  mcp-runner policy list ./mcp-policies
  mcp-runner policy list -o json ./mcp-policies`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.policyList(cmd.Context(), args[0], output, allowBuiltins)
		},
	}
	allowBuiltinFlag(cmd, &allowBuiltins)
	outputFlag(cmd, &output, "form of the list", "pretty", "json")
	return cmd
}

func (a *app) policyList(ctx context.Context, dir, output string, allowBuiltins []string) error {
	if err := checkOutput(output, "pretty", "json"); err != nil {
		return err
	}
	p, err := a.loadPolicies(ctx, dir, allowBuiltins)
	if err != nil {
		return err
	}
	infos := p.Info()
	if output == "json" {
		return a.printJSON(infos)
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "POLICY\tLEVEL\tSEVERITY\tTITLE") // Flush has the error
	for _, info := range infos {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", info.Name, shownLevel(info), info.Severity, cmp.Or(clean(info.Title), "-"))
	}
	return table.Flush()
}

// shownLevel is the level of what the policy defines: a policy without a deny
// set warns at most.
func shownLevel(info rego.PolicyInfo) string {
	if len(info.Defines) == 1 && info.Defines[0] == rego.LevelWarn && info.Level == rego.LevelDeny {
		return rego.LevelWarn
	}
	return info.Level
}

// loadPolicies loads the policies in dir. Where they do not load, the person
// has been shown why.
func (a *app) loadPolicies(ctx context.Context, dir string, allowBuiltins []string) (*rego.Policy, error) {
	repo, err := openRepository(dir)
	if err != nil {
		return nil, err
	}
	loaded, err := rego.Load(ctx, repo.load(allowBuiltins))
	if err == nil || ctx.Err() != nil {
		return loaded, err
	}
	checked := checkedSource{Dir: dir, Findings: repo.located(rego.Findings(err))}
	p := newPrinter(a.stderr)
	p.findings([]checkedSource{checked})
	if p.err != nil {
		return nil, p.err
	}
	return nil, &shownError{err}
}
