package audit

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// severities from the mildest to the worst.
var severities = []string{"low", "medium", "high", "critical"}

// rank is the place of a severity among them; what is unknown is the worst.
func rank(severity string) int {
	if severity == "" {
		return -1
	}
	if i := slices.Index(severities, severity); i >= 0 {
		return i
	}
	return len(severities)
}

// Decided fills in what follows from d.
func (s *Server) Decided(d *gate.Decision) {
	s.Decision = d
	switch err := d.Err(); {
	case err == nil:
		s.Verdict = Allowed
	case errors.Is(err, gate.ErrUndecided):
		s.Verdict = Undecided
	default:
		s.Verdict = Denied
	}
	if d.Input != nil {
		s.Kind, s.Starts = d.Input.Server.Kind, Starts(&d.Input.Server)
	}
	worst := s.Worst()
	if worst != nil && slices.Contains(severities, worst.Severity) {
		s.Severity = worst.Severity
	}
	switch {
	case s.Verdict == Undecided && len(d.Errors) > 0:
		s.Remediation = oneLine(d.Errors[0].Msg)
	case worst != nil && worst.Level != rego.LevelAudit:
		s.Remediation = oneLine(cmp.Or(worst.Remediation, worst.Msg))
	}
}

// Worst is the violation to repair first; nil where there is none.
func (s *Server) Worst() *rego.Violation {
	var worst *rego.Violation
	for i, v := range s.Decision.Violations {
		if v.Waiver != nil {
			continue
		}
		if worst == nil || cmp.Or(cmp.Compare(levelRank(v.Level), levelRank(worst.Level)), cmp.Compare(rank(v.Severity), rank(worst.Severity))) > 0 {
			worst = &s.Decision.Violations[i]
		}
	}
	return worst
}

// levelRank puts what denies above all: an unknown level does.
func levelRank(level string) int {
	switch level {
	case rego.LevelWarn:
		return 1
	case rego.LevelAudit:
		return 0
	default:
		return 2
	}
}

// Failed reports whether s keeps the audit from ending well.
func (s *Server) Failed() bool { return s.Counts && s.Verdict != Allowed }

// Finish sorts the servers and counts.
func (r *Report) Finish() {
	place := map[string]int{}
	for i, f := range r.Files {
		if _, ok := place[f.Path]; !ok {
			place[f.Path] = i
		}
	}
	slices.SortStableFunc(r.Servers, func(a, b Server) int {
		return cmp.Or(
			-cmp.Compare(a.order(), b.order()),
			-cmp.Compare(rank(a.Severity), rank(b.Severity)),
			cmp.Compare(place[a.File], place[b.File]),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Name, b.Name),
		)
	})
	slices.SortFunc(r.Clients, func(a, b Client) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	of := map[string]*Summary{}
	for i := range r.Clients {
		r.Clients[i].Summary = Summary{}
		of[r.Clients[i].ID] = &r.Clients[i].Summary
	}
	r.Summary = Summary{}
	for _, f := range r.Files {
		r.Summary.file(f)
		if c := of[f.Client]; c != nil {
			c.file(f)
		}
	}
	for _, s := range r.Servers {
		r.Summary.server(s)
		if c := of[s.Client]; c != nil {
			c.server(s)
		}
	}
}

// order puts what is denied above what is undecided, and that above what is
// allowed. What does not count stands at the end.
func (s *Server) order() int {
	if !s.Counts {
		return -1
	}
	return map[string]int{Denied: 2, Undecided: 1}[s.Verdict]
}

func (n *Summary) file(f File) {
	n.Files++
	if f.Unreadable {
		n.Unreadable++
	}
}

func (n *Summary) server(s Server) {
	n.Servers++
	if s.Disabled {
		n.Disabled++
	}
	if s.Gate.Through == ThroughRunner {
		n.Gated++
		if s.Gate.State != Whole {
			n.Doubtful++
		}
	}
	if !s.Counts {
		return
	}
	switch s.Verdict {
	case Allowed:
		n.Allowed++
		if worst := s.Worst(); worst != nil && worst.Level == rego.LevelWarn {
			n.Warned++
		}
	case Denied:
		n.Denied++
	default:
		n.Undecided++
	}
}

// oneLine is text with its white space folded.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
