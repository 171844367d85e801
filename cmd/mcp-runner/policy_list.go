package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

func newPolicyListCommand(a *app) *cobra.Command {
	var output, builtin string
	var allowBuiltins []string
	cmd := &cobra.Command{
		Use:   "list DIR",
		Short: "List policies with their levels",
		Long: `list shows each policy of DIR: its name, the level that the settings give to its
deny set, its severity and its title. With --builtin it shows those of a profile
of the built-in policies, and takes no DIR. With -o json it prints a list of objects
with name, title, description, severity, remediation, links, owasp, level,
defines, params (the JSON Schema of the policy's params) and files.`,
		Example: `  mcp-runner policy list ./mcp-policies
  mcp-runner policy list -o json ./mcp-policies
  mcp-runner policy list --builtin recommended`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkOutput(output, "pretty", "json"); err != nil {
				return err
			}
			chosen := cmd.Flags().Changed("builtin")
			switch {
			case chosen && len(args) > 0:
				return usagef("--builtin lists built-in policies; leave %s out", args[0])
			case chosen:
				return a.policyListBuiltin(cmd.Context(), builtin, output)
			case len(args) == 0:
				return usagef("mcp-runner policy list without an argument: want mcp-runner policy list DIR, or --builtin PROFILE")
			}
			return a.policyList(cmd.Context(), args[0], output, allowBuiltins)
		},
	}
	cmd.Flags().StringVar(&builtin, "builtin", "", "`profile` of the built-in policies to list: "+oneOf(library.Names()))
	noFileCompletion(cmd, "builtin", library.Names()...)
	allowBuiltinFlag(cmd, &allowBuiltins)
	outputFlag(cmd, &output, "form of the list", "pretty", "json")
	return cmd
}

func (a *app) policyList(ctx context.Context, dir, output string, allowBuiltins []string) error {
	p, err := a.loadPolicies(ctx, dir, allowBuiltins)
	if err != nil {
		return err
	}
	if err := a.printPolicies(p.Info(), output); err != nil || output != "pretty" {
		return err
	}
	// A record that nobody can read is what policy check is for.
	record, ok, err := scaffold.ReadRecord(os.DirFS(dir))
	if err == nil && ok {
		_, err = fmt.Fprintf(a.stdout, "\n%s is profile %s of version %s of the library\n", scaffold.LibraryDir, show.Clean(record.Profile), show.Clean(record.Version))
		return err
	}
	return nil
}

// policyListBuiltin lists the policies of a profile.
func (a *app) policyListBuiltin(ctx context.Context, profile, output string) error {
	if _, err := lookupProfile("builtin", profile); err != nil {
		return err
	}
	source, err := library.Source(profile)
	if err != nil {
		return err
	}
	p, err := rego.Load(ctx, rego.LoadConfig{Name: gate.SourceBuiltin, FS: source, InputSchema: gate.InputSchema()})
	if err != nil {
		return err
	}
	return a.printPolicies(p.Info(), output)
}

func (a *app) printPolicies(infos []rego.PolicyInfo, output string) error {
	if output == "json" {
		return a.printJSON(infos)
	}
	table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "POLICY\tLEVEL\tSEVERITY\tTITLE") // Flush has the error
	for _, info := range infos {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", info.Name, shownLevel(info), info.Severity, cmp.Or(show.Clean(info.Title), "-"))
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
	if p.Err() != nil {
		return nil, p.Err()
	}
	return nil, &shownError{err}
}
