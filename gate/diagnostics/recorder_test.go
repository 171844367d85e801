package diagnostics_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/diagnostics"
	"github.com/mcp-runner/mcp-runner/rego"
)

type discard struct{}

func (discard) Record(context.Context, *gate.Decision) error { return nil }

// recorderFunc is a recorder that does what a test wants.
type recorderFunc func() error

func (f recorderFunc) Record(context.Context, *gate.Decision) error { return f() }

func record(t *testing.T, r gate.Recorder, decisions ...*gate.Decision) {
	t.Helper()
	for _, d := range decisions {
		require.NoError(t, r.Record(t.Context(), d))
	}
}

// violations is a decision with violations of every kind.
func violations() *gate.Decision {
	return &gate.Decision{Violations: []rego.Violation{
		{Policy: "x", Source: "a", Level: "deny", Msg: "one"},
		{Policy: "x", Source: "a", Level: "deny", Msg: "two"},
		{Policy: "x", Source: "b", Level: "deny", Msg: "one"},
		{Policy: "y", Source: "a", Level: "warn"},
		{Policy: "y", Source: "a", Level: "audit"},
		{Policy: "z", Source: "a", Level: "deny", Waiver: map[string]any{}},
		{Policy: "w", Source: "a", Level: "unheard-of"},
	}, Errors: []rego.PolicyError{{Policy: "v", Msg: "1"}, {Policy: "v", Msg: "2"}, {Msg: "the deadline of 2s passed"}}}
}

func TestDecisionMetrics(t *testing.T) {
	t.Parallel()
	r := diagnostics.NewRecorder(discard{})
	srv := serve(t, diagnostics.Options{Gate: &fake{}, Recorder: r})
	require.Equal(t, "0", metrics(t, srv)[`mcp_runner_decisions_total{result="denied"}`], "there before the first decision")

	record(t, r, violations(), violations(), &gate.Decision{Allowed: true},
		&gate.Decision{Errors: []rego.PolicyError{{Msg: "no policy loaded"}}},
		&gate.Decision{Allowed: true, Violations: []rego.Violation{{Policy: "y", Source: "a", Level: "warn"}}})
	got := metrics(t, srv)
	for name, want := range map[string]string{
		`decisions_total{result="allowed"}`:                                             "2",
		`decisions_total{result="denied"}`:                                              "2",
		`decisions_total{result="undecided"}`:                                           "1",
		`policy_denials_total{policy="x",source="a"}`:                                   "2",
		`policy_denials_total{policy="x",source="b"}`:                                   "2",
		`policy_denials_total{policy="w",source="a"}`:                                   "2",
		`policy_denials_total{policy="y",source="a"}`:                                   "",
		`policy_denials_total{policy="z",source="a"}`:                                   "",
		`policy_violations_total{level="deny",policy="x",source="a",waived="false"}`:    "4",
		`policy_violations_total{level="deny",policy="x",source="b",waived="false"}`:    "2",
		`policy_violations_total{level="warn",policy="y",source="a",waived="false"}`:    "3",
		`policy_violations_total{level="audit",policy="y",source="a",waived="false"}`:   "2",
		`policy_violations_total{level="deny",policy="z",source="a",waived="true"}`:     "2",
		`policy_violations_total{level="(other)",policy="w",source="a",waived="false"}`: "2",
		`policy_errors_total{policy="v"}`:                                               "2",
		`policy_errors_total{policy=""}`:                                                "",
		`record_failures_total`:                                                         "0",
		`decision_duration_seconds_count`:                                               "5",
		`record_duration_seconds_count`:                                                 "5",
	} {
		require.Equal(t, want, got["mcp_runner_"+name], name)
	}
}

