package gate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// recordNow is the time of decisions in these tests.
var recordNow = time.Date(2026, 1, 2, 3, 4, 5, 6000000, time.UTC)

// recorded is a gate that records to a file, which may be configured.
func recorded(t testing.TB, path string, configure func(*gate.FileRecorderConfig), stores ...*rego.Store) *gate.Gate {
	t.Helper()
	cfg := gate.FileRecorderConfig{Path: path, Labels: map[string]string{"id": "1", "app": "test"}, Now: func() time.Time { return recordNow }}
	if configure != nil {
		configure(&cfg)
	}
	recorder, err := gate.NewFileRecorder(cfg)
	require.NoError(t, err)
	g, err := gate.New(gate.Config{
		Stores: stores, Recorder: recorder, Now: cfg.Now, Deadline: time.Minute,
		Context: gate.Context{User: gate.User{Name: "alice", UID: "1"}, Runner: gate.Runner{Name: "mcp-runner", Version: "v1"}},
	})
	require.NoError(t, err)
	return g
}

// readLog reads a whole log.
func readLog(t testing.TB, path string) []gate.RecordLine {
	t.Helper()
	r, err := gate.NewRecordReader(path)
	require.NoError(t, err)
	lines := readOn(t, r)
	require.NoError(t, r.Close())
	return lines
}

func readOn(t testing.TB, r *gate.RecordReader) []gate.RecordLine {
	t.Helper()
	var lines []gate.RecordLine
	err := r.Read(context.Background(), func(l gate.RecordLine) error {
		lines = append(lines, l)
		return nil
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return lines
}

// named is a config of a server.
func named(name string) *runner.RunConfig {
	return &runner.RunConfig{Name: name, Image: "alpine:3", Transport: runner.TransportStdio}
}

func TestFileRecorder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "mcp-runner", "decisions.jsonl")
	g := recorded(t, path, nil, open(t, "system", denying, warning), open(t, "system", allowing))
	cfg := named("srv")
	cfg.EnvVars = map[string]string{"API_TOKEN": "hunter2-canary", "A/B_TOKEN": "hunter2-canary"}
	require.ErrorContains(t, g.CheckCreateServer(t.Context(), cfg), "is not approved")

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(data), "hunter2")
	require.Equal(t, 1, bytes.Count(data, []byte("\n")))
	var line map[string]any
	require.NoError(t, json.Unmarshal(data, &line))
	require.Equal(t, map[string]any{"id": "1", "app": "test"}, line["labels"])
	require.Equal(t, "mcp/gate/decision", line["path"])
	require.Equal(t, "alice", line["requested_by"])
	require.Equal(t, "2026-01-02T03:04:05.006Z", line["timestamp"])
	require.NotContains(t, line, "erased")
	require.Equal(t, []any{
		"/input/config/env_vars/API_TOKEN", "/input/config/env_vars/A~1B_TOKEN",
		"/input/server/environment/0/value", "/input/server/environment/1/value",
	}, line["masked"])
	require.Equal(t, "srv", line["input"].(map[string]any)["server"].(map[string]any)["name"])
	result := line["result"].(map[string]any)
	require.Equal(t, false, result["allowed"])
	require.NotContains(t, result, "input")
	require.Equal(t, line["decision_id"], result["id"])
	bundles := line["bundles"].(map[string]any)
	require.Len(t, bundles, 2)
	require.NotEqual(t, bundles["system"], bundles["system#2"])
	require.Len(t, bundles["system"].(map[string]any)["revision"], 64)
	for _, timer := range []string{"timer_rego_input_parse_ns", "timer_rego_query_eval_ns", "timer_sdk_decision_eval_ns"} {
		require.Positive(t, line["metrics"].(map[string]any)[timer], timer)
	}

	lines := readLog(t, path)
	require.Len(t, lines, 1)
	require.NoError(t, lines[0].Err)
	require.Equal(t, "srv", lines[0].Record.Server())
	require.Equal(t, "images.registry", lines[0].Record.Result.Violations[0].Policy)

	// What could not be judged is recorded too.
	require.Error(t, g.CheckCreateServer(t.Context(), &runner.RunConfig{Name: "x", Command: "unresolved"}))
	require.NoError(t, recorded(t, path, nil, open(t, "s", allowing)).CheckCreateServer(t.Context(), named("<srv>")))
	lines = readLog(t, path)
	require.Len(t, lines, 3)
	require.Nil(t, lines[1].Record.Input)
	require.Equal(t, "alice", lines[1].Record.RequestedBy)
	require.Contains(t, lines[1].Record.Result.Errors[0].Msg, "is not resolved")
	require.True(t, lines[2].Record.Result.Allowed)
	require.Contains(t, string(lines[2].Text), `"name":"<srv>"`)
}

