package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	udiff "github.com/aymanbagabas/go-udiff"
	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/spf13/cobra"
)

// wrapFlags are the flags of wrap and unwrap; some belong to one of them.
type wrapFlags struct {
	runner, builtin            string
	servers, policies, env     []string
	found, dryRun, strict      bool
	keepBackup, builtinChanged bool
	// own is the path of mcp-runner.
	own string
}

func (f *wrapFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringArrayVar(&f.servers, "server", nil, "change only the server with this `name` (repeatable)")
	fs.BoolVar(&f.dryRun, "dry-run", false, "show what would change, without secrets, and write nothing")
	fs.BoolVar(&f.strict, "strict", false, "exit with code 1 where a server is left as it is")
	fs.BoolVar(&f.found, "found", false, "change the configurations of this user that are found on this machine")
}

func newWrapCommand(a *app) *cobra.Command {
	f := &wrapFlags{}
	cmd := &cobra.Command{
		Use:   "wrap [flags] FILE...",
		Short: "Put mcp-runner before the servers of an MCP client",
		Long: `wrap changes the configuration of an MCP client so that it starts each server
through mcp-runner run --stdio, which asks the policies first. unwrap undoes it.

The command becomes mcp-runner, and what was started before stands behind -- in
args. Each variable under env becomes -e NAME, so that the server still gets it.
A remote server becomes a command, too, and its headers become variables, which
mcp-runner sends. Everything else stays byte for byte: comments, order, spaces.

A server that mcp-runner cannot start as the client does is left as it is, and
listed with the reason: one that is reached over WebSocket, for example, or one that
the client logs in to by itself.

Before the first change FILE.mcp-runner.bak is written, which has the file as it
was. The file itself is replaced at once, or not at all.

The exit code is 1 where a file could not be read or written, also if others
could; with --strict, also where a server was left as it is.`,
		Example: `  mcp-runner wrap --dry-run ~/.cursor/mcp.json
  mcp-runner wrap --policy ~/mcp-policies/policy ~/.cursor/mcp.json
  mcp-runner unwrap ~/.cursor/mcp.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.builtinChanged = cmd.Flags().Changed("builtin")
			opts, err := f.options()
			if err != nil {
				return err
			}
			files := wrap.Files{DryRun: f.dryRun}
			return a.changeFiles(cmd.Context(), f, args, func(ctx context.Context, file string) (wrap.Report, error) {
				return files.Wrap(ctx, file, opts)
			})
		},
	}
	f.register(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.runner, "runner", "", "`path` of mcp-runner in the configuration (default: this program)")
	fs.StringArrayVar(&f.policies, "policy", nil, "policy `directory` that must allow the servers, too (repeatable)")
	fs.StringVar(&f.builtin, "builtin", library.Default, "`profile` of the built-in policies")
	fs.StringArrayVarP(&f.env, "env", "e", nil, "`NAME` of a variable of the client that every command gets, too (repeatable)")
	return cmd
}

func newUnwrapCommand(a *app) *cobra.Command {
	f := &wrapFlags{}
	cmd := &cobra.Command{
		Use:   "unwrap [flags] FILE...",
		Short: "Undo what wrap did",
		Long: `unwrap takes mcp-runner out of the configuration of an MCP client. It undoes what
wrap did and nothing else: where a server is as wrap left it, it is byte for byte
what it was before, and what was changed elsewhere since then stays. Where the
arguments of a server were changed, the changed ones stay.

FILE.mcp-runner.bak is removed where nothing in the file is wrapped any more.`,
		Example: `  mcp-runner unwrap ~/.cursor/mcp.json
  mcp-runner unwrap --server github --keep-backup ~/.cursor/mcp.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			own, err := runnerPath(f.runner)
			if err != nil {
				return err
			}
			f.own = own
			files := wrap.Files{DryRun: f.dryRun, KeepBackup: f.keepBackup}
			opts := wrap.UnwrapOptions{Runner: own, Servers: f.servers}
			return a.changeFiles(cmd.Context(), f, args, func(ctx context.Context, file string) (wrap.Report, error) {
				return files.Unwrap(ctx, file, opts)
			})
		},
	}
	f.register(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.runner, "runner", "", "`path` of mcp-runner in the configuration, where its file has another name")
	fs.BoolVar(&f.keepBackup, "keep-backup", false, "leave FILE.mcp-runner.bak where it is")
	return cmd
}

