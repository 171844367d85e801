package gate_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// now is when the statuses of these tests are taken.
var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// statusOf is the status of a gate over sources that say so of themselves.
func statusOf(t *testing.T, sources ...rego.Status) gate.Status {
	t.Helper()
	g, err := gate.New(gate.Config{Now: func() time.Time { return now }})
	require.NoError(t, err)
	for _, s := range sources {
		g.AddFake(gate.Fake{Name: s.Name, Status: s})
	}
	return g.Status()
}

func TestStatusOfStores(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{
		Name: "good", Dir: filepath.Join(dir, "good"), Permissions: rego.PermissionsIgnore, Log: slog.New(slog.DiscardHandler),
	}, DenyUntilLoaded: true, Settle: time.Millisecond})
	require.NoError(t, err)
	defer func() { require.NoError(t, good.Close()) }()
	g := newGate(t, open(t, "one", allowing, warning), good)

	st := g.Status()
	require.False(t, st.Ready)
	require.Len(t, st.Reasons, 1)
	require.Contains(t, st.Reasons[0], "policy source good: ")
	require.Contains(t, st.Reasons[0], "no such file or directory")
	require.Equal(t, []string{"calm", "notes"}, st.Sources[0].Policies)
	require.True(t, st.Sources[0].InForce)
	require.False(t, st.Sources[1].InForce)
	require.Equal(t, st.Sources[1].LastError, st.Sources[1].Reason)
	require.Equal(t, st.Sources[0].Since, st.Since)

	require.NoError(t, os.Mkdir(filepath.Join(dir, "good"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "good", "x.rego"), []byte(denying), 0o644))
	require.Eventually(t, func() bool { st = g.Status(); return st.Ready }, 10*time.Second, 5*time.Millisecond)
	require.Empty(t, st.Reasons)
	require.Equal(t, []string{"images.registry"}, st.Sources[1].Policies)
	require.Empty(t, st.Sources[1].LastError)
	require.Equal(t, st.Sources[1].Since, st.Since)

	d, err := g.Decide(t.Context(), gate.Input{})
	require.NoError(t, err)
	require.Equal(t, d.Revision, st.Revision)
	for i, s := range st.Sources {
		require.Equal(t, d.Sources[i], gate.SourceRevision{Name: s.Name, Revision: s.Revision})
	}
}

func TestNotReady(t *testing.T) {
	t.Parallel()
	loaded := func(change func(*rego.Status)) rego.Status {
		st := rego.Status{Name: "s", Revision: "r1", Since: now.Add(-time.Hour), ConfirmedAt: now.Add(-time.Minute)}
		change(&st)
		return st
	}
	for name, c := range map[string]struct {
		sources []rego.Status
		want    []string
	}{
		"no source": {nil, []string{"no policy loaded"}},
		"in force":  {[]rego.Status{loaded(func(*rego.Status) {})}, []string{}},
		"in force, and the files do not load": {[]rego.Status{loaded(func(st *rego.Status) {
			st.LastError = errors.New("policy source s: x.rego:1: unexpected")
		})}, []string{}},
		"never loaded": {[]rego.Status{{Name: "s"}}, []string{"policy source s: no policy loaded"}},
		"does not load": {[]rego.Status{{Name: "s", LastError: errors.New("policy source s: x.rego:1: unexpected")}},
			[]string{"policy source s: x.rego:1: unexpected"}},
		"expired": {[]rego.Status{loaded(func(st *rego.Status) { st.Expired = true })},
			[]string{"policy source s: the policy could not be confirmed since 2026-03-01T11:59:00.000Z"}},
		"expired for a reason": {[]rego.Status{loaded(func(st *rego.Status) {
			st.Expired, st.LastError = true, errors.New("permission denied")
		})}, []string{"policy source s: the policy could not be confirmed since 2026-03-01T11:59:00.000Z: permission denied"}},
		"stuck evaluation": {[]rego.Status{loaded(func(st *rego.Status) {
			st.Stuck = []rego.Stuck{{What: "images.registry", Revision: "r1", Since: now.Add(-time.Second)}}
		})}, []string{"policy source s: images.registry has not returned since 2026-03-01T11:59:59.000Z"}},
		"stuck load": {[]rego.Status{loaded(func(st *rego.Status) {
			st.Stuck = []rego.Stuck{{What: "load", Since: now.Add(-time.Second)}}
		})}, []string{}},
		"one of two": {[]rego.Status{loaded(func(*rego.Status) {}), {Name: "t"}}, []string{"policy source t: no policy loaded"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := statusOf(t, c.sources...)
			require.Equal(t, c.want, st.Reasons)
			require.Equal(t, len(c.want) == 0, st.Ready)
		})
	}
}

