package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
)

// maxNames is how many names of policies a person is shown of one source.
const maxNames = 40

// status shows what is in force, for a person. from is the URL that was asked, or
// "" where this process opened the sources a moment ago, so that the times say
// nothing.
func (p *printer) status(st gate.Status, from string) {
	verdict := p.Paint("1;32", "ready")
	if !st.Ready {
		verdict = p.Paint("1;31", "not ready") + ": no server can be allowed"
	}
	p.Printf("%s\n", verdict)
	p.field("asked", from)
	if from == "" {
		forget(&st)
	}
	if len(st.Sources) == 0 {
		p.field("why", strings.Join(st.Reasons, "\n"))
		return
	}
	p.stuck(st.Stuck)
	p.field("sources", fmt.Sprint(len(st.Sources)))
	p.field("revision", fmt.Sprintf("%.12s", st.Revision))
	p.field("since", shownTime(st.Since))
	if !st.ConfirmedAt.IsZero() {
		age := time.Duration(st.AgeSeconds * float64(time.Second)).Round(time.Second)
		p.field("confirmed", fmt.Sprintf("%s, %s ago", shownTime(st.ConfirmedAt), age))
	}
	for _, s := range st.Sources {
		p.sourceStatus(s)
	}
}

// forget takes out of st when its policies came into force.
func forget(st *gate.Status) {
	st.Since, st.ConfirmedAt = time.Time{}, time.Time{}
	for i := range st.Sources {
		st.Sources[i].Since, st.Sources[i].ConfirmedAt = time.Time{}, time.Time{}
	}
}

func (p *printer) sourceStatus(s gate.SourceStatus) {
	state := p.Paint("1;32", "in force")
	if !s.InForce {
		state = p.Paint("1;31", "denies")
	}
	p.Printf("\n%s  %s\n", p.Paint("1", show.Clean(s.Name)), state)
	p.field("why", s.Reason)
	p.field("directory", s.Dir)
	p.field("profile", s.Profile)
	p.field("revision", fmt.Sprintf("%.12s", s.Revision))
	p.field("policies", policyNames(s.Policies))
	p.field("since", shownTime(s.Since))
	if !s.Static {
		p.field("confirmed", shownTime(s.ConfirmedAt))
	}
	p.field("changes", howFound(s))
	if s.Reloads > 0 || s.ReloadErrors > 0 {
		p.field("reloads", fmt.Sprintf("%d, and %s that did not load", s.Reloads, count(int(s.ReloadErrors), "change")))
	}
	if s.InForce && s.LastError != "" {
		p.field("error", fmt.Sprintf("the files as they are now do not load, since %s:\n%s\nthe policy before them stays in force", shownTime(s.LastErrorTime), s.LastError))
	}
	p.stuck(s.Stuck)
	for _, warning := range s.Warnings {
		p.field("warning", warning)
	}
}

func (p *printer) stuck(all []gate.StuckStatus) {
	for _, s := range all {
		p.field("stuck", fmt.Sprintf("%s, since %s", s.What, shownTime(s.Since)))
	}
}

// field is one line with a name before it, or nothing where there is no text.
func (p *printer) field(name, text string) {
	if text == "" {
		return
	}
	color := ""
	switch name {
	case "why", "error", "stuck":
		color = "1;31"
	case "warning":
		color = "1;33"
	}
	name = fmt.Sprintf("%-9s", name)
	if color != "" {
		name = p.Paint(color, name)
	}
	p.Printf("  %s  %s\n", name, show.BlockBy(text, strings.Repeat(" ", 13)))
}

// howFound says how changes of a source are found, or is "" where it has none.
func howFound(s gate.SourceStatus) string {
	found := ""
	switch {
	case s.Static, s.Dir == "":
		return ""
	case s.WatchError != "":
		found = "found by looking, where no event announces them: " + s.WatchError
	default:
		found = "found by events"
	}
	if s.ByEvent > 0 || s.ByTick > 0 {
		found += fmt.Sprintf("\nso far %d by an event, %d by looking", s.ByEvent, s.ByTick)
	}
	return found
}

func policyNames(names []string) string {
	shown := strings.Join(names, ", ")
	if n := len(names) - maxNames; n > 0 {
		shown = fmt.Sprintf("%s and %d more", strings.Join(names[:maxNames], ", "), n)
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%d: %s", len(names), shown)
}

// shownTime is "" where t is not known.
func shownTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
