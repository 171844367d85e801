package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

// findings shows what was found as a compiler does, and how much it is.
func (p *printer) findings(sources []checkedSource) {
	lines := lineReader{}
	for _, s := range sources {
		for _, f := range s.Findings {
			p.finding(s.Dir, f, lines.line(f))
		}
	}
	p.Printf("%s\n", p.totals(sources))
}

// finding shows one finding with the line that it is in, where that is known.
func (p *printer) finding(dir string, f rego.Finding, line string) {
	place := f.File
	switch {
	case place == "":
		place = fromHere(dir)
	case f.Row > 0 && f.Col > 0:
		place = fmt.Sprintf("%s:%d:%d", place, f.Row, f.Col)
	case f.Row > 0:
		place = fmt.Sprintf("%s:%d", place, f.Row)
	}
	severity := p.Paint("1;31", "error")
	if f.Severity == rego.FindingWarning {
		severity = p.Paint("1;33", "warning")
	}
	p.Printf("%s: %s: %s [%s]\n", p.Paint("1", show.Clean(place)), severity, show.BlockBy(f.Msg, "    "), show.Clean(f.Rule))
	if line != "" {
		p.Printf("%5d | %s\n", f.Row, strings.TrimRight(show.Clean(line), " "))
		if mark := underline(line, f); mark != "" {
			p.Printf("      | %s\n", p.Paint("1;31", mark))
		}
	}
	if f.Fix != "" {
		p.Printf("  fix: %s\n", show.BlockBy(f.Fix, "       "))
	}
	p.Printf("\n")
}

// underline marks the offending text of a finding in its line, or is "" where
// its place in the line is not known.
func underline(line string, f rego.Finding) string {
	if f.Col < 1 || f.Col > utf8.RuneCountInString(line) {
		return ""
	}
	width := 1
	rest := string([]rune(line)[f.Col-1:])
	text, _, _ := strings.Cut(f.Text, "\n")
	if text = strings.TrimRight(text, " \t\r"); text != "" && strings.HasPrefix(rest, text) {
		width = utf8.RuneCountInString(text)
	}
	return strings.Repeat(" ", f.Col-1) + strings.Repeat("^", width)
}

// totals is the last line: what was found, in how much.
func (p *printer) totals(sources []checkedSource) string {
	policies := 0
	for _, s := range sources {
		policies += len(s.Policies)
	}
	errs, warnings := countFindings(sources)
	switch {
	case errs > 0 && warnings > 0:
		return p.Paint("1;31", count(errs, "error")+", "+count(warnings, "warning"))
	case errs > 0:
		return p.Paint("1;31", count(errs, "error"))
	case warnings > 0:
		return count(policies, "policy") + ", " + p.Paint("1;33", count(warnings, "warning"))
	default:
		return count(policies, "policy") + ", " + p.Paint("1;32", "nothing wrong")
	}
}

// lineReader holds the lines of the files that findings are in.
type lineReader map[string][]string

// line is the line of a finding, or "". A line that holds a secret is not shown.
func (r lineReader) line(f rego.Finding) string {
	if f.File == "" || f.Row < 1 {
		return ""
	}
	lines, ok := r[f.File]
	if !ok {
		// What cannot be read, such as a member of an archive, is not shown.
		if content, err := os.ReadFile(filepath.FromSlash(f.File)); err == nil {
			lines = strings.Split(string(content), "\n")
		}
		r[f.File] = lines
	}
	if f.Row > len(lines) {
		return ""
	}
	line := strings.TrimRight(lines[f.Row-1], "\r")
	if gate.RedactText(line) != line || !utf8.ValidString(line) || utf8.RuneCountInString(line) > 400 {
		return ""
	}
	return line
}

// printAnnotations writes findings as workflow commands of GitHub Actions, one
// on each line, and a line for the log.
func printAnnotations(w io.Writer, sources []checkedSource) error {
	p := plainPrinter(w)
	for _, s := range sources {
		for _, f := range s.Findings {
			p.annotation(s.Dir, f)
		}
	}
	p.Printf("%s\n", p.totals(sources))
	return p.Err()
}

func (p *printer) annotation(dir string, f rego.Finding) {
	level := "error"
	if f.Severity == rego.FindingWarning {
		level = "warning"
	}
	msg := f.Msg
	if f.Fix != "" {
		msg += "\n" + f.Fix
	}
	properties := []string{"title=" + annotationProperty.Replace(f.Rule)}
	if f.File == "" {
		msg = fromHere(dir) + ": " + msg
	} else {
		place := []string{"file=" + annotationProperty.Replace(f.File)}
		if f.Row > 0 {
			place = append(place, fmt.Sprintf("line=%d", f.Row))
			if f.Col > 0 {
				place = append(place, fmt.Sprintf("col=%d", f.Col))
			}
		}
		properties = append(place, properties...)
	}
	p.Printf("::%s %s::%s\n", level, strings.Join(properties, ","), annotationText.Replace(msg))
}

// What a workflow command would take for its own syntax.
var (
	annotationText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	annotationProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
