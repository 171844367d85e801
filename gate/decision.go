package gate

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Decision is the answer to one question: docs/contract.md, section 4.
type Decision struct {
	// ID is a UUID.
	ID string `json:"id"`
	// Time is RFC 3339 in UTC with Z and milliseconds, as in the input.
	Time string `json:"time"`
	// Revision is a hash over the revisions of the sources: equal revisions
	// mean equal policies.
	Revision string           `json:"revision"`
	Sources  []SourceRevision `json:"sources"`
	// Specification identifies the resolved config that was judged, see
	// [runner.Specification]: what is set up because of the decision has the same.
	// It is "" where the host has a config of another kind.
	Specification string `json:"specification,omitempty"`
	// Running says that the server ran already: it was asked about again because
	// other policies had come into force.
	Running bool `json:"running,omitempty"`
	// Allowed is true only where every source allows and nothing went wrong.
	Allowed bool `json:"allowed"`
	// Violations are of all levels, sorted by policy, msg, path, level and source.
	Violations []rego.Violation `json:"violations"`
	// Warnings are sentences for a person.
	Warnings []string `json:"warnings"`
	// Errors are why no verdict was reached.
	Errors []rego.PolicyError `json:"errors"`
	// Input is what was judged, without secrets in clear; nil where there was
	// no input to judge.
	Input *Input `json:"input,omitempty"`

	trail trail
}

// SourceRevision says what was in force in one source; Revision is "" where
// nothing is loaded.
type SourceRevision struct {
	Name     string `json:"name"`
	Revision string `json:"revision"`
}

// Err returns nil where d allows, a *[DeniedError] where a policy denies, and
// otherwise an *[UndecidedError].
func (d *Decision) Err() error {
	switch {
	case d.Allowed:
		return nil
	case slices.ContainsFunc(d.Violations, denies):
		return &DeniedError{Decision: d}
	default:
		return &UndecidedError{Decision: d}
	}
}

// Took is how long it took to reach d; 0 where d was not decided by this process.
// What the record of d took is not in it.
func (d *Decision) Took() time.Duration {
	return time.Duration(d.trail.metrics["timer_sdk_decision_eval_ns"])
}

// denies reports whether v alone stops a server. An unknown level does.
func denies(v rego.Violation) bool {
	switch v.Level {
	case rego.LevelWarn, rego.LevelAudit:
		return false
	default:
		return v.Waiver == nil
	}
}

// fail notes why there is no verdict. Nothing is allowed then.
func (d *Decision) fail(format string, args ...any) {
	d.Allowed = false
	e := rego.PolicyError{Msg: fmt.Sprintf(format, args...)}
	if !slices.Contains(d.Errors, e) {
		d.Errors = append(d.Errors, e)
	}
}

// expired notes that the time of ctx is over, unless an error says so already.
func (d *Decision) expired(ctx context.Context) {
	if ctx.Err() == nil {
		return
	}
	cause := context.Cause(ctx).Error()
	d.Allowed = false
	if !slices.ContainsFunc(d.Errors, func(e rego.PolicyError) bool { return strings.Contains(e.Msg, cause) }) {
		d.fail("%s", cause)
	}
}

// add merges what one source says into d and reports whether that is an
// allowance without a flaw.
func (d *Decision) add(source string, r rego.Result) bool {
	allowed := r.Allowed && len(r.Errors) == 0
	for _, v := range r.Violations {
		v.Source = source
		if v.Links == nil {
			v.Links = []string{}
		}
		if v.Details == nil {
			v.Details = map[string]any{}
		}
		d.Violations = append(d.Violations, v)
		switch v.Level {
		case rego.LevelDeny, rego.LevelWarn, rego.LevelAudit:
		default:
			d.fail("source %s: policy %s: level is %q, want deny, warn or audit", source, v.Policy, v.Level)
		}
	}
	d.Warnings = append(d.Warnings, r.Warnings...)
	d.Errors = append(d.Errors, r.Errors...)
	stopped := slices.ContainsFunc(r.Violations, denies)
	switch {
	case r.Allowed && (stopped || len(r.Errors) > 0):
		d.fail("source %s: the result allows in spite of its own violations or errors", source)
	case !r.Allowed && !stopped && len(r.Errors) == 0:
		d.fail("source %s: the result denies without a reason", source)
	}
	return allowed && !stopped
}

// settle sorts the lists, so that equal decisions are equal bytes.
func (d *Decision) settle() {
	slices.SortStableFunc(d.Violations, func(a, b rego.Violation) int {
		return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Msg, b.Msg), cmp.Compare(a.Path, b.Path),
			cmp.Compare(a.Level, b.Level), cmp.Compare(a.Source, b.Source))
	})
	slices.Sort(d.Warnings)
	d.Warnings = slices.Compact(d.Warnings)
	slices.SortFunc(d.Errors, func(a, b rego.PolicyError) int {
		return cmp.Or(cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Msg, b.Msg))
	})
	d.Errors = slices.Compact(d.Errors)
}

// revision is the hash over the revisions of sources, in their order.
func revision(sources []SourceRevision) string {
	h := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(h, "%d:%s\n", len(s.Revision), s.Revision) // a hash never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

// reasons are the texts of what stopped the server: the violations, then the
// errors, each once.
func (d *Decision) reasons() []string {
	var out []string
	add := func(policy, msg string) {
		if policy != "" {
			msg = policy + ": " + msg
		}
		if !slices.Contains(out, msg) {
			out = append(out, msg)
		}
	}
	for _, v := range d.Violations {
		if denies(v) {
			add(v.Policy, v.Msg)
		}
	}
	for _, e := range d.Errors {
		add(e.Policy, e.Msg)
	}
	return out
}

func (d *Decision) reason() string { return strings.Join(d.reasons(), "; ") }
