package diagnostics

import (
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mcp-runner/mcp-runner/gate"
)

// sourceCollector makes metrics of the status of a gate at each scrape.
type sourceCollector struct {
	gate  Gate
	ready *prometheus.Desc
	info  *prometheus.Desc
	found *prometheus.Desc
	stuck *prometheus.Desc
	each  []sourceMetric
}

// sourceMetric is one value of each source; ok is false where it has none.
type sourceMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(s gate.SourceStatus, now time.Time) (value float64, ok bool)
}

func newSourceCollector(g Gate) *sourceCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("mcp_runner_"+name, help, labels, nil)
	}
	c := &sourceCollector{
		gate:  g,
		ready: desc("ready", "Whether a server can be allowed: every source has a policy in force and no evaluation is stuck."),
		stuck: desc("stuck_inputs", "Inputs of decisions that are still being made after their deadline."),
		info:  desc("policy_info", "Always 1; the labels say which revision of the source is in force.", "source", "revision"),
		found: desc("policy_changes_total", "Changes of the files of the source, by how they were found: by an event, or by looking at every tick.", "source", "found_by"),
	}
	add := func(kind prometheus.ValueType, name, help string, value func(gate.SourceStatus, time.Time) (float64, bool)) {
		c.each = append(c.each, sourceMetric{desc: desc(name, help, "source"), kind: kind, value: value})
	}
	gauge := func(name, help string, value func(gate.SourceStatus) float64) {
		add(prometheus.GaugeValue, name, help, func(s gate.SourceStatus, _ time.Time) (float64, bool) { return value(s), true })
	}
	counter := func(name, help string, value func(gate.SourceStatus) uint64) {
		add(prometheus.CounterValue, name, help, func(s gate.SourceStatus, _ time.Time) (float64, bool) { return float64(value(s)), true })
	}
	age := func(name, help string, at func(gate.SourceStatus) time.Time) {
		add(prometheus.GaugeValue, name, help, func(s gate.SourceStatus, now time.Time) (float64, bool) {
			t := at(s)
			return max(0, now.Sub(t).Seconds()), !s.Static && !t.IsZero()
		})
	}
	gauge("policy_in_force", "Whether a policy of the source is in force; where none is, the source denies.", func(s gate.SourceStatus) float64 { return number(s.InForce) })
	gauge("policy_expired", "Whether the source denies because its policy could not be confirmed within the maximal age.", func(s gate.SourceStatus) float64 { return number(s.Expired) })
	gauge("policy_last_load_successful", "Whether the files of the source as they were last read could be loaded.", func(s gate.SourceStatus) float64 { return number(s.LastError == "") })
	gauge("policies", "Policies of the source that are in force.", func(s gate.SourceStatus) float64 { return number(s.InForce) * float64(len(s.Policies)) })
	gauge("policy_warnings", "Warnings about the policy of the source that is in force.", func(s gate.SourceStatus) float64 { return float64(len(s.Warnings)) })
	gauge("policy_stuck_evaluations", "Evaluations of the source that have not returned after their deadline.", func(s gate.SourceStatus) float64 { return stuck(s, false) })
	gauge("policy_stuck_loads", "Loads of the source that have not returned after their deadline.", func(s gate.SourceStatus) float64 { return stuck(s, true) })
	counter("policy_reloads_total", "How often another policy of the source came into force after the first.", func(s gate.SourceStatus) uint64 { return s.Reloads })
	counter("policy_reload_errors_total", "How often the files of the source changed and could not be loaded.", func(s gate.SourceStatus) uint64 { return s.ReloadErrors })
	add(prometheus.GaugeValue, "policy_since_timestamp_seconds", "When the policy of the source that is in force came into force, as Unix time.",
		func(s gate.SourceStatus, _ time.Time) (float64, bool) {
			return float64(s.Since.UnixMilli()) / 1000, s.InForce && !s.Since.IsZero()
		})
	add(prometheus.GaugeValue, "policy_watched", "Whether events announce the changes of the source; 0 where a part of it is watched by looking alone.",
		func(s gate.SourceStatus, _ time.Time) (float64, bool) { return number(s.WatchError == ""), !s.Static })
	age("policy_age_seconds", "Seconds since the files of the source were last known to be those of the policy in force.",
		func(s gate.SourceStatus) time.Time { return s.ConfirmedAt })
	age("policy_check_age_seconds", "Seconds since the files of the source were last looked at.",
		func(s gate.SourceStatus) time.Time { return s.CheckedAt })
	return c
}

// Describe implements [prometheus.Collector].
func (c *sourceCollector) Describe(to chan<- *prometheus.Desc) {
	to <- c.ready
	to <- c.stuck
	to <- c.info
	to <- c.found
	for _, m := range c.each {
		to <- m.desc
	}
}

// Collect implements [prometheus.Collector].
func (c *sourceCollector) Collect(to chan<- prometheus.Metric) {
	st := c.gate.Status()
	to <- prometheus.MustNewConstMetric(c.ready, prometheus.GaugeValue, number(st.Ready))
	to <- prometheus.MustNewConstMetric(c.stuck, prometheus.GaugeValue, float64(len(st.Stuck)))
	names := map[string]bool{}
	for _, s := range st.Sources {
		name := unique(names, label(s.Name))
		for _, m := range c.each {
			if value, ok := m.value(s, st.Time); ok {
				to <- prometheus.MustNewConstMetric(m.desc, m.kind, value, name)
			}
		}
		if s.InForce {
			to <- prometheus.MustNewConstMetric(c.info, prometheus.GaugeValue, 1, name, fmt.Sprintf("%.12s", label(s.Revision)))
		}
		if !s.Static {
			to <- prometheus.MustNewConstMetric(c.found, prometheus.CounterValue, float64(s.ByEvent), name, "event")
			to <- prometheus.MustNewConstMetric(c.found, prometheus.CounterValue, float64(s.ByTick), name, "tick")
		}
	}
}

// unique is name, with a number where two sources are called the same.
func unique(taken map[string]bool, name string) string {
	free := name
	for n := 2; taken[free]; n++ {
		free = fmt.Sprintf("%s#%d", name, n)
	}
	taken[free] = true
	return free
}

func stuck(s gate.SourceStatus, loads bool) float64 {
	n := 0
	for _, stuck := range s.Stuck {
		if stuck.Load() == loads {
			n++
		}
	}
	return float64(n)
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// label is s as the value of a label, which must be UTF-8: a path may be
// anything.
func label(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
