package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

func newPolicyVendorCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "vendor DIR",
		Short: "Renew what mcp-runner provides to a policy repository",
		Long: `vendor writes what this mcp-runner provides to the policy repository DIR: .mcp/,
the Rego behind data.mcp.lib and data.mcp.gate for stock OPA, and the JSON
Schemas schemas/input.json and schemas/settings.json. Whatever else lies in
.mcp/ is removed. 'mcp-runner policy check' says when that is due.`,
		Example: `  mcp-runner policy vendor ./mcp-policies`,
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.policyVendor(args[0])
		},
	}
}

func (a *app) policyVendor(dir string) (err error) {
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
	p := newPrinter(a.stdout)
	if !drift.Any() {
		p.printf("%s is up to date\n", clean(dir))
		return p.err
	}
	// What is removed may stand where a directory is to be made.
	for _, name := range drift.Remove {
		if err := root.Remove(name); err != nil {
			return err
		}
		p.printf("removed %s\n", clean(name))
	}
	for _, f := range drift.Write {
		if err := root.Remove(f.Name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := writeNew(root, f); err != nil {
			return err
		}
		p.printf("wrote %s\n", f.Name)
	}
	return p.err
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
		return nil, nil
	}
	return []rego.Finding{f}, nil
}
