package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

func newPolicyInitCommand(a *app) *cobra.Command {
	var profile string
	cmd := &cobra.Command{
		Use:   "init DIR",
		Short: "Lay out a policy repository",
		Long: `init writes a policy repository to start from into DIR, which it makes where it
does not exist: two policies with their tests, settings, a suite of servers, the
JSON Schemas, the Rego behind data.mcp.lib, a CI workflow and a Makefile.

With --profile the policies are those of a profile of mcp-runner's library. They
lie in policy/library and stay mcp-runner's, for 'mcp-runner policy vendor' to
renew; their levels and params, each described, stand in policy/data.yaml, which
is yours to change. The profiles are those of --builtin.

Stock OPA and the other commands of 'mcp-runner policy' pass on it as it is. A
file that exists is never written over: init lists such files and writes none.`,
		Example: `  mcp-runner policy init ./mcp-policies
  mcp-runner policy init --profile recommended ./mcp-policies`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			files, err := repositoryFiles(cmd.Flags().Changed("profile"), profile)
			if err != nil {
				return err
			}
			return a.policyInit(args[0], files)
		},
	}
	profileFlag(cmd, &profile, "`profile` of the library to begin with")
	return cmd
}

// profileFlag adds --profile, of a command that needs none.
func profileFlag(cmd *cobra.Command, into *string, what string) {
	cmd.Flags().StringVar(into, "profile", "", what+": "+oneOf(library.Names()))
	noFileCompletion(cmd, "profile", library.Names()...)
}

// repositoryFiles are those of a new repository, with a profile where one is
// given.
func repositoryFiles(given bool, profile string) ([]scaffold.File, error) {
	if !given {
		return product().Repository()
	}
	p, err := lookupProfile("profile", profile)
	if err != nil {
		return nil, err
	}
	return product().LibraryRepository(p)
}

// lookupProfile is the profile that a flag names.
func lookupProfile(flag, name string) (library.Profile, error) {
	if err := checkProfile(flag, name); err != nil {
		return library.Profile{}, err
	}
	return library.Lookup(name)
}

// checkProfile returns an error where there is no profile of that name.
func checkProfile(flag, name string) error {
	if err := library.Check(name); err != nil {
		return &usageError{fmt.Errorf("--%s: %w", flag, err)}
	}
	return nil
}

// product is this program as what provides files to a policy repository.
func product() scaffold.Product {
	return scaffold.Product{Version: buildVersion(), OPA: opaVersion(), InputSchema: gate.InputSchema()}
}

func (a *app) policyInit(dir string, files []scaffold.File) (err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := nothingThere(root, files); err != nil {
		return err
	}
	for _, f := range files {
		if err := writeNew(root, f); err != nil {
			return err
		}
	}
	p := newPrinter(a.stdout)
	p.Printf("wrote %d files below %s\n", len(files), show.Clean(dir))
	for _, name := range inShort(files) {
		p.Printf("  %s\n", name)
	}
	p.Printf("\nnext:\n")
	p.Printf("  mcp-runner policy check %s\n", show.Clean(dir))
	p.Printf("  mcp-runner policy test %s\n", show.Clean(dir))
	p.Printf("  mcp-runner check --policy %s -- npx -y left-pad\n", show.Clean(filepath.Join(dir, "policy")))
	return p.Err()
}

// nothingThere refuses to go on where one of files exists.
func nothingThere(root *os.Root, files []scaffold.File) error {
	var there []scaffold.File
	for _, f := range files {
		switch _, err := root.Lstat(f.Name); {
		case err == nil:
			there = append(there, f)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("%s: init writes over no file, and these exist: name another directory, or move them away\n\t%s",
			root.Name(), strings.Join(inShort(there), "\n\t"))
	}
	return nil
}

// inShort names files, and those of the library all at once.
func inShort(files []scaffold.File) []string {
	var names []string
	library := 0
	for _, f := range files {
		if strings.HasPrefix(f.Name, scaffold.LibraryDir+"/") {
			library++
			continue
		}
		names = append(names, f.Name)
	}
	if library > 0 {
		names = append(names, fmt.Sprintf("%s/ (%d files)", scaffold.LibraryDir, library))
	}
	return names
}

// writeNew writes a file that does not exist yet.
func writeNew(root *os.Root, f scaffold.File) error {
	if err := root.MkdirAll(path.Dir(f.Name), 0o755); err != nil {
		return err
	}
	out, err := root.OpenFile(f.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = out.Write(f.Content)
	return errors.Join(err, out.Close())
}
