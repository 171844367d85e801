package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

func (a *app) printAudit(f *auditFlags, r *audit.Report) error {
	switch f.output {
	case "json":
		return a.printJSON(r)
	case "sarif":
		return a.printJSON(sarifOfAudit(r))
	case "junit":
		return junitOfAudit(r).WriteXML(a.stdout)
	case "github":
		p := plainPrinter(a.stdout)
		p.auditAnnotations(r)
		return p.Err()
	case "html":
		return r.WriteHTML(a.stdout)
	}
	p := newPrinter(a.stdout)
	p.auditTable(r, f.width(a.stdout))
	return p.Err()
}

// The rules of what is wrong with a file.
var (
	unreadableRule = sarifRule{
		ID:               "unreadable-configuration",
		ShortDescription: &sarifText{"A configuration could not be read, so no server in it was decided"},
		Default:          &sarifDefault{"error"},
	}
	oddRule = sarifRule{
		ID:               "odd-configuration",
		ShortDescription: &sarifText{"A configuration has something that its client does not expect, and puts up with"},
		Default:          &sarifDefault{"warning"},
	}
)

// problemRule is the rule of the problems of f.
func problemRule(f audit.File) sarifRule {
	if f.Unreadable {
		return unreadableRule
	}
	return oddRule
}

// sarifOfAudit has a result for each violation, each error and each problem, at
// the entry that it is about. What does not count is a note.
func sarifOfAudit(r *audit.Report) sarifLog {
	s := newSarif()
	invocation := sarifInvocation{ExecutionSuccessful: true}
	for _, file := range r.Files {
		for _, p := range file.Problems {
			rule := problemRule(file)
			s.add(rule, sarifResult{
				Level: rule.Default.Level, Message: sarifText{p.Msg}, Locations: []sarifLocation{sarifFile(fromHere(file.Path), region(p.Line, p.Column))},
			})
		}
		invocation.ExecutionSuccessful = invocation.ExecutionSuccessful && !file.Unreadable
	}
	for _, server := range r.Servers {
		location := func(pointer string) []sarifLocation {
			l := sarifFile(fromHere(server.File), region(server.Line, server.Column))
			l.Logical = []sarifLogical{{FullyQualifiedName: server.Client + "/" + server.Name + pointer, Kind: "server"}}
			return []sarifLocation{l}
		}
		level, prefix := func(level string) string { return level }, server.Name+": "
		if !server.Counts {
			level, prefix = func(string) string { return "note" }, server.Name+", which is disabled: "
		}
		d := server.Decision
		for _, v := range d.Violations {
			s.add(ruleOf(v), sarifResult{
				Level: level(sarifLevel(v.Level)), Message: sarifText{prefix + v.Msg}, Locations: location(v.Path), Suppressions: suppressions(v),
			})
		}
		for _, e := range d.Errors {
			rule := noVerdict
			if e.Policy != "" {
				rule = sarifRule{ID: e.Policy}
			}
			s.add(rule, sarifResult{Level: level("error"), Message: sarifText{prefix + e.Msg}, Locations: location("")})
		}
		for _, w := range slices.Concat(d.Warnings, server.Notes) {
			invocation.Notifications = append(invocation.Notifications, sarifNotification{
				Level: "note", Message: sarifText{prefix + w}, Locations: location(""),
			})
		}
	}
	s.run.Invocations = []sarifInvocation{invocation}
	return s.log()
}

func region(line, column int) *sarifRegion {
	return &sarifRegion{StartLine: max(line, 1), StartColumn: column}
}

