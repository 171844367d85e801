package gate

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Status is what a gate knows about its sources of policies, and whether it can
// allow anything. Its errors and warnings have no secret in clear.
type Status struct {
	// Time is when this was so.
	Time time.Time `json:"time"`
	// Ready is true where every source has a policy in force and nothing is stuck
	// that decides: a server can be allowed. Reasons say why it is not.
	Ready   bool     `json:"ready"`
	Reasons []string `json:"reasons"`
	// Revision is what [Decision] has as its revision.
	Revision string `json:"revision"`
	// Since is when the newest policy came into force; zero where none is.
	Since time.Time `json:"since,omitzero"`
	// ConfirmedAt is when the least recently confirmed source was last known to
	// have the files of the policy in force, and AgeSeconds how long ago that is.
	// Both are 0 where no source is followed, or none could be confirmed yet.
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
	AgeSeconds  float64   `json:"age_seconds"`
	// Sources stand in the order in which they are asked.
	Sources []SourceStatus `json:"sources"`
	// Stuck are the inputs that are still being made. What is stuck in a source
	// stands there.
	Stuck []StuckStatus `json:"stuck"`
}

// SourceStatus is [rego.Status] as JSON, of the policy that a decision is asked
// of now.
type SourceStatus struct {
	Name string `json:"name"`
	// Dir is "" where the source is built in.
	Dir string `json:"dir"`
	// Profile is that of the built-in policies, "" where the source is not built in.
	Profile string `json:"profile"`
	// InForce says that the source has a policy that decides. Otherwise it denies,
	// and Reason says why.
	InForce bool   `json:"in_force"`
	Reason  string `json:"reason"`

	Revision string    `json:"revision"`
	Since    time.Time `json:"since,omitzero"`
	Policies []string  `json:"policies"`
	Warnings []string  `json:"warnings"`
	// LastError is why the files as they are now did not load, or "".
	LastError     string    `json:"last_error"`
	LastErrorTime time.Time `json:"last_error_time,omitzero"`
	CheckedAt     time.Time `json:"checked_at,omitzero"`
	ConfirmedAt   time.Time `json:"confirmed_at,omitzero"`
	// Static says that the source is never read again.
	Static bool `json:"static"`
	// Expired says that the source denies because it could not be confirmed for
	// longer than the operator allows.
	Expired      bool   `json:"expired"`
	Reloads      uint64 `json:"reloads"`
	ReloadErrors uint64 `json:"reload_errors"`
	ByEvent      uint64 `json:"changes_by_event"`
	ByTick       uint64 `json:"changes_by_tick"`
	// WatchError is why changes are found by looking alone, or "".
	WatchError string        `json:"watch_error"`
	Stuck      []StuckStatus `json:"stuck"`
}

// StuckStatus is work that has not returned after its deadline.
type StuckStatus struct {
	// What is a policy's name or another step of a decision, or "load".
	What string `json:"what"`
	// Revision is that of the policies that are evaluated; "" for a load and for
	// the making of an input.
	Revision string    `json:"revision"`
	Since    time.Time `json:"since"`
	// Replaced says that those policies are no longer in force: what is stuck in
	// them takes up the machine, and keeps nothing from being allowed.
	Replaced bool `json:"replaced,omitempty"`
}

// Load reports whether it is a load, where it is of a source. One that is stuck
// leaves the policy in force as it is; while an evaluation is stuck nothing is
// allowed.
func (s StuckStatus) Load() bool { return s.Revision == "" }

func (s StuckStatus) reason() string {
	return fmt.Sprintf("%s has not returned since %s", s.What, formatTime(s.Since))
}