func TestFileRecorderConfig(t *testing.T) {
	_, err := gate.NewFileRecorder(gate.FileRecorderConfig{})
	require.ErrorContains(t, err, "no file is named")
	dir := t.TempDir()
	t.Chdir(dir)
	r, err := gate.NewFileRecorder(gate.FileRecorderConfig{Path: "x.jsonl"})
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.Equal(t, filepath.Join(dir, "x.jsonl"), r.Path())
	g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", allowing)}, Recorder: r})
	require.NoError(t, err)
	require.NoError(t, g.CheckCreateServer(t.Context(), named("srv")))
	line := readLog(t, filepath.Join(dir, "x.jsonl"))[0]
	require.NotEmpty(t, line.Record.Labels["id"])
}

// A torn last line, as a crash leaves it, spoils no other.
func TestTornLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	g := recorded(t, path, nil, open(t, "s", allowing))
	require.NoError(t, g.CheckCreateServer(t.Context(), named("one")))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"labels":{},"decision_id":"2`)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	follower, err := gate.NewRecordReader(path)
	require.NoError(t, err)
	defer follower.Close()
	lines := readOn(t, follower)
	require.Len(t, lines, 2)
	require.ErrorContains(t, lines[1].Err, "cut off before its end")
	require.Equal(t, 2, lines[1].Row)

	require.NoError(t, g.CheckCreateServer(t.Context(), named("three")))
	lines = readOn(t, follower)
	require.Len(t, lines, 1)
	require.Equal(t, "three", lines[0].Record.Server())
	require.Equal(t, 3, lines[0].Row)
	lines = readLog(t, path)
	require.Len(t, lines, 3)
	require.ErrorContains(t, lines[1].Err, "not a record of a decision")
	require.NotContains(t, lines[1].Err.Error(), "decision_id")
	require.Equal(t, "three", lines[2].Record.Server())
}

