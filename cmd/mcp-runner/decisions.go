package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

// followTime is how often the log is looked at for what is new.
const followTime = 250 * time.Millisecond

// decisionsFlags say which decisions to show and how.
type decisionsFlags struct {
	file, output    string
	denied, allowed bool
	server, policy  string
	since, id       string
	follow          bool
	last            int

	after time.Time // what since says
}

func newDecisionsCommand(a *app) *cobra.Command {
	var f decisionsFlags
	cmd := &cobra.Command{
		Use:   "decisions [flags]",
		Short: "Show what policy decided before",
		Long: `decisions prints the decision log that run writes, rotated files first: who asked
for which server, what was decided, and why. With -o json it prints the lines
themselves, in the field names of OPA's decision logs.

A line that is no decision is reported on stderr, and the exit code is then 1.`,
		Example: `  mcp-runner decisions --denied --since 24h
  mcp-runner decisions -f --server github
  mcp-runner decisions -o json --policy 'images.*' -n 1`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.decisions(cmd.Context(), &f) },
	}
	fs := cmd.Flags()
	registerDecisionLog(cmd, &f.file, "`file` to read")
	fs.StringVarP(&f.output, "output", "o", "pretty", "form of the decisions: pretty or json")
	fs.BoolVar(&f.denied, "denied", false, "only what was not allowed")
	fs.BoolVar(&f.allowed, "allowed", false, "only what was allowed")
	fs.StringVar(&f.server, "server", "", "only decisions about the server of this `name`")
	fs.StringVar(&f.policy, "policy", "", "only decisions in which this `policy` has a violation or an error; NAME.* stands for all below NAME")
	fs.StringVar(&f.since, "since", "", "only decisions since this `time`: RFC 3339, or a duration back from now such as 2h")
	fs.StringVar(&f.id, "id", "", "only the decision whose `id` is this or begins so")
	fs.BoolVarP(&f.follow, "follow", "f", false, "go on with new decisions as they come")
	fs.IntVarP(&f.last, "last", "n", -1, "only the last `number` of those that match, and what --follow adds (default: all)")
	noFileCompletion(cmd, "output", "pretty", "json")
	return cmd
}

// check reads what the flags say.
func (f *decisionsFlags) check(now time.Time) error {
	if f.output != "pretty" && f.output != "json" {
		return usagef("--output %q: want pretty or json", f.output)
	}
	if f.last < -1 {
		return usagef("--last %d: want 0 or more", f.last)
	}
	if f.denied && f.allowed {
		return usagef("--denied and --allowed together are all decisions; leave one out")
	}
	if f.since == "" {
		return nil
	}
	if back, err := time.ParseDuration(f.since); err == nil && back >= 0 {
		f.after = now.Add(-back)
		return nil
	}
	at, err := time.Parse(time.RFC3339, f.since)
	if err != nil {
		return usagef("--since %q: want a time such as 2026-01-02T15:04:05Z, or a duration such as 36h", f.since)
	}
	f.after = at
	return nil
}

// match reports whether a decision is one that was asked for.
func (f *decisionsFlags) match(r *gate.Record) bool {
	switch {
	case f.denied && r.Result.Allowed, f.allowed && !r.Result.Allowed:
		return false
	case f.server != "" && r.Server() != f.server:
		return false
	case !strings.HasPrefix(r.DecisionID, f.id):
		return false
	case r.Timestamp.Before(f.after):
		return false
	case f.policy == "":
		return true
	}
	named := func(policy string) bool {
		if below, ok := strings.CutSuffix(f.policy, "*"); ok && (below == "" || strings.HasSuffix(below, ".")) {
			return strings.HasPrefix(policy, below)
		}
		return policy == f.policy
	}
	return slices.ContainsFunc(r.Result.Violations, func(v rego.Violation) bool { return named(v.Policy) }) ||
		slices.ContainsFunc(r.Result.Errors, func(e rego.PolicyError) bool { return named(e.Policy) })
}

