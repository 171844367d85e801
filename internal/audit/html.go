package audit

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

var (
	//go:embed report.css
	style string
	//go:embed report.js
	script string
	//go:embed report.html.tmpl
	page string
)

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"shown":    shown,
	"short":    func(revision string) string { return revision[:min(12, len(revision))] },
	"minute":   minute,
	"mark":     mark,
	"markText": markText,
	"waiver":   waiver,
}).Parse(page))

// WriteHTML writes r as one page that needs nothing else: no network, and without
// JavaScript it is a plain list.
func (r *Report) WriteHTML(w io.Writer) error {
	names := map[string]string{}
	for _, c := range r.Clients {
		names[c.ID] = c.Name
	}
	p := htmlPage{
		Report: r, Title: fmt.Sprintf("MCP servers on %s", cmp.Or(shown(r.Host.Name), "this machine")),
		Style: template.CSS(style), StyleHash: hash(style), Script: template.JS(script), ScriptHash: hash(script),
	}
	for i := range r.Servers {
		s := &r.Servers[i]
		p.Servers = append(p.Servers, htmlServer{Server: s, ClientName: cmp.Or(names[s.Client], s.Client), home: r.Home})
	}
	for i := range r.Files {
		f := &r.Files[i]
		p.Files = append(p.Files, htmlFile{File: f, ClientName: cmp.Or(names[f.Client], f.Client)})
	}
	return pageTemplate.Execute(w, p)
}

type htmlPage struct {
	Report                *Report
	Title                 string
	Style                 template.CSS
	Script                template.JS
	StyleHash, ScriptHash string
	Servers               []htmlServer
	Files                 []htmlFile
}

type htmlFile struct {
	*File
	ClientName string
}

type htmlServer struct {
	*Server
	ClientName string
	home       string
}

// fact is one line of what is known about a server.
type fact struct {
	Name, Text string
	Code       bool
}

// hash is a source of a content security policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// GateState is yes, no, or why it is neither, for the filter.
func (s htmlServer) GateState() string {
	if s.Gate.Through == ThroughRunner {
		return s.Gate.Text()
	}
	return "no"
}

// Place is the file, from ~ on where it lies in the home, with line and column.
func (s htmlServer) Place() string {
	file := s.File
	if rest, ok := strings.CutPrefix(file, s.home); ok && s.home != "" && strings.HasPrefix(strings.ReplaceAll(rest, `\`, "/"), "/") {
		file = "~" + rest
	}
	return fmt.Sprintf("%s:%d:%d", file, s.Line, s.Column)
}

// GateText says what the server goes through.
func (s htmlServer) GateText() string { return s.Gate.Text() }

// Text is the gate in a word or two, for a table.
func (g Gate) Text() string {
	switch g.Through {
	case ThroughRunner:
		if g.State == Whole {
			return "yes"
		}
		return cmp.Or(g.State, Unverified)
	case ThroughToolHive:
		return "no (ToolHive)"
	case ThroughDocker:
		return "no (Docker)"
	default:
		return "no"
	}
}

func (s htmlServer) DetailsText() string {
	n := len(s.Decision.Violations) + len(s.Decision.Errors)
	switch n {
	case 0:
		return "Details"
	case 1:
		return "1 reason and details"
	default:
		return fmt.Sprintf("%d reasons and details", n)
	}
}

func (s htmlServer) Facts() []fact {
	var facts []fact
	add := func(name, text string, code bool) {
		if text != "" {
			facts = append(facts, fact{name, text, code})
		}
	}
	if in := s.Decision.Input; in != nil {
		command := in.Server.Command
		add("Kind", in.Server.Kind, false)
		add("Transport", in.Server.Transport, false)
		add("Asked for", strings.Join(append([]string{in.Server.Source.Reference}, command.Args...), " "), true)
		add("File that runs", cmp.Or(command.Resolved, command.Path), true)
		add("Its SHA-256", command.SHA256, true)
	}
	if s.Gate.Through != "" {
		add("Goes through", s.Gate.Through+": "+s.Gate.Command, false)
		add("With policy of its own", strings.Join(s.Gate.Policy, " "), true)
	}
	add("Only the client knows", strings.Join(s.Variables, ", "), false)
	for _, note := range s.Notes {
		add("Note", note, false)
	}
	for _, warning := range s.Decision.Warnings {
		add("Warning", warning, false)
	}
	add("Decision", s.Decision.ID, true)
	return facts
}

// minute is a time of a report as people write it.
func minute(t string) string {
	at, err := time.Parse(time.RFC3339, t)
	if err != nil {
		return t
	}
	return at.UTC().Format("2006-01-02 15:04 UTC")
}

// mark is the class of a violation.
func mark(v rego.Violation) string {
	switch {
	case v.Waiver != nil:
		return "waived"
	case v.Level == rego.LevelWarn, v.Level == rego.LevelAudit:
		return v.Level
	default:
		return "deny"
	}
}

func markText(v rego.Violation) string {
	return map[string]string{"waived": "waived", rego.LevelWarn: "warning", rego.LevelAudit: "for the record", "deny": "denied"}[mark(v)]
}

func waiver(v rego.Violation) string {
	return shown(gate.RedactText(fmt.Sprintf("until %v: %v", v.Waiver["expires"], v.Waiver["reason"])))
}

// shown is text in which what nobody sees, or what turns the direction of text,
// stands as its number.
//
// No line of the page begins as a workflow command does, for one who prints the
// page into the log of GitHub Actions.
func shown(s string) string {
	s = commandLine.ReplaceAllString(s, " ::")
	if !strings.ContainsFunc(s, unseen) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unseen(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

var commandLine = regexp.MustCompile(`\n\s*::`)

func unseen(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
}