func TestRotation(t *testing.T) {
	names := func(t *testing.T, dir string) []string {
		var names []string
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".lock") {
				names = append(names, e.Name())
			}
		}
		return names
	}
	servers := func(t *testing.T, path string) string {
		var servers []string
		for _, l := range readLog(t, path) {
			require.NoError(t, l.Err)
			servers = append(servers, l.Record.Server())
		}
		return strings.Join(servers, " ")
	}
	t.Run("size", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "d.jsonl")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "d-notes.jsonl"), []byte("kept"), 0o600))
		g := recorded(t, path, func(c *gate.FileRecorderConfig) { c.MaxSize, c.MaxBackups = 1, 3 }, open(t, "s", allowing))
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			require.NoError(t, g.CheckCreateServer(t.Context(), named(name)))
		}
		// The clock stands still; the names go on.
		require.Equal(t, []string{
			"d-20260102T030405.007Z.jsonl", "d-20260102T030405.008Z.jsonl", "d-20260102T030405.009Z.jsonl", "d-notes.jsonl", "d.jsonl",
		}, names(t, dir))
		require.Equal(t, "b c d e", servers(t, path))
	})
	t.Run("age", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "d.jsonl")
		now := recordNow
		g := recorded(t, path, func(c *gate.FileRecorderConfig) {
			c.MaxAge, c.Now = time.Hour, func() time.Time { return now }
		}, open(t, "s", allowing))
		say := func(name string, after time.Duration) {
			now = recordNow.Add(after)
			require.NoError(t, g.CheckCreateServer(t.Context(), named(name)))
		}
		say("a", 0)
		say("b", time.Hour)
		require.Equal(t, []string{"d.jsonl"}, names(t, filepath.Dir(path)))
		say("c", time.Hour+time.Second)
		require.Equal(t, []string{"d-20260102T040406.006Z.jsonl", "d.jsonl"}, names(t, filepath.Dir(path)))
		say("d", 2*time.Hour+time.Second)
		require.Equal(t, "a b c d", servers(t, path))
		say("e", 2*time.Hour+2*time.Second)
		require.Equal(t, "c d e", servers(t, path))
	})
	t.Run("no time left", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "d.jsonl")
		require.NoError(t, os.WriteFile(filepath.Join(dir, "d-99991231T235959.999Z.jsonl"), nil, 0o600))
		var log bytes.Buffer
		g := recorded(t, path, func(c *gate.FileRecorderConfig) {
			c.MaxSize, c.Log = 1, slog.New(slog.NewTextHandler(&log, nil))
		}, open(t, "s", allowing))
		for _, name := range []string{"a", "b", "c"} {
			require.NoError(t, g.CheckCreateServer(t.Context(), named(name)))
		}
		require.Equal(t, "a b c", servers(t, path), "nothing is lost")
		require.Contains(t, log.String(), "says year 10000: move that backup away")
	})
	t.Run("no limit", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "d")
		now := recordNow
		g := recorded(t, path, func(c *gate.FileRecorderConfig) {
			c.MaxSize, c.MaxAge, c.MaxBackups, c.Now = -1, -1, -1, func() time.Time { return now }
		}, open(t, "s", allowing))
		for range 3 {
			require.NoError(t, g.CheckCreateServer(t.Context(), named("a")))
			now = now.Add(10000 * time.Hour)
		}
		require.Equal(t, []string{"d"}, names(t, filepath.Dir(path)))
	})
}

// A reader that follows sees each line once, over any number of rotations.
func TestFollowOverRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	r, err := gate.NewRecordReader(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	require.ErrorIs(t, r.Read(t.Context(), nil), fs.ErrNotExist)

	g := recorded(t, path, func(c *gate.FileRecorderConfig) { c.MaxSize, c.MaxBackups = 4000, 4 }, open(t, "s", allowing))
	n, seen := 0, 0
	for _, batch := range []int{1, 0, 1, 3, 2, 0, 5, 1, 1} {
		for range batch {
			require.NoError(t, g.CheckCreateServer(t.Context(), named(string(rune('a'+n)))))
			n++
		}
		for _, l := range readOn(t, r) {
			require.NoError(t, l.Err)
			require.Equal(t, string(rune('a'+seen)), l.Record.Server())
			seen++
		}
		require.Equal(t, n, seen)
	}
	// The file that was read last is gone, and all that is there is younger.
	for range 40 {
		require.NoError(t, g.CheckCreateServer(t.Context(), named("z")))
	}
	all := readLog(t, path)
	require.Less(t, len(all), 40)
	lines := readOn(t, r)
	require.GreaterOrEqual(t, len(lines), len(all))
	require.Equal(t, all[len(all)-1].Record.DecisionID, lines[len(lines)-1].Record.DecisionID)
	require.Empty(t, readOn(t, r))
}