// options checks what would otherwise fail only when the client starts a server.
func (f *wrapFlags) options() (wrap.Options, error) {
	own, err := stablePath(f.runner)
	if err != nil {
		return wrap.Options{}, err
	}
	f.own = own
	opts := wrap.Options{Runner: own, Servers: f.servers, Secret: func(url string) bool { return gate.RedactText(url) != url }}
	for _, dir := range f.policies {
		abs, err := directory("policy", dir)
		if err != nil {
			return wrap.Options{}, err
		}
		opts.Flags = append(opts.Flags, "--policy", abs)
	}
	if f.builtinChanged {
		if _, err := library.Source(f.builtin); err != nil {
			return wrap.Options{}, usagef("--builtin: %w", err)
		}
		opts.Flags = append(opts.Flags, "--builtin", f.builtin)
	}
	for _, name := range f.env {
		if _, _, literal, err := runner.ParseEnv(name); err != nil || literal {
			return wrap.Options{}, usagef("--env: want the NAME of a variable: its value stays with the client")
		}
		opts.Variables = append(opts.Variables, name)
	}
	return opts, nil
}

// changeFiles changes one file after the other. What is wrong with one does not
// keep the others from being changed.
func (a *app) changeFiles(ctx context.Context, f *wrapFlags, files []string, change func(context.Context, string) (wrap.Report, error)) error {
	files, err := f.files(ctx, files)
	if err != nil {
		return err
	}
	var worst error
	seen := map[string]bool{}
	for _, file := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := change(ctx, file)
		if err != nil {
			a.report(err)
			worst = &shownError{err}
			continue
		}
		for _, c := range r.Changes {
			seen[c.Server] = true
		}
		if err := a.showReport(f, file, r); err != nil {
			return err
		}
		if f.strict && r.Count(wrap.Left) > 0 && worst == nil {
			worst = &shownError{fmt.Errorf("%s: a server is left as it is", file)}
		}
	}
	if i := slices.IndexFunc(f.servers, func(name string) bool { return !seen[name] }); i >= 0 && worst == nil {
		return fmt.Errorf("no server is called %s in these files", show.Clean(f.servers[i]))
	}
	return worst
}

// showReport lists the servers of a file; with --dry-run, on stderr, for stdout
// has the difference.
func (a *app) showReport(f *wrapFlags, file string, r wrap.Report) error {
	w := a.stdout
	if f.dryRun {
		w = a.stderr
		if err := a.showDiff(file, f.own, r); err != nil {
			return err
		}
	}
	p := newPrinter(w)
	p.Printf("%s\n", show.Clean(file))
	for _, c := range r.Changes {
		word := string(c.Action)
		if f.dryRun && (c.Action == wrap.Wrapped || c.Action == wrap.Unwrapped) {
			word = "would be " + word
		}
		p.Printf("  %s  %s", p.Paint(actionColor(c.Action), fmt.Sprintf("%-9s", word)), show.Clean(c.Server))
		if c.Note != "" {
			p.Printf(": %s", show.Clean(gate.RedactText(c.Note)))
		}
		p.Printf("\n")
	}
	if len(r.Changes) == 0 && len(f.servers) == 0 {
		p.Printf("  has no servers\n")
	}
	if r.Backup != "" && !f.dryRun {
		p.Printf("  backup     %s\n", show.Clean(r.Backup))
	}
	return p.Err()
}

func actionColor(action wrap.Action) string {
	switch action {
	case wrap.Left:
		return "1;33"
	case wrap.Wrapped, wrap.Unwrapped:
		return "1;32"
	}
	return "0"
}

// showDiff shows what would change, without what may be secret.
func (a *app) showDiff(file, own string, r wrap.Report) error {
	before, err := wrap.Show(r.Format, r.Before, own, gate.RedactText)
	if err != nil {
		return err
	}
	after, err := wrap.Show(r.Format, r.Data, own, gate.RedactText)
	if err != nil {
		return err
	}
	_, err = io.WriteString(a.stdout, strings.Map(func(r rune) rune {
		if show.Steers(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, udiff.Unified(file, file, before, after)))
	return err
}
