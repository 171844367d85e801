package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/show"
)

// problems shows what is wrong with the files.
func (p *printer) problems(r *audit.Report) {
	p.problemsOf(r, true, p.Paint("1;31", "Not readable"))
	p.problemsOf(r, false, p.Paint("1;33", "Odd, but read"))
}

func (p *printer) problemsOf(r *audit.Report, unreadable bool, head string) {
	for _, f := range r.Files {
		for _, problem := range f.Problems {
			if f.Unreadable != unreadable {
				continue
			}
			if head != "" {
				p.Printf("\n%s\n", head)
				head = ""
			}
			place := f.Path
			if problem.Line > 0 {
				place = fmt.Sprintf("%s:%d:%d", place, problem.Line, problem.Column)
			}
			p.Printf("  %s: %s\n", show.Clean(place), show.Clean(oneLine(problem.Msg)))
		}
	}
}

// perClient counts for each client, and for all.
func (p *printer) perClient(r *audit.Report) {
	widest := 0
	for _, c := range r.Clients {
		widest = max(widest, utf8.RuneCountInString(show.Clean(c.Name)))
	}
	p.Printf("\n")
	for _, c := range r.Clients {
		name := show.Clean(c.Name)
		p.Printf("%s%s  %s\n", name, strings.Repeat(" ", widest-utf8.RuneCountInString(name)), auditTotals(c.Summary))
	}
	total := auditTotals(r.Summary)
	switch {
	case r.Summary.Denied+r.Summary.Undecided > 0:
		total = p.Paint("1;31", total)
	case r.Summary.Unreadable > 0:
		total = p.Paint("1;33", total)
	default:
		total = p.Paint("1;32", total)
	}
	if len(r.Clients) != 1 || p.Color() {
		p.Printf("%-*s  %s\n", widest, "All", total)
	}
}

// nextSteps are commands that a person would want next.
func (p *printer) nextSteps(r *audit.Report, width int) {
	const mostFiles = 5
	var files []string
	more := 0
	for _, f := range r.Files {
		switch {
		case !wrappable(f, r.Servers):
		case len(files) == mostFiles:
			more++
		default:
			files = append(files, f.Path)
		}
	}
	p.Printf("\n%s\n", p.Paint("1", "Next"))
	if width > 0 && len(r.Servers) > 0 {
		p.Printf("  --wide                shows all reasons, and the line that each server stands in\n")
	}
	p.Printf("  -o html > audit.html  is the same as a page to read and to filter\n")
	if len(files) > 0 {
		p.Printf("  mcp-runner wrap FILE  puts the servers of a file under the gate:\n")
	}
	for _, file := range files {
		p.Printf("    %s\n", show.Clean(shellPath(file)))
	}
	if more > 0 {
		p.Printf("    and %s more\n", count(more, "file"))
	}
}

// wrappable reports whether wrap has something to do in f: a client's own file
// with a server that does not go through mcp-runner yet.
func wrappable(f audit.File, servers []audit.Server) bool {
	if throughClient[f.Client] != "" || f.Syntax == "" || f.Syntax == string(clients.SyntaxXML) {
		return false
	}
	return slices.ContainsFunc(servers, func(s audit.Server) bool {
		return s.File == f.Path && s.Gate.Through != audit.ThroughRunner && s.Decision.Input != nil
	})
}

// shellPath is a path as a shell takes it, from here where it lies below.
func shellPath(file string) string {
	file = fromHere(file)
	if strings.ContainsAny(file, " \t'\"$`\\!&;()*?<>|#~") {
		return "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	}
	return file
}