func TestRecordMask(t *testing.T) {
	const event = "mask contains \"/input/config\" if input.result.allowed == false\n\n"
	for name, tc := range map[string]struct {
		mask           string
		erased, masked string // beside the redaction
		gone           string
		want           string
		err            string
	}{
		"pointer":       {mask: `mask contains "/input/server/labels/0/value"`, erased: "/input/server/labels/0/value", gone: `"value":"acme"`},
		"not there":     {mask: `mask contains "/input/server/labels/7/value"`, want: "acme"},
		"escaped":       {mask: `mask contains "/input/config/container_labels/a~1b"`, erased: "/input/config/container_labels/a~1b", want: "acme"},
		"input":         {mask: `mask contains "/input"`, erased: "/input", gone: "acme"},
		"upsert":        {mask: `mask contains {"op": "upsert", "path": "/input/server/labels/0/value", "value": "***"}`, masked: "/input/server/labels/0/value", want: `{"name":"a/b","value":"***"}`},
		"new":           {mask: `mask contains {"op": "upsert", "path": "/input/extra/x", "value": [1.50]}`, masked: "/input/extra/x", want: `"extra":{"x":[1.50]}`},
		"beyond a list": {mask: `mask contains {"op": "upsert", "path": "/input/server/labels/9", "value": "***"}`, gone: `"***"`},
		"below text":    {mask: `mask contains {"op": "upsert", "path": "/input/server/name/x", "value": "***"}`, gone: `"***"`},
		"two of a list": {mask: "mask contains \"/input/server/command/args/0\"\n\nmask contains \"/input/server/command/args/1\"", erased: "/input/server/command/args/0 /input/server/command/args/1", want: `"args":["two"]`},
		"and above":     {mask: "mask contains \"/input/server/labels\"\n\nmask contains \"/input/server/labels/0\"", erased: "/input/server/labels /input/server/labels/0", gone: `"value":"acme"`},
		"hidden wins":   {mask: "mask contains {\"op\": \"upsert\", \"path\": \"/input/config\", \"value\": \"***\"}\n\nmask contains \"/input/config\"", erased: "/input/config", masked: "/input/config", gone: `"***"`},
		"msg":           {mask: `mask contains "/result/violations/0/msg"`, erased: "/result/violations/0/msg", gone: "is not approved"},
		"msg text":      {mask: `mask contains {"op": "upsert", "path": "/result/violations/0/msg", "value": "(private)"}`, masked: "/result/violations/0/msg", want: `"msg":"(private)"`},
		"details":       {mask: `mask contains {"op": "upsert", "path": "/result/violations/0/details/x", "value": 1}`, masked: "/result/violations/0/details/x", want: `"details":{"x":1}`},
		"by verdict":    {mask: event, erased: "/input/config", gone: `"container_labels"`},
		"user":          {mask: `mask contains "/requested_by"`, erased: "/requested_by", gone: `"requested_by"`},
		"nd cache":      {mask: `mask contains "/nd_builtin_cache"`},

		// Written out, these do not load.
		"allowed":      {mask: `mask contains concat("", ["/result/allowed"])`, err: "remove /result/allowed: that stays in every record"},
		"result":       {mask: `mask contains concat("", ["/result"])`, err: "stays in every record"},
		"violations":   {mask: `mask contains concat("", ["/result/violations"])`, err: "stays in every record"},
		"violation":    {mask: `mask contains concat("", ["/result/violations/0"])`, err: "stays in every record"},
		"policy":       {mask: `mask contains concat("", ["/result/violations/0/policy"])`, err: "stays in every record"},
		"index":        {mask: `mask contains concat("", ["/result/violations/-/msg"])`, err: "stays in every record"},
		"level":        {mask: `mask contains {"op": "upsert", "path": concat("", ["/result/violations/0/level"]), "value": "audit"}`, err: "stays in every record"},
		"msg object":   {mask: `mask contains {"op": "upsert", "path": concat("", ["/result/violations/0/msg"]), "value": {}}`, err: "stays in every record"},
		"details text": {mask: `mask contains {"op": "upsert", "path": concat("", ["/result/violations/0/details"]), "value": "x"}`, err: "stays in every record"},
		"id":           {mask: `mask contains concat("", ["/decision_id"])`, err: "stays in every record"},
		"timestamp":    {mask: `mask contains concat("", ["/timestamp"])`, err: "stays in every record"},
		"labels":       {mask: `mask contains concat("", ["/labels/id"])`, err: "stays in every record"},
		"root":         {mask: `mask contains concat("", ["/"])`, err: "stays in every record"},
		"malformed":    {mask: `mask contains 1`, err: "data.system.log.mask: member: want an object"},
		"failing":      {mask: `mask contains "/input" if to_number(input.path) == 1`, err: "to_number failed"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "d.jsonl")
			g := recorded(t, path, nil, open(t, "s", denying), open(t, "masks", allowing, "package system.log\n\n"+tc.mask))
			cfg := process("one", "hunter", "two")
			cfg.EnvVars = map[string]string{"API_TOKEN": "hunter2-canary"}
			cfg.ContainerLabels = map[string]string{"a/b": "acme"}
			err := g.CheckCreateServer(t.Context(), cfg)
			if tc.err != "" {
				require.ErrorIs(t, err, gate.ErrUndecided)
				require.ErrorContains(t, err, "decision could not be recorded: decision log "+path+": ")
				require.ErrorContains(t, err, tc.err)
				require.ErrorIs(t, err, gate.ErrMask)
				require.NoFileExists(t, path)
				return
			}
			var denied *gate.DeniedError
			require.ErrorAs(t, err, &denied)
			require.Equal(t, "acme", denied.Decision.Input.Server.Labels[0].Value, "the decision itself stays")
			line := readLog(t, path)[0]
			require.NoError(t, line.Err)
			require.False(t, line.Record.Result.Allowed)
			require.Equal(t, strings.Fields(tc.erased), append([]string{}, line.Record.Erased...))
			redacted := []string{"/input/config/env_vars/API_TOKEN", "/input/server/environment/0/value"}
			require.Equal(t, append(redacted, strings.Fields(tc.masked)...), line.Record.Masked)
			require.Contains(t, string(line.Text), tc.want)
			if tc.gone != "" {
				require.NotContains(t, string(line.Text), tc.gone)
			}
		})
	}
	t.Run("of all sources", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "d.jsonl")
		g := recorded(t, path, nil, open(t, "a", allowing, "package system.log\n\nmask contains \"/input/server/name\""),
			open(t, "b", allowing, "package system.log\n\nmask contains \"/input/config\""), open(t, "broken", "package"))
		require.Error(t, g.CheckCreateServer(t.Context(), named("srv")))
		require.Equal(t, []string{"/input/config", "/input/server/name"}, readLog(t, path)[0].Record.Erased)
	})
}