func (a *app) decisions(ctx context.Context, f *decisionsFlags) (err error) {
	if err := f.check(time.Now()); err != nil {
		return err
	}
	path, named, err := decisionLogFile(f.file)
	if err != nil {
		return fmt.Errorf("%w; name the file with --decision-log", err)
	}
	reader, err := gate.NewRecordReader(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, reader.Close()) }()

	broken := 0
	var held []gate.RecordLine // with -n, until all that is there is read
	out := func(line gate.RecordLine) error { return a.showRecord(f.output, line) }
	first := true
	read := func(line gate.RecordLine) error {
		if line.Err != nil {
			broken++
			_, err := fmt.Fprintf(a.stderr, "mcp-runner: %s:%d: no decision: %s\n", show.Clean(line.File), line.Row, line.Err)
			return err
		}
		switch {
		case !f.match(line.Record):
			return nil
		case first && f.last >= 0:
			held = append(held, line)
			if len(held) > f.last {
				held = held[1:]
			}
			return nil
		}
		return out(line)
	}
	err = reader.Read(ctx, read)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case missing && f.follow:
	case missing && !named:
		fmt.Fprintf(a.stderr, "No decision is recorded yet: there is no %s.\n", show.Clean(path))
		return nil
	case err != nil:
		return interrupted(ctx, err)
	}
	first = false
	for _, line := range held {
		if err := out(line); err != nil {
			return err
		}
	}
	held = nil
	if f.follow {
		return a.follow(ctx, reader, read)
	}
	if broken > 0 {
		return fmt.Errorf("%d lines of the decision log are no decisions", broken)
	}
	return nil
}

// follow reads what is written until ctx is done, which is how it ends.
func (a *app) follow(ctx context.Context, reader *gate.RecordReader, read func(gate.RecordLine) error) error {
	tick := time.NewTicker(followTime)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := reader.Read(ctx, read); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return interrupted(ctx, err)
		}
	}
}

// interrupted is nil where the person ended the command.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (a *app) showRecord(output string, line gate.RecordLine) error {
	if output == "json" {
		_, err := fmt.Fprintln(a.stdout, plainLine(line.Text))
		return err
	}
	p := newPrinter(a.stdout)
	p.record(line.Record)
	return p.Err()
}

// plainLine is a line of JSON in which what would steer a terminal is escaped.
func plainLine(line []byte) string {
	var out strings.Builder
	for _, r := range string(line) {
		if show.Steers(r) { // such a rune stands only inside a string
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// record is a decision in a few lines.
func (p *printer) record(r *gate.Record) {
	verdict := p.Paint("1;31", "not allowed")
	if r.Result.Allowed {
		verdict = p.Paint("1;32", "allowed")
	}
	name := show.Clean(r.Server())
	if name == "" {
		name = "(no name)"
	}
	p.Printf("%s  %s  %s", r.Timestamp.UTC().Format("2006-01-02T15:04:05.000Z"), verdict, name)
	if r.RequestedBy != "" {
		p.Printf("  by %s", show.Clean(r.RequestedBy))
	}
	if r.Result.Running {
		p.Printf("  (it was running when the policy changed)")
	}
	p.Printf("\n  decision  %s\n", show.Clean(r.DecisionID))
	for _, v := range r.Result.Violations {
		color, level := "1;31", "denied"
		switch {
		case v.Waiver != nil:
			color, level = "1;33", "waived"
		case v.Level == rego.LevelWarn:
			color, level = "1;33", "warned"
		case v.Level == rego.LevelAudit:
			color, level = "2", "noted"
		}
		msg := show.Block(v.Msg)
		if msg == "" {
			msg = "(masked)"
		}
		p.Printf("  %s    %s: %s\n", p.Paint(color, fmt.Sprintf("%-6s", level)), show.Clean(v.Policy), msg)
	}
	for _, e := range r.Result.Errors {
		text := show.Block(e.Msg)
		if e.Policy != "" {
			text = show.Clean(e.Policy) + ": " + text
		}
		p.Printf("  %s     %s\n", p.Paint("1;31", "error"), text)
	}
	for _, w := range r.Result.Warnings {
		p.Printf("  %s   %s\n", p.Paint("1;33", "warning"), show.Clean(w))
	}
	if c := r.Changed; c != nil {
		p.Printf("  %s   %s, since decision %s\n", p.Paint("1;33", "changed"), cmp.Or(places(c.Paths), "what is hidden"), show.Clean(c.DecisionID))
	}
	if hidden := places(slices.Concat(r.Masked, r.Erased)); hidden != "" {
		p.Printf("  hidden    %s\n", hidden)
	}
}

// places are the first few JSON Pointers, for a person.
func places(pointers []string) string {
	const most = 4
	if len(pointers) > most {
		return fmt.Sprintf("%s and %d more", show.Clean(strings.Join(pointers[:most], " ")), len(pointers)-most)
	}
	return show.Clean(strings.Join(pointers, " "))
}