func TestAgeIsOfTheOldestThatIsFollowed(t *testing.T) {
	t.Parallel()
	st := statusOf(t,
		rego.Status{Name: "young", Since: now.Add(-time.Hour), ConfirmedAt: now.Add(-time.Second)},
		rego.Status{Name: "old", Since: now.Add(-time.Minute), ConfirmedAt: now.Add(-90 * time.Second)},
		rego.Status{Name: "static", Since: now.Add(-48 * time.Hour), ConfirmedAt: now.Add(-48 * time.Hour), Static: true},
		rego.Status{Name: "never"},
	)
	require.Equal(t, 90.0, st.AgeSeconds)
	require.Equal(t, now.Add(-90*time.Second), st.ConfirmedAt)
	require.Equal(t, now.Add(-time.Minute), st.Since)
	require.Zero(t, statusOf(t, rego.Status{Name: "never"}).AgeSeconds)
	require.Zero(t, statusOf(t, rego.Status{Name: "by another clock", ConfirmedAt: now.Add(time.Hour)}).AgeSeconds)
}

func TestStatusAsJSON(t *testing.T) {
	t.Parallel()
	const secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
	st := statusOf(t, rego.Status{
		Name: "s", Dir: "/etc/p", Revision: "r1", Since: now, Policies: []string{"a", "b"},
		Warnings:  []string{"a setting for " + secret},
		LastError: errors.New("policy source s: data.yaml: " + secret), LastErrorTime: now,
		CheckedAt: now, ConfirmedAt: now, Reloads: 1, ReloadErrors: 2, ByEvent: 3, ByTick: 4,
		WatchError: errors.New("inotify: " + secret),
		Stuck:      []rego.Stuck{{What: "a", Revision: "r1", Since: now}, {What: "load", Since: now}},
	}, rego.Status{Name: "none", LastError: errors.New("token " + secret)})
	data, err := json.Marshal(st)
	require.NoError(t, err)
	require.NotContains(t, string(data), secret)
	require.NotContains(t, string(data), "null")
	require.NotContains(t, string(data), "0001-01-01")

	var back gate.Status
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, st, back)
	require.Equal(t, "data.yaml: "+gate.Redacted, back.Sources[0].LastError)
}

func TestTook(t *testing.T) {
	t.Parallel()
	g, k := newRecordedGate(t, open(t, "one", allowing))
	before := time.Now()
	require.NoError(t, g.Check(t.Context(), gate.Input{}))
	require.Positive(t, k.last.Took())
	require.LessOrEqual(t, k.last.Took(), time.Since(before))
	data, err := json.Marshal(k.last)
	require.NoError(t, err)
	require.NotContains(t, string(data), "took")
	require.NotContains(t, string(data), "timer_")
	require.Zero(t, new(gate.Decision).Took())
}

// What is stuck in a policy that was replaced shows, and denies nothing.
func TestStatusStuckInReplacedPolicy(t *testing.T) {
	t.Parallel()
	s := rego.Status{Name: "one", Revision: "b", Since: now, Stuck: []rego.Stuck{{What: "policy x", Revision: "a", Since: now, Replaced: true}}}
	st := statusOf(t, s)
	require.True(t, st.Ready, st.Reasons)
	require.Equal(t, []gate.StuckStatus{{What: "policy x", Revision: "a", Since: now, Replaced: true}}, st.Sources[0].Stuck)
	s.Stuck[0].Replaced = false
	require.False(t, statusOf(t, s).Ready)
}
