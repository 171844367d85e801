package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// auditForms are the forms of the report.
var auditForms = []string{"table", "json", "sarif", "junit", "github", "html"}

// auditFlags are what audit looks at, and how it shows that.
type auditFlags struct {
	policyFlags

	output   string
	home     string
	projects []string
	clients  []string
	all      bool
	wide     bool
}

func newAuditCommand(a *app) *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use:   "audit [flags] [FILE...]",
		Short: "Say what policy makes of every MCP server in the clients' configurations",
		Long: `audit finds the configurations of the MCP clients on this machine, or reads those
that are given, asks every policy source about each server in them, and prints
what was decided. Nothing is started and nothing is recorded. Secrets are shown
nowhere.

Looked at are the files of the user, of the system, and of the projects that
--projects names, by default the working directory. What a server starts is
looked up on this machine; a command that is not installed here is judged by
what is written. An entry that goes through mcp-runner run already is judged by
the server behind it, by the policies of this audit. The gate in it is weakened
where the entry has flags or variables that switch policies or the decision log
off, and unverified where its mcp-runner is another file than this program, or
none here; policies must then allow that program, too. A server that its client
has disabled is shown and decided, but counts only with --all.

-o json prints the whole report; its JSON Schema is that of
mcp-runner policy schema audit. -o sarif is SARIF 2.1.0, -o junit a JUnit report
with a test case for each server, -o github annotations of GitHub Actions, and
-o html one page for a browser.

The exit code is 3 where a server that counts is denied or undecided, else 1
where a file could not be read, else 0.`,
		Example: `  mcp-runner audit
  mcp-runner audit --builtin recommended --client cursor --client vscode
  mcp-runner audit -o html > audit.html
  mcp-runner audit -o sarif .vscode/mcp.json .cursor/mcp.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.audit(cmd.Context(), &f, args)
		},
	}
	fs := cmd.Flags()
	outputFlag(cmd, &f.output, "form of the report", auditForms...)
	fs.StringVar(&f.home, "home", "", "`directory` of the user whose clients are looked at (default: yours)")
	fs.StringArrayVar(&f.projects, "projects", nil, "`directory` of a project whose files are looked at too (repeatable; default: the working directory)")
	fs.StringArrayVar(&f.clients, "client", nil, "look only at the files of this client, by its `ID` (repeatable)")
	fs.BoolVar(&f.all, "all", false, "let servers that are disabled count for the exit code, too")
	fs.BoolVar(&f.wide, "wide", false, "show the table with all reasons on a terminal, too, instead of cutting it to its width")
	f.policyFlags.register(cmd)
	var ids []string
	for _, c := range clients.Known() {
		ids = append(ids, c.ID)
	}
	noFileCompletion(cmd, "client", ids...)
	return cmd
}

func (a *app) audit(ctx context.Context, f *auditFlags, args []string) (err error) {
	if err := checkOutput(f.output, auditForms...); err != nil {
		return err
	}
	log, err := a.logger()
	if err != nil {
		return err
	}
	machine, err := f.machine()
	if err != nil {
		return err
	}
	policy, err := f.openGate(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, policy.Close()) }()
	status := policy.gate.Status()
	for _, reason := range status.Reasons {
		a.report(fmt.Errorf("nothing is allowed: %s", reason))
	}

	if os.Getenv("GOGC") == "" {
		// The process ends soon, and its memory is bounded otherwise: a fourth of the
		// time went into collecting what thousands of decisions leave behind.
		debug.SetGCPercent(400)
	}
	bar := newProgress(a.stderr)
	defer bar.Close()
	files, err := f.read(ctx, machine, args)
	if err != nil {
		return err
	}
	j, err := newJudge(ctx, policy.gate, machine.Home, f.all)
	if err != nil {
		return err
	}
	servers, err := j.servers(ctx, files, bar)
	if err != nil {
		return err
	}
	bar.Close()
	r := newReport(machine, status, files, servers)
	if err := a.printAudit(f, r); err != nil {
		return err
	}
	return auditError(r)
}

// auditDeadline is for one decision. Nobody waits for a single one of them, and a
// busy machine is no reason to leave a server undecided.
const auditDeadline = 30 * time.Second

// openGate opens the sources of policies for decisions that are not recorded.
func (f *auditFlags) openGate(ctx context.Context, log *slog.Logger) (*policySources, error) {
	sources, err := f.sources(log)
	if err != nil {
		return nil, err
	}
	p := &policySources{}
	if p.stores, err = gate.OpenSources(ctx, sources); err != nil {
		return nil, err
	}
	p.gate, err = gate.New(gate.Config{Stores: p.stores, Deadline: auditDeadline, Context: gateContext(), Log: log})
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// machine is where to look. With a home of somebody else the variables of this
// process say nothing about it.
func (f *auditFlags) machine() (clients.Machine, error) {
	known := clients.Known()
	for _, id := range f.clients {
		if !slices.ContainsFunc(known, func(c clients.Client) bool { return c.ID == id }) {
			return clients.Machine{}, usagef("--client %q: want one of %s", id, strings.Join(clientIDs(known), ", "))
		}
	}
	m := clients.Machine{OS: runtime.GOOS, Home: f.home, Getenv: os.Getenv, Projects: f.projects}
	var err error
	if f.home == "" {
		if m.Home, err = os.UserHomeDir(); err != nil {
			return m, fmt.Errorf("home directory: %w", err)
		}
	} else {
		m.Getenv = ofTheSystem
	}
	if m.Home, err = directory("home", m.Home); err != nil {
		return m, err
	}
	if m.Projects == nil {
		m.Projects = []string{"."}
	}
	m.Projects = slices.Clone(m.Projects)
	for i, dir := range m.Projects {
		if m.Projects[i], err = directory("projects", dir); err != nil {
			return m, err
		}
	}
	return m, nil
}

// ofTheSystem are the variables that are the same for all users.
func ofTheSystem(name string) string {
	switch strings.ToUpper(name) {
	case "PROGRAMDATA", "PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT":
		return os.Getenv(name)
	}
	return ""
}

// directory is the absolute path of a directory that a flag names.
func directory(flag, dir string) (string, error) {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no directory", dir)
	}
	if err != nil {
		return "", usagef("--%s: %w", flag, err)
	}
	return filepath.Abs(dir)
}

func clientIDs(known []clients.Client) []string {
	ids := make([]string, len(known))
	for i, c := range known {
		ids[i] = c.ID
	}
	return ids
}

// auditError is what the exit code follows from.
func auditError(r *audit.Report) error {
	for _, s := range r.Servers {
		if s.Failed() {
			return &shownError{s.Decision.Err()}
		}
	}
	if r.Summary.Unreadable > 0 {
		return &shownError{fmt.Errorf("%s could not be read", count(r.Summary.Unreadable, "file"))}
	}
	return nil
}

// newReport is the report about what was found and decided.
func newReport(m clients.Machine, status gate.Status, files []auditedFile, servers []audit.Server) *audit.Report {
	r := &audit.Report{
		Version:  audit.ReportVersion,
		Time:     audit.FormatTime(status.Time),
		Runner:   gate.Runner{Name: "mcp-runner", Version: buildVersion()},
		Host:     thisHost(),
		Home:     m.Home,
		Revision: status.Revision,
		Sources:  []gate.SourceRevision{},
		Clients:  []audit.Client{},
		Files:    []audit.File{},
		Servers:  servers,
	}
	for _, s := range status.Sources {
		r.Sources = append(r.Sources, gate.SourceRevision{Name: s.Name, Revision: s.Revision})
	}
	seen := map[string]bool{}
	for _, f := range files {
		r.Files = append(r.Files, f.report())
		if c := f.Client; !seen[c.ID] {
			seen[c.ID] = true
			r.Clients = append(r.Clients, audit.Client{ID: c.ID, Name: c.Name})
		}
	}
	r.Finish()
	return r
}

// thisHost is the machine of the audit. One without a name is shown without.
func thisHost() gate.Host {
	h := gate.Host{OS: runtime.GOOS, Arch: runtime.GOARCH}
	if name, err := os.Hostname(); err == nil {
		h.Name = name
	}
	return h
}
