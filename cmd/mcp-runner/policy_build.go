package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/rego"
)

func newPolicyBuildCommand(a *app) *cobra.Command {
	var output string
	var allowBuiltins []string
	cmd := &cobra.Command{
		Use:   "build DIR",
		Short: "Write policies as one bundle, for the gate and for stock OPA",
		Long: `build checks the policies of DIR and writes them as one bundle: without their
tests, with the data of all bundles in DIR merged. The same policies are the
same bytes, whenever and wherever they are built.

A directory that holds the bundle is a source of policy like DIR itself. Stock
OPA gives the same decision at data.mcp.gate.decision. Ask it with strict builtin
errors: without them OPA passes over a builtin that fails, and the policy that
called it may deny nothing.`,
		Example: `  mcp-runner policy build ./mcp-policies -o bundle.tar.gz
  opa eval --strict-builtin-errors -b bundle.tar.gz -i input.json data.mcp.gate.decision`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("policy build takes one directory, not %d", len(args))
			}
			return a.policyBuild(cmd.Context(), args[0], output, allowBuiltins)
		},
	}
	allowBuiltinFlag(cmd, &allowBuiltins)
	cmd.Flags().StringVarP(&output, "output", "o", "bundle.tar.gz", "the file to write, or - for standard output")
	return cmd
}

func (a *app) policyBuild(ctx context.Context, dir, output string, allowBuiltins []string) error {
	repo, err := openRepository(dir)
	if err != nil {
		return err
	}
	root, err := realPath(repo.policy)
	if err != nil {
		return err
	}
	cfg := repo.load(allowBuiltins)
	cfg.Name = filepath.Base(root) // stands in each violation; DIR may be "."
	var bundle bytes.Buffer
	write := func() error {
		return rego.Build(ctx, cfg, rego.BuildOptions{Version: buildVersion()}, &bundle)
	}
	if output == "-" {
		if err := write(); err != nil {
			return err
		}
		_, err := io.Copy(a.stdout, &bundle)
		return err
	}
	// In the source it would be a bundle of it the next time.
	switch inside, err := isBelow(output, root); {
	case err != nil:
		return err
	case inside:
		return usagef("--output %s lies in %s, whose policies it would hold twice: write it elsewhere", output, repo.policy)
	}
	if err := write(); err != nil {
		return err
	}
	if err := replaceFile(output, bundle.Bytes()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stderr, "wrote %s\n", output)
	return err
}

// isBelow says whether file is to be written below root, a real path.
func isBelow(file, root string) (bool, error) {
	parent, err := realPath(filepath.Dir(file))
	if err != nil {
		return false, err
	}
	rel, err := filepath.Rel(root, parent)
	if err != nil {
		return false, nil // on another volume
	}
	return rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)), nil
}

func realPath(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// replaceFile puts content in the place of file at once, so that a gate that
// watches the directory never reads a part of it. What is no regular file, such
// as /dev/stdout or a pipe, is written to and stays what it is; so does a link.
func replaceFile(file string, content []byte) (err error) {
	if info, err := os.Stat(file); err == nil {
		if !info.Mode().IsRegular() {
			return writeInto(file, content)
		}
		if file, err = filepath.EvalSymlinks(file); err != nil {
			return err
		}
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".bundle-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	if err := errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}

func writeInto(file string, content []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
