package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

func newPolicyVendorCommand(a *app) *cobra.Command {
	var profile string
	cmd := &cobra.Command{
		Use:   "vendor DIR",
		Short: "Renew what mcp-runner provides to a policy repository",
		Long: `vendor writes what this mcp-runner provides to the policy repository DIR: .mcp/,
the Rego behind data.mcp.lib and data.mcp.gate for stock OPA, and the JSON
Schemas schemas/input.json and schemas/settings.json. Whatever else lies in
.mcp/ is removed. 'mcp-runner policy check' says when that is due.

In a repository with policies of the library it renews policy/library too, and
says what the new ones want of policy/data.yaml: params that it lacks, policies
that are new, settings for policies that are gone. It never writes that file.
With --profile the policies become those of another profile, or of a first one.`,
		Example: `  mcp-runner policy vendor ./mcp-policies
  mcp-runner policy vendor --profile strict ./mcp-policies`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("profile") {
				if _, err := lookupProfile("profile", profile); err != nil {
					return err
				}
			}
			return a.policyVendor(cmd.Context(), args[0], profile)
		},
	}
	profileFlag(cmd, &profile, "`profile` of the library to take from now on")
	return cmd
}

func (a *app) policyVendor(ctx context.Context, dir, profile string) (err error) {
	repo, err := openRepository(dir)
	if err != nil {
		return err
	}
	if repo.policy == repo.root {
		return fmt.Errorf("%s is no policy repository: it has no policy/.manifest; 'mcp-runner policy init' lays one out", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	drift, err := product().Drift(root.FS())
	if err != nil {
		return err
	}
	renewal, err := renewLibrary(root.FS(), profile)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	p := newPrinter(a.stdout)
	if !drift.Any() && !renewal.drift.Any() {
		p.Printf("%s is up to date\n", show.Clean(dir))
		return p.Err()
	}
	// What is removed may stand where a directory is to be made.
	for _, name := range slices.Concat(drift.Remove, renewal.drift.Remove) {
		if err := root.Remove(name); err != nil {
			return err
		}
		p.Printf("removed %s\n", show.Clean(name))
	}
	for _, f := range slices.Concat(drift.Write, renewal.drift.Write) {
		if err := root.Remove(f.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := writeNew(root, f); err != nil {
			return err
		}
		p.Printf("wrote %s\n", f.Name)
	}
	if p.Err() != nil || !renewal.drift.Any() {
		return p.Err()
	}
	return p.renewed(ctx, repo, renewal)
}

// vendoredFindings says where what mcp-runner provides to a repository is not
// what this mcp-runner would write.
func (r repository) vendoredFindings() (_ []rego.Finding, err error) {
	if r.policy == r.root {
		return nil, nil
	}
	root, err := os.OpenRoot(r.root)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	found, err := libraryFindings(root.FS(), r.root)
	if err != nil {
		return nil, err
	}
	drift, err := product().Drift(root.FS())
	if err != nil {
		return nil, err
	}
	f := rego.Finding{
		Rule:     "vendored",
		Severity: rego.FindingWarning,
		File:     scaffold.Dir + "/.manifest",
		Fix:      "run mcp-runner policy vendor " + r.root,
	}
	switch {
	case drift.Missing:
		f.File = ""
		f.Msg = scaffold.Dir + "/ is missing: stock OPA does not find data.mcp.lib"
	case drift.Any() && drift.Edited:
		f.Msg = "what mcp-runner provides was changed by hand: " + strings.Join(drift.Names(), ", ")
	case drift.Any():
		f.Msg = fmt.Sprintf("what mcp-runner provides is that of version %s, and this is %s", drift.Version, buildVersion())
	default:
		return found, nil
	}
	return append(found, f), nil
}
