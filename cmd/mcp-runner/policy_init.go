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
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

func newPolicyInitCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "init DIR",
		Short: "Lay out a policy repository",
		Long: `init writes a policy repository to start from into DIR, which it makes where it
does not exist: two policies with their tests, settings, a suite of servers, the
JSON Schemas, the Rego behind data.mcp.lib, a CI workflow and a Makefile.

Stock OPA and the other commands of 'mcp-runner policy' pass on it as it is. A
file that exists is never written over: init lists such files and writes none.`,
		Example: `  mcp-runner policy init ./mcp-policies`,
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.policyInit(args[0])
		},
	}
}

// product is this program as what provides files to a policy repository.
func product() scaffold.Product {
	return scaffold.Product{Version: buildVersion(), OPA: opaVersion(), InputSchema: gate.InputSchema()}
}

func (a *app) policyInit(dir string) (err error) {
	files, err := product().Repository()
	if err != nil {
		return err
	}
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
	p.printf("wrote %d files below %s\n", len(files), clean(dir))
	for _, f := range files {
		p.printf("  %s\n", f.Name)
	}
	p.printf("\nnext:\n")
	p.printf("  mcp-runner policy check %s\n", clean(dir))
	p.printf("  mcp-runner policy test %s\n", clean(dir))
	p.printf("  mcp-runner check --policy %s -- npx -y left-pad\n", clean(filepath.Join(dir, "policy")))
	return p.err
}

// nothingThere refuses to go on where one of files exists.
func nothingThere(root *os.Root, files []scaffold.File) error {
	var there []string
	for _, f := range files {
		switch _, err := root.Lstat(f.Name); {
		case err == nil:
			there = append(there, f.Name)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("%s: init writes over no file, and these exist: name another directory, or move them away\n\t%s",
			root.Name(), strings.Join(there, "\n\t"))
	}
	return nil
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