// TestFailedRecords: what could not be recorded is no verdict, whatever the
// policies said, and the error reaches the gate.
func TestFailedRecords(t *testing.T) {
	t.Parallel()
	failure := errors.New("disk full")
	panics := false
	r := diagnostics.NewRecorder(recorderFunc(func() error {
		if panics {
			panic("hunter2")
		}
		return failure
	}))
	srv := serve(t, diagnostics.Options{Gate: &fake{}, Recorder: r})
	require.ErrorIs(t, r.Record(t.Context(), &gate.Decision{Allowed: true}), failure)
	panics = true
	require.PanicsWithValue(t, "hunter2", func() {
		r.Record(t.Context(), &gate.Decision{Allowed: true}) // it panics
	})
	got := metrics(t, srv)
	require.Equal(t, "2", got["mcp_runner_record_failures_total"])
	require.Equal(t, "2", got[`mcp_runner_decisions_total{result="undecided"}`])
	require.Equal(t, "0", got[`mcp_runner_decisions_total{result="allowed"}`])
}

func TestPolicyNamesAreBounded(t *testing.T) {
	t.Parallel()
	r := diagnostics.NewRecorder(discard{})
	srv := serve(t, diagnostics.Options{Gate: &fake{}, Recorder: r})
	const more = 5
	for i := range diagnostics.MaxPolicies + more {
		record(t, r, &gate.Decision{Violations: []rego.Violation{{Policy: fmt.Sprintf("p%d", i), Source: "\xff", Level: "deny"}}})
	}
	got := metrics(t, srv)
	require.Equal(t, "1", got["mcp_runner_policy_denials_total{policy=\"p0\",source=\"\ufffd\"}"])
	require.Equal(t, fmt.Sprint(more), got[`mcp_runner_policy_denials_total{policy="(other)",source="(other)"}`])
	require.NotContains(t, got, fmt.Sprintf("mcp_runner_policy_denials_total{policy=\"p%d\",source=\"\ufffd\"}", diagnostics.MaxPolicies))
}

// TestGateInTruth asks a real gate over a directory that changes.
func TestGateInTruth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "x.rego")
	write := func(module string) { require.NoError(t, os.WriteFile(file, []byte(module), 0o644)) }
	write("package mcp.policy.x\n\ndeny contains \"never\" if input.server.name == \"bad\"\n")
	log := slog.New(slog.DiscardHandler)
	store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{
		Name: "team", Dir: dir, InputSchema: gate.InputSchema(), Permissions: rego.PermissionsIgnore, Log: log,
	}, Settle: time.Millisecond})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	lossy := gate.OptionalRecorder(recorderFunc(func() error { return errors.New("disk full") }), log)
	r := diagnostics.NewRecorder(lossy)
	g, err := gate.New(gate.Config{Stores: []*rego.Store{store}, Recorder: r, Log: log})
	require.NoError(t, err)
	srv := serve(t, diagnostics.Options{Gate: g, Recorder: r, Lost: lossy.Lost})

	require.NoError(t, g.Check(t.Context(), gate.Input{}))
	require.Error(t, g.Check(t.Context(), gate.Input{Server: gate.Server{Name: "bad"}}))
	before := metrics(t, srv)
	require.Equal(t, "1", before[`mcp_runner_decisions_total{result="allowed"}`])
	require.Equal(t, "1", before[`mcp_runner_decisions_total{result="denied"}`])
	require.Equal(t, "1", before[`mcp_runner_policy_denials_total{policy="x",source="team"}`])
	require.Equal(t, "2", before["mcp_runner_dropped_records_total"])
	require.Equal(t, "2", before["mcp_runner_decision_duration_seconds_count"])
	require.NotEqual(t, "0", before["mcp_runner_decision_duration_seconds_sum"])
	require.Equal(t, "1", before["mcp_runner_ready"])
	info := fmt.Sprintf(`mcp_runner_policy_info{revision="%.12s",source="team"}`, store.Policy().Revision())
	require.Equal(t, "1", before[info])

	write("package mcp.policy.x\n\ndeny contains \"never\" if {")
	require.Eventually(t, func() bool {
		return metrics(t, srv)[`mcp_runner_policy_last_load_successful{source="team"}`] == "0"
	}, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, "1", metrics(t, srv)[info], "the policy before stays in force")

	write("package mcp.policy.y\n\ndeny contains \"never\" if input.server.name == \"bad\"\n")
	require.Eventually(t, func() bool {
		return metrics(t, srv)[`mcp_runner_policy_last_load_successful{source="team"}`] == "1"
	}, 10*time.Second, 10*time.Millisecond)
	require.NotContains(t, metrics(t, srv), info)
}
