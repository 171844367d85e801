package diagnostics

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// Results of a decision, as a label.
const (
	resultAllowed   = "allowed"
	resultDenied    = "denied"
	resultUndecided = "undecided"
)

// maxPolicies bounds how many policies have counters of their own, since reloads
// may bring ever new names; the violations of further ones count as of otherName.
const maxPolicies = 1000

// otherName stands for what has no label of its own. No policy is called so.
const otherName = "(other)"

// Recorder is a [gate.Recorder] that counts the decisions it passes on.
type Recorder struct {
	next gate.Recorder

	decisions  *prometheus.CounterVec
	running    *prometheus.CounterVec
	denials    *prometheus.CounterVec
	violations *prometheus.CounterVec
	policyErrs *prometheus.CounterVec
	failures   prometheus.Counter
	duration   prometheus.Histogram
	recording  prometheus.Histogram

	mu    sync.Mutex
	known map[policyKey]bool
}

// policyKey is a policy of a source.
type policyKey struct{ source, policy string }

var _ gate.Recorder = (*Recorder)(nil)

// NewRecorder returns a Recorder in front of next. Give it to [gate.Config] and,
// for its metrics, to [Options]; one is for one of each.
func NewRecorder(next gate.Recorder) *Recorder {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "mcp_runner_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets ...float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "mcp_runner_" + name, Help: help, Buckets: buckets})
	}
	r := &Recorder{
		next: next,
		decisions: counter("decisions_total",
			"Decisions by result: allowed, denied by a policy, or undecided, which allows nothing either.", "result"),
		running: counter("running_decisions_total",
			"Decisions about servers that ran already when the policies changed, by result. No other metric counts them.", "result"),
		denials: counter("policy_denials_total",
			"Decisions that the policy denied, alone or with others.", "source", "policy"),
		violations: counter("policy_violations_total",
			"Violations that the policy reported, by their level in force and whether a waiver covers them.", "source", "policy", "level", "waived"),
		policyErrs: counter("policy_errors_total",
			"Decisions in which the policy could not be evaluated or reported something malformed.", "policy"),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mcp_runner_record_failures_total",
			Help: "Decisions that could not be recorded and were therefore no verdict.",
		}),
		duration: histogram("decision_duration_seconds",
			"How long decisions took, from the run config to the verdict and without the record.",
			.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2, 2.5),
		recording: histogram("record_duration_seconds",
			"How long the recording of decisions took.",
			.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10),
		known: map[policyKey]bool{},
	}
	for _, result := range []string{resultAllowed, resultDenied, resultUndecided} {
		r.decisions.WithLabelValues(result)
		r.running.WithLabelValues(result)
	}
	return r
}

func (r *Recorder) collectors() []prometheus.Collector {
	return []prometheus.Collector{r.decisions, r.running, r.denials, r.violations, r.policyErrs, r.failures, r.duration, r.recording}
}

// Record implements [gate.Recorder].
func (r *Recorder) Record(ctx context.Context, d *gate.Decision) error {
	start, recorded := time.Now(), false
	defer func() { r.count(d, time.Since(start), recorded) }() // of a panic too, which is the gate's to handle
	err := r.next.Record(ctx, d)
	recorded = err == nil
	return err
}

func (r *Recorder) count(d *gate.Decision, recording time.Duration, recorded bool) {
	if d.Running {
		r.running.WithLabelValues(result(d, recorded)).Inc()
		return
	}
	r.duration.Observe(d.Took().Seconds())
	r.recording.Observe(recording.Seconds())
	if !recorded {
		r.failures.Inc()
	}
	r.decisions.WithLabelValues(result(d, recorded)).Inc()
	denied := map[policyKey]bool{}
	for _, v := range d.Violations {
		key := r.key(v.Source, v.Policy)
		waived := "false"
		if v.Waiver != nil {
			waived = "true"
		} else if v.Level != rego.LevelWarn && v.Level != rego.LevelAudit && !denied[key] {
			denied[key] = true
			r.denials.WithLabelValues(key.source, key.policy).Inc()
		}
		r.violations.WithLabelValues(key.source, key.policy, level(v.Level), waived).Inc()
	}
	failed := map[string]bool{}
	for _, e := range d.Errors {
		if e.Policy == "" {
			continue // of the whole decision, which counts as undecided
		}
		if name := r.key("", e.Policy).policy; !failed[name] {
			failed[name] = true
			r.policyErrs.WithLabelValues(name).Inc()
		}
	}
}

// result is what became of the one who asked.
func result(d *gate.Decision, recorded bool) string {
	err := d.Err()
	switch _, denied := errors.AsType[*gate.DeniedError](err); {
	case !recorded:
		return resultUndecided
	case err == nil:
		return resultAllowed
	case denied:
		return resultDenied
	default:
		return resultUndecided
	}
}

// key is a policy as labels, or stands for all those beyond maxPolicies.
func (r *Recorder) key(source, policy string) policyKey {
	key := policyKey{label(source), label(policy)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known[key] {
		if len(r.known) >= maxPolicies {
			return policyKey{otherName, otherName}
		}
		r.known[key] = true
	}
	return key
}

// level is a level of the contract as a label.
func level(s string) string {
	switch s {
	case rego.LevelDeny, rego.LevelWarn, rego.LevelAudit:
		return s
	default:
		return otherName
	}
}