// A lock that nobody gives back, as under a file system that hangs, ends at the
// deadline.
func TestRecordDeadline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	unlock := gate.LockLog(t, path)
	r, err := gate.NewFileRecorder(gate.FileRecorderConfig{Path: path})
	require.NoError(t, err)
	g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", allowing)}, Recorder: r, Deadline: time.Minute, RecordDeadline: 300 * time.Millisecond})
	require.NoError(t, err)
	for range 3 {
		err := g.CheckCreateServer(t.Context(), named("srv"))
		require.ErrorIs(t, err, gate.ErrUndecided)
		require.ErrorContains(t, err, "decision could not be recorded: decision log "+path+": the deadline of 300ms passed before the lock d.jsonl.lock was free")
	}
	unlock()
	require.Eventually(t, func() bool { return g.CheckCreateServer(t.Context(), named("later")) == nil }, 10*time.Second, 10*time.Millisecond)
	for _, l := range readLog(t, path) {
		require.Equal(t, "later", l.Record.Server(), "what was given up is not written afterwards")
	}
}

// A reader does not wait for ever either, and says for what.
func TestReadLockedLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	defer gate.LockLog(t, path)()
	gate.SetLockPatience(t, 50*time.Millisecond)
	r, err := gate.NewRecordReader(path)
	require.NoError(t, err)
	err = r.Read(t.Context(), func(gate.RecordLine) error { return nil })
	require.ErrorContains(t, err, "decision log "+path+": another process has held the lock d.jsonl.lock for 50ms")
}