// Status returns what g knows about its sources now.
func (g *Gate) Status() Status {
	st := Status{Time: g.now().UTC(), Reasons: []string{}, Sources: make([]SourceStatus, 0, len(g.sources)), Stuck: []StuckStatus{}}
	revisions := make([]SourceRevision, len(g.sources))
	for i, s := range g.sources {
		source := newSourceStatus(s.status())
		revisions[i] = SourceRevision{Name: source.Name, Revision: source.Revision}
		st.Sources = append(st.Sources, source)
		st.Reasons = append(st.Reasons, source.reasons()...)
		if source.Since.After(st.Since) {
			st.Since = source.Since
		}
		if at := source.ConfirmedAt; !source.Static && !at.IsZero() && (st.ConfirmedAt.IsZero() || at.Before(st.ConfirmedAt)) {
			st.ConfirmedAt = at
		}
	}
	st.Stuck = stuckStatus(g.Stuck())
	for _, stuck := range st.Stuck {
		st.Reasons = append(st.Reasons, stuck.reason())
	}
	if len(g.sources) == 0 {
		st.Reasons = append(st.Reasons, rego.ErrNoPolicy.Error())
	}
	st.Revision = revision(revisions)
	st.Ready = len(st.Reasons) == 0
	if !st.ConfirmedAt.IsZero() {
		st.AgeSeconds = max(0, st.Time.Sub(st.ConfirmedAt).Seconds())
	}
	return st
}

// status is what the store says, of the policy that a decision would be asked
// of: the two may be one reload apart.
func (s storeSource) status() rego.Status {
	st, p := s.store.Status(), s.store.Policy()
	st.Revision, st.Policies, st.Warnings = p.Revision(), p.Policies(), p.Warnings()
	return st
}

func newSourceStatus(st rego.Status) SourceStatus {
	s := SourceStatus{
		Name:          st.Name,
		Dir:           st.Dir,
		Profile:       st.Profile,
		InForce:       st.Revision != "" && !st.Expired,
		Revision:      st.Revision,
		Since:         st.Since.UTC(),
		Policies:      append([]string{}, st.Policies...),
		Warnings:      append([]string{}, redactTexts(st.Warnings)...),
		LastError:     sourceText(st.Name, st.LastError),
		LastErrorTime: st.LastErrorTime.UTC(),
		CheckedAt:     st.CheckedAt.UTC(),
		ConfirmedAt:   st.ConfirmedAt.UTC(),
		Static:        st.Static,
		Expired:       st.Expired,
		Reloads:       st.Reloads,
		ReloadErrors:  st.ReloadErrors,
		ByEvent:       st.ByEvent,
		ByTick:        st.ByTick,
		WatchError:    sourceText(st.Name, st.WatchError),
		Stuck:         stuckStatus(st.Stuck),
	}
	why := cmp.Or(s.LastError, rego.ErrNoPolicy.Error())
	switch {
	case s.InForce:
	case s.Expired && s.LastError == "":
		s.Reason = fmt.Sprintf("the policy could not be confirmed since %s", formatTime(s.ConfirmedAt))
	case s.Expired:
		s.Reason = fmt.Sprintf("the policy could not be confirmed since %s: %s", formatTime(s.ConfirmedAt), why)
	default:
		s.Reason = why
	}
	return s
}

func stuckStatus(all []rego.Stuck) []StuckStatus {
	out := make([]StuckStatus, len(all))
	for i, stuck := range all {
		out[i] = StuckStatus{What: stuck.What, Revision: stuck.Revision, Since: stuck.Since.UTC(), Replaced: stuck.Replaced}
	}
	return out
}

// reasons are why nothing can be allowed, as far as s is concerned.
func (s SourceStatus) reasons() []string {
	var reasons []string
	add := func(text string) { reasons = append(reasons, "policy source "+s.Name+": "+text) }
	if !s.InForce {
		add(s.Reason)
	}
	for _, stuck := range s.Stuck {
		if !stuck.Load() && !stuck.Replaced {
			add(stuck.reason())
		}
	}
	return reasons
}

// sourceText is an error of a source for everyone to read, without the name that
// stands beside it.
func sourceText(name string, err error) string {
	if err == nil {
		return ""
	}
	return RedactText(strings.TrimPrefix(err.Error(), "policy source "+name+": "))
}
