package main

import (
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

// printer lays a decision out for a person. The first write error stays in err.
type printer struct {
	w     io.Writer
	color bool
	err   error
}

// newPrinter uses colour on a terminal unless NO_COLOR is set (no-color.org).
func newPrinter(w io.Writer) *printer {
	f, ok := w.(*os.File)
	return &printer{w: w, color: ok && os.Getenv("NO_COLOR") == "" && term.IsTerminal(int(f.Fd()))}
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) paint(code, s string) string {
	if !p.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// summary is the verdict in a few lines.
func (p *printer) summary(d *gate.Decision) {
	verdict := p.paint("1;31", "not allowed")
	if d.Allowed {
		verdict = p.paint("1;32", "allowed")
	}
	name := "the server"
	if d.Input != nil {
		name = d.Input.Server.Name
	}
	p.printf("%s is %s\n", clean(name), verdict)
	p.printf("  decision  %s\n", d.ID)
	for _, s := range d.Sources {
		if s.Revision == "" {
			p.printf("  policy    %s, nothing loaded\n", clean(s.Name))
			continue
		}
		p.printf("  policy    %s, revision %.12s\n", clean(s.Name), s.Revision)
	}
}

// explain shows each violation that is not for the record only, each error and
// each warning: what is wrong, where in the input, what to do, where to read on.
func (p *printer) explain(d *gate.Decision) {
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
		p.printf("\n%s  error\n  what    %s\n", p.paint("1;31", clean(name)), block(e.Msg))
	}
	for _, w := range d.Warnings {
		p.printf("\n%s  %s\n", p.paint("1;33", "warning"), clean(w))
	}
}

func (p *printer) violation(v rego.Violation, in *gate.Input) {
	color := "1;31"
	level := "denied"
	if v.Level == rego.LevelWarn {
		color, level = "1;33", "warning"
	}
	if v.Waiver != nil {
		color, level = "1;33", "waived"
	}
	p.printf("\n%s  %s, severity %s", p.paint(color, clean(v.Policy)), level, clean(v.Severity))
	if v.Title != "" {
		p.printf(": %s", clean(v.Title))
	}
	p.printf("\n  what    %s\n", block(v.Msg))
	if v.Path != "" {
		p.printf("  where   %s\n", clean(where(v.Path, in)))
	}
	if v.Remediation != "" {
		p.printf("  do      %s\n", block(v.Remediation))
	}
	for _, link := range v.Links {
		p.printf("  read    %s\n", clean(link))
	}
	if v.Waiver != nil {
		p.printf("  waiver  %s\n", block(waived(v.Waiver)))
	}
	p.printf("  source  %s\n", clean(v.Source))
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
	value, err := plainJSON(at, "")
	if err != nil || at == nil || len(value) > 120 {
		return pointer
	}
	return pointer + " = " + value
}

// plainJSON is v as JSON for a person: < and > stand as they are, and what
// would steer a terminal is escaped.
func plainJSON(v any, indent string) (string, error) {
	var buf strings.Builder
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	text := strings.TrimSuffix(buf.String(), "\n")
	harmful := func(r rune) bool { return r != '\n' && steers(r) }
	if !strings.ContainsFunc(text, harmful) {
		return text, nil
	}
	var out strings.Builder
	for _, r := range text {
		if harmful(r) { // such a rune stands only inside a string
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		}
		out.WriteRune(r)
	}
	return out.String(), nil
}

// block is text that may have more than one line, as a compiler's complaint has;
// each is indented like the first.
func block(s string) string { return blockBy(s, "          ") }

// blockBy is block with the indent of all lines but the first.
func blockBy(s, indent string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(strings.TrimSpace(s), "\t", "    ")) {
		lines = append(lines, clean(strings.TrimRight(line, "\r\n")))
	}
	return strings.Join(lines, "\n"+indent)
}

// clean keeps what a policy or a config says from steering the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return ' '
		case steers(r):
			return -1
		}
		return r
	}, s)
}

// steers reports whether r is a control character, a line separator, or a mark
// that changes the direction or the width of text.
func steers(r rune) bool {
	return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0xfeff ||
		r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2060 && r <= 0x2069
}