// reasonsOf are the lines that say why a server is not allowed, or what warns
// about it, each with what to do.
func reasonsOf(s *audit.Server) []string {
	var lines []string
	for _, v := range s.Decision.Violations {
		if v.Level == rego.LevelAudit || v.Waiver != nil {
			continue
		}
		line := fmt.Sprintf("%s (%s, %s): %s", v.Policy, v.Level, v.Severity, v.Msg)
		if v.Remediation != "" {
			line += "\n  do: " + oneLine(v.Remediation)
		}
		lines = append(lines, line)
	}
	for _, e := range s.Decision.Errors {
		name := e.Policy
		if name == "" {
			name = "no verdict"
		}
		lines = append(lines, name+": "+e.Msg)
	}
	if s.Gate.State == audit.Weakened || s.Gate.State == audit.Unverified {
		lines = append(lines, s.Notes...)
	}
	return lines
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// junitOfAudit has a suite for each file and a test case for each server.
func junitOfAudit(r *audit.Report) *junit.Testsuites {
	suites := make([]*junit.Testsuite, 0, len(r.Files))
	byPath := map[string]*junit.Testsuite{}
	for i, f := range r.Files {
		suite := &junit.Testsuite{Name: show.Clean(f.Client + " " + fromHere(f.Path)), ID: i, File: show.Clean(fromHere(f.Path)), Time: junitTime(0)}
		suites = append(suites, suite)
		byPath[f.Path] = suite
		for _, p := range f.Problems {
			name := "the file can be read"
			if p.Line > 0 {
				name = fmt.Sprintf("%s at %d:%d", name, p.Line, p.Column)
			}
			outcome := rego.OutcomeError
			if !f.Unreadable {
				outcome = rego.OutcomeSkip
			}
			c := junitCase(f.Client, name, outcome, 0, p.Msg, p.Msg)
			if c.Skipped != nil {
				c.Skipped.Message = show.Clean(p.Msg)
			}
			suite.AddTestcase(c)
		}
	}
	for i := range r.Servers {
		s := &r.Servers[i]
		text := strings.Join(reasonsOf(s), "\n")
		outcome := map[string]string{audit.Allowed: rego.OutcomePass, audit.Denied: rego.OutcomeFail}[s.Verdict]
		if outcome == "" {
			outcome = rego.OutcomeError
		}
		c := junitCase(s.Client, s.Name, outcome, s.Decision.Took().Seconds(), "", text)
		if !s.Counts {
			c = junitCase(s.Client, s.Name, rego.OutcomeSkip, 0, "", "")
			c.Skipped.Message = "disabled, " + s.Verdict
		}
		if c.Error != nil {
			c.Error.Message = show.Clean(s.Remediation)
		}
		byPath[s.File].AddTestcase(c)
	}
	all := &junit.Testsuites{Name: "mcp-runner audit", Time: junitTime(0)}
	for _, suite := range suites {
		all.AddSuite(*suite)
	}
	return all
}

// auditAnnotations writes a workflow command of GitHub Actions for each problem
// and each server that is not allowed or warned about, and a line for the log.
func (p *printer) auditAnnotations(r *audit.Report) {
	annotate := func(level, file string, line, column int, title, msg string) {
		place := "file=" + annotationProperty.Replace(filepath.ToSlash(fromHere(file)))
		if line > 0 {
			place += fmt.Sprintf(",line=%d,col=%d", line, column)
		}
		p.Printf("::%s %s,title=%s::%s\n", level, place, annotationProperty.Replace(show.Clean(title)), annotationText.Replace(multiline(msg)))
	}
	for _, f := range r.Files {
		for _, problem := range f.Problems {
			rule := problemRule(f)
			annotate(rule.Default.Level, f.Path, problem.Line, problem.Column, rule.ID, problem.Msg)
		}
	}
	for i := range r.Servers {
		s := &r.Servers[i]
		reasons := reasonsOf(s)
		level := "error"
		switch {
		case !s.Counts:
			level = "notice"
		case s.Verdict == audit.Allowed:
			level = "warning"
		}
		if len(reasons) > 0 {
			annotate(level, s.File, s.Line, s.Column, fmt.Sprintf("MCP server %s is %s", s.Name, s.Verdict), strings.Join(reasons, "\n"))
		}
	}
	p.Printf("%s\n", auditTotals(r.Summary))
}

// auditTotals counts what was found in one line, and leaves out what is not there.
func auditTotals(s audit.Summary) string {
	text := count(s.Servers, "server") + " in " + count(s.Files, "file")
	separator := ": "
	allowed := "allowed"
	if s.Warned > 0 {
		allowed = fmt.Sprintf("allowed (%d with a warning)", s.Warned)
	}
	for _, n := range []struct {
		count int
		text  string
	}{
		{s.Denied, "denied"}, {s.Undecided, "undecided"}, {s.Allowed, allowed},
		{s.Servers - s.Denied - s.Undecided - s.Allowed, "disabled and not counted"},
	} {
		if n.count > 0 {
			text += fmt.Sprintf("%s%d %s", separator, n.count, n.text)
			separator = ", "
		}
	}
	if s.Gated > 0 {
		text += fmt.Sprintf("; %d through mcp-runner", s.Gated)
	}
	if s.Doubtful > 0 {
		text += fmt.Sprintf(", %d of these weakened or unverified", s.Doubtful)
	}
	if s.Unreadable > 0 {
		text += fmt.Sprintf("; %s not readable", count(s.Unreadable, "file"))
	}
	return text
}
