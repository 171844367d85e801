// Package show lays decisions out for a person, on a terminal or in a file. What
// policies and configs say cannot steer the terminal.
package show

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"golang.org/x/term"
)

// Printer lays a decision out for a person. It keeps the first error of writing,
// and writes nothing after it.
type Printer struct {
	w     io.Writer
	color bool
	err   error
}

// New returns a printer to w, which uses colour where w is a terminal, unless
// NO_COLOR is set (no-color.org).
func New(w io.Writer) *Printer {
	f, ok := w.(*os.File)
	return &Printer{w: w, color: ok && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))}
}

// Plain returns a printer to w that never uses colour.
func Plain(w io.Writer) *Printer { return &Printer{w: w} }

// Err returns the first error of writing.
func (p *Printer) Err() error { return p.err }

// Color reports whether p uses colour.
func (p *Printer) Color() bool { return p.color }

// Printf writes as fmt.Fprintf does: what comes from outside needs [Clean] or
// [Block] first.
func (p *Printer) Printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// Paint is s in the colour of an ANSI code such as 1;31, where p uses colour.
func (p *Printer) Paint(code, s string) string {
	if !p.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Summary is the verdict in a few lines.
func (p *Printer) Summary(d *gate.Decision) {
	verdict := p.Paint("1;31", "not allowed")
	if d.Allowed {
		verdict = p.Paint("1;32", "allowed")
	}
	p.Printf("%s is %s\n", Clean(subject(d.Input)), verdict)
	p.Printf("  decision  %s\n", d.ID)
	for _, s := range d.Sources {
		if s.Revision == "" {
			p.Printf("  policy    %s, nothing loaded\n", Clean(s.Name))
			continue
		}
		p.Printf("  policy    %s, revision %.12s\n", Clean(s.Name), s.Revision)
	}
}

// subject is what was asked about.
func subject(in *gate.Input) string {
	switch {
	case in == nil:
		return "the server"
	case in.Server.Name != "":
		return in.Server.Name
	case in.Registry != (gate.Registry{}):
		r := in.Registry
		return strings.TrimSpace("registry " + cmp.Or(r.Name, r.URL, r.APIURL, r.LocalPath))
	case in.Operation != "" && in.Operation != gate.OperationCreateServer:
		return in.Operation // of a registry of which nothing is known
	}
	return "the server"
}

// Explain shows each violation that is not for the record only, each error and
// each warning: what is wrong, where in the input, what to do, where to read on.
func (p *Printer) Explain(d *gate.Decision) {
	for _, v := range d.Violations {
		if v.Level != rego.LevelAudit {
			p.violation(v, d.Input)
		}
	}
	for _, e := range d.Errors {
		name := e.Policy
		if name == "" {
			name = "no verdict"
		}
		p.Printf("\n%s  error\n  what    %s\n", p.Paint("1;31", Clean(name)), Block(e.Msg))
	}
	for _, w := range d.Warnings {
		p.Printf("\n%s  %s\n", p.Paint("1;33", "warning"), Clean(w))
	}
}

func (p *Printer) violation(v rego.Violation, in *gate.Input) {
	color := "1;31"
	level := "denied"
	if v.Level == rego.LevelWarn {
		color, level = "1;33", "warning"
	}
	if v.Waiver != nil {
		color, level = "1;33", "waived"
	}
	p.Printf("\n%s  %s, severity %s", p.Paint(color, Clean(v.Policy)), level, Clean(v.Severity))
	if v.Title != "" {
		p.Printf(": %s", Clean(v.Title))
	}
	p.Printf("\n  what    %s\n", Block(v.Msg))
	if v.Path != "" {
		p.Printf("  where   %s\n", Clean(where(v.Path, in)))
	}
	if v.Remediation != "" {
		p.Printf("  do      %s\n", Block(v.Remediation))
	}
	for _, link := range v.Links {
		p.Printf("  read    %s\n", Clean(link))
	}
	if v.Waiver != nil {
		p.Printf("  waiver  %s\n", Block(waived(v.Waiver)))
	}
	p.Printf("  source  %s\n", Clean(v.Source))
}

// waived says until when a waiver holds, and why.
func waived(waiver map[string]any) string {
	text := fmt.Sprintf("until %v", waiver["expires"])
	for _, key := range []string{"ticket", "approver"} {
		if v, ok := waiver[key].(string); ok && v != "" {
			text += fmt.Sprintf(", %s %s", key, v)
		}
	}
	return fmt.Sprintf("%s: %v", text, waiver["reason"])
}

// where is a JSON Pointer into the input with the value that stands there, where
// it is short enough to help. The input is redacted already.
func where(pointer string, in *gate.Input) string {
	if in == nil {
		return pointer
	}
	data, err := json.Marshal(in)
	if err != nil {
		return pointer
	}
	var at any
	if err := json.Unmarshal(data, &at); err != nil {
		return pointer
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch node := at.(type) {
		case map[string]any:
			at = node[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(node) {
				return pointer
			}
			at = node[i]
		default:
			return pointer
		}
	}
	value, err := JSON(at, "")
	if err != nil || at == nil || len(value) > 120 {
		return pointer
	}
	return pointer + " = " + value
}
