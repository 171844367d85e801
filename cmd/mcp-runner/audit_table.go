package main

import (
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

const (
	// roomyWidth is from how many columns on what to do stands beside a server, and
	// not below it.
	roomyWidth = 130
	// usualWidth is that of a terminal which does not tell.
	usualWidth = 80
)

// width is how many columns the table has; 0 is as many as it takes.
func (f *auditFlags) width(w io.Writer) int {
	file, ok := w.(*os.File)
	if f.wide || !ok || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return usualWidth
	}
	return width
}

// column is one column of the table.
type column struct {
	head string
	// least and most bound its width where the table is cut.
	least, most int
	text        func(s *audit.Server) string
	paint       func(s *audit.Server) string
}

// auditTable is the report for a person.
func (p *printer) auditTable(r *audit.Report, width int) {
	if len(r.Files) == 0 {
		p.Printf("No configuration of an MCP client was found below %s.\n", show.Clean(r.Home))
		return
	}
	names := map[string]string{}
	for _, c := range r.Clients {
		names[c.ID] = c.Name
	}
	columns := []column{
		{head: "CLIENT", least: 8, most: 18, text: func(s *audit.Server) string { return names[s.Client] }},
		{head: "SERVER", least: 10, most: 26, text: serverCell},
		{head: "STARTS", least: 16, most: 60, text: func(s *audit.Server) string { return s.Starts }},
		{head: "DECISION", least: 9, most: 9, text: func(s *audit.Server) string { return s.Verdict }, paint: verdictColor},
		{head: "SEVERITY", least: 8, most: 8, text: func(s *audit.Server) string { return s.Severity }, paint: severityColor},
		{head: "GATE", least: 4, most: 13, text: func(s *audit.Server) string { return s.Gate.Text() }},
	}
	roomy := width >= roomyWidth
	switch {
	case roomy:
		columns = append(columns, column{head: "WHAT TO DO", least: 30, most: 1000, text: func(s *audit.Server) string { return s.Remediation }})
	case width > 0:
		columns[5].most, columns[5].text = 4, gatedCell
	}
	widths := columnWidths(columns, r.Servers, width)
	if len(r.Servers) > 0 {
		p.row(columns, widths, nil)
	}
	for i := range r.Servers {
		s := &r.Servers[i]
		p.row(columns, widths, s)
		switch {
		case width == 0:
			p.whole(s, widths[2])
		case !roomy && s.Remediation != "":
			p.Printf("  %s\n", cutTo(show.Clean(advice(s)), width-2))
		}
	}
	p.problems(r)
	p.perClient(r)
	p.nextSteps(r, width)
}

// advice is what to do first, and on account of which policy.
func advice(s *audit.Server) string {
	if worst := s.Worst(); worst != nil && s.Verdict != audit.Undecided {
		return worst.Policy + ": " + s.Remediation
	}
	return s.Remediation
}

func serverCell(s *audit.Server) string {
	if s.Disabled {
		return s.Name + " (off)"
	}
	return s.Name
}

func gatedCell(s *audit.Server) string {
	switch {
	case s.Gate.Through != audit.ThroughRunner:
		return "no"
	case s.Gate.State == audit.Whole:
		return "yes"
	case s.Gate.State == audit.Weakened:
		return "weak"
	}
	return "?"
}

func verdictColor(s *audit.Server) string {
	switch {
	case !s.Counts:
		return "2"
	case s.Verdict == audit.Allowed:
		return "32"
	case s.Verdict == audit.Denied:
		return "1;31"
	}
	return "1;33"
}

func severityColor(s *audit.Server) string {
	switch {
	case !s.Counts:
		return "2"
	case s.Severity == "critical", s.Severity == "high":
		return "31"
	case s.Severity == "medium":
		return "33"
	}
	return "0"
}

// columnWidths are as wide as what stands in the columns, and no wider than all
// have room for: the last ones that can give way do.
func columnWidths(columns []column, servers []audit.Server, width int) []int {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = len(c.head)
		for k := range servers {
			widths[i] = max(widths[i], utf8.RuneCountInString(show.Clean(c.text(&servers[k]))))
		}
		if c.head == "STARTS" || width > 0 {
			widths[i] = min(widths[i], max(c.most, len(c.head)))
		}
	}
	if width == 0 {
		return widths
	}
	over := -width + 2*(len(columns)-1)
	for _, w := range widths {
		over += w
	}
	for _, head := range []string{"WHAT TO DO", "STARTS", "SERVER", "CLIENT"} {
		for i, c := range columns {
			if c.head == head && over > 0 {
				given := min(over, max(0, widths[i]-c.least))
				widths[i] -= given
				over -= given
			}
		}
	}
	return widths
}

// row prints the heads of the columns, or a server.
func (p *printer) row(columns []column, widths []int, s *audit.Server) {
	var line strings.Builder
	for i, c := range columns {
		text, color := c.head, "1"
		if s != nil {
			text, color = show.Clean(c.text(s)), ""
			if c.paint != nil {
				color = c.paint(s)
			}
			if text == "" {
				text, color = "-", ""
			}
		}
		text = cutTo(text, widths[i])
		padding := ""
		if i < len(columns)-1 {
			padding = strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+2)
		}
		if color != "" {
			text = p.Paint(color, text)
		}
		line.WriteString(text + padding)
	}
	p.Printf("%s\n", line.String())
}

// cutTo is text of at most so many characters.
func cutTo(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	if most < 1 {
		return ""
	}
	return strings.TrimRight(string(runes[:most-1]), " ") + "…"
}

// whole prints all about one server below its row.
func (p *printer) whole(s *audit.Server, room int) {
	p.Printf("    %s:%d:%d\n", show.Clean(s.File), s.Line, s.Column)
	if utf8.RuneCountInString(show.Clean(s.Starts)) > room {
		p.Printf("    starts: %s\n", show.Clean(s.Starts))
	}
	if s.Gate.Through != "" {
		p.Printf("    goes through %s: %s\n", s.Gate.Through, show.Clean(strings.Join(append([]string{s.Gate.Command}, s.Gate.Policy...), " ")))
	}
	if len(s.Variables) > 0 {
		p.Printf("    values that only the client knows: %s\n", show.Clean(strings.Join(s.Variables, ", ")))
	}
	for _, v := range s.Decision.Violations {
		word, color := "denied", "1;31"
		switch {
		case v.Waiver != nil:
			word, color = "waived", "33"
		case v.Level == rego.LevelWarn:
			word, color = "warning", "33"
		case v.Level == rego.LevelAudit:
			word, color = "for the record", "0"
		}
		p.Printf("    %s %s, %s: %s\n", p.Paint(color, word), show.Clean(v.Policy), show.Clean(v.Severity), show.Clean(oneLine(v.Msg)))
		if v.Remediation != "" && v.Waiver == nil {
			p.Printf("        do: %s\n", show.Clean(oneLine(v.Remediation)))
		}
	}
	for _, e := range s.Decision.Errors {
		name := ""
		if e.Policy != "" {
			name = " " + show.Clean(e.Policy)
		}
		p.Printf("    %s%s: %s\n", p.Paint("1;33", "error"), name, show.Clean(oneLine(e.Msg)))
	}
	for _, note := range slices.Concat(s.Notes, s.Decision.Warnings) {
		p.Printf("    note: %s\n", show.Clean(oneLine(note)))
	}
}