func TestOptionalRecorder(t *testing.T) {
	var log bytes.Buffer
	k := &kept{err: errors.New("the disk is full")}
	lossy := gate.OptionalRecorder(k, slog.New(slog.NewTextHandler(&log, nil)))
	g, err := gate.New(gate.Config{Stores: []*rego.Store{open(t, "s", allowing)}, Recorder: lossy})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, g.CheckCreateServer(t.Context(), named("srv")))
	}
	require.Contains(t, log.String(), "decision is not recorded")
	require.Contains(t, log.String(), "lost=2")
	require.EqualValues(t, 2, lossy.Lost())
	k.err = nil
	require.NoError(t, g.CheckCreateServer(t.Context(), named("srv")))
	require.EqualValues(t, 2, lossy.Lost())
	require.Contains(t, log.String(), "the disk is full")
}

// Whatever stands in a file, reading it does not panic, and what is read says
// whether a server was allowed.
func FuzzDecisionLine(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "[]", "null", `{"decision_id":"1"}`, `{"decision_id":"1","timestamp":"2026-01-02T03:04:05Z","result":{"allowed":true}}`,
		`{"decision_id":"1","timestamp":"2026-01-02T03:04:05Z","result":{"allowed":null}}`, `{"decision_id":"1","result":{"allowed":true}}`,
		`{"decision_id":"1","timestamp":"2026-01-02T03:04:05Z","result":{"allowed":true,"allowed":false}}`,
		`{"decision_id":"1","timestamp":"2026-01-02T03:04:05Z","input":{"server":{"name":1}},"result":{"allowed":false,"violations":[{"policy":"x","waiver":{}}]}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := gate.ParseRecord(line)
		if err != nil {
			require.Nil(t, r)
			return
		}
		require.NotEmpty(t, r.DecisionID)
		require.False(t, r.Timestamp.IsZero())
		r.Server()
		var raw struct{ Result struct{ Allowed bool } }
		require.NoError(t, json.Unmarshal(line, &raw))
		require.Equal(t, raw.Result.Allowed, r.Result.Allowed)
		again, err := json.Marshal(r)
		require.NoError(t, err)
		_, err = gate.ParseRecord(again)
		require.NoError(t, err)
	})
}

func TestParseRecord(t *testing.T) {
	const whole = `{"decision_id":"1","timestamp":"2026-01-02T03:04:05Z","later":{},"result":{"allowed":true}}`
	r, err := gate.ParseRecord([]byte(whole))
	require.NoError(t, err)
	require.True(t, r.Result.Allowed)
	for line, want := range map[string]string{
		"":    "not a record",
		"{}":  "decision_id is missing",
		"[1]": "not a record",
		strings.Replace(whole, "true", "null", 1):                      "result.allowed is missing",
		strings.Replace(whole, `"allowed":true`, "", 1):                "result.allowed is missing",
		strings.Replace(whole, "true", `"true"`, 1):                    "not a record",
		strings.Replace(whole, "true", `false,"allowed":true`, 1):      "not a record",
		strings.Replace(whole, "2026-01-02T03:04:05Z", "yesterday", 1): "not a record",
		strings.Replace(whole, "timestamp", "Timestamp", 1):            "timestamp is missing",
		whole + whole:                          "not a record",
		strings.Repeat(" ", 9<<20) + whole:     "longer than",
		strings.Replace(whole, "1", "\xff", 1): "not a record",
	} {
		_, err := gate.ParseRecord([]byte(line))
		require.ErrorContains(t, err, want)
	}
}
