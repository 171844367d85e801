package gate_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// windowed asks as several processes do, each with a recorder of its own.
type windowed struct {
	path string
	now  time.Time
	app  string
	log  bytes.Buffer
}

func newWindowed(t *testing.T) *windowed {
	return &windowed{path: filepath.Join(t.TempDir(), "d.jsonl"), now: recordNow, app: "test"}
}

// gate is that of one more process.
func (w *windowed) gate(t *testing.T, stores ...*rego.Store) *gate.Gate {
	t.Helper()
	return recorded(t, w.path, func(c *gate.FileRecorderConfig) {
		c.Window, c.Labels = time.Minute, map[string]string{"app": w.app}
		c.Now = func() time.Time { return w.now }
		c.Log = slog.New(slog.NewTextHandler(&w.log, nil))
	}, stores...)
}

// lines are what was recorded, none of it broken.
func (w *windowed) lines(t *testing.T) []*gate.Record {
	t.Helper()
	var records []*gate.Record
	for _, l := range readLog(t, w.path) {
		require.NoError(t, l.Err)
		records = append(records, l.Record)
	}
	return records
}

// withMode is a config that another process may have changed.
func withMode(name, mode string) *runner.RunConfig {
	cfg := named(name)
	cfg.EnvVars = map[string]string{"MODE": mode}
	return cfg
}

func TestWindowHasOneRecordOfOneQuestion(t *testing.T) {
	w := newWindowed(t)
	first, second := w.gate(t, open(t, "s", denying)), w.gate(t, open(t, "s", denying))
	for _, g := range []*gate.Gate{first, second, first} {
		require.ErrorContains(t, g.CheckCreateServer(t.Context(), named("fetch")), "is not approved", "it denies each time")
		w.now = w.now.Add(20 * time.Second)
	}
	lines := w.lines(t)
	require.Len(t, lines, 1)
	require.Equal(t, "create_server/fetch", lines[0].Subject)
	require.Len(t, lines[0].InputSHA256, 64)
	require.Nil(t, lines[0].Changed)
	require.Empty(t, w.log.String())

	// The window begins with what was recorded, not with what was asked last.
	require.Error(t, second.CheckCreateServer(t.Context(), named("fetch")))
	require.Len(t, w.lines(t), 1, "a minute after")
	w.now = w.now.Add(time.Millisecond)
	require.Error(t, second.CheckCreateServer(t.Context(), named("fetch")))
	lines = w.lines(t)
	require.Len(t, lines, 2)
	require.Equal(t, lines[0].InputSHA256, lines[1].InputSHA256)
	require.Nil(t, lines[1].Changed)
}

func TestWindowTellsWhatChanged(t *testing.T) {
	w := newWindowed(t)
	g := w.gate(t, open(t, "s", allowing))
	require.NoError(t, g.CheckCreateServer(t.Context(), withMode("fetch", "before-canary")))
	require.NoError(t, g.CheckCreateServer(t.Context(), withMode("other", "in-between")))
	require.Empty(t, w.log.String())
	w.now = w.now.Add(time.Second)
	require.NoError(t, w.gate(t, open(t, "s", allowing)).CheckCreateServer(t.Context(), withMode("fetch", "after-canary")))

	lines := w.lines(t)
	require.Len(t, lines, 3)
	require.Equal(t, &gate.RecordChange{
		DecisionID: lines[0].DecisionID,
		Paths:      []string{"/config/env_vars/MODE", "/server/environment/0/value"},
	}, lines[2].Changed)
	require.Contains(t, w.log.String(), "level=WARN")
	for _, said := range []string{"subject=create_server/fetch", "id=" + lines[2].DecisionID, "earlier_id=" + lines[0].DecisionID, "/config/env_vars/MODE"} {
		require.Contains(t, w.log.String(), said)
	}
	require.NotContains(t, w.log.String(), "canary", "no value is told")

	// It is compared with the latest, so that what goes to and fro is seen.
	require.NoError(t, g.CheckCreateServer(t.Context(), withMode("fetch", "before-canary")))
	lines = w.lines(t)
	require.Len(t, lines, 4)
	require.Equal(t, lines[2].DecisionID, lines[3].Changed.DecisionID)

	// A denial in between hides nothing, and who tries anew after denials alone has
	// changed nothing.
	answer := rego.Result{Violations: []rego.Violation{{Policy: "p", Level: rego.LevelDeny, Msg: "no"}}}
	denies := w.gate(t)
	denies.AddFake(gate.Fake{Name: "fake", Eval: func(context.Context, ast.Value) (rego.Result, error) { return answer, nil }})
	require.Error(t, denies.CheckCreateServer(t.Context(), withMode("fetch", "denied")))
	require.NoError(t, g.CheckCreateServer(t.Context(), withMode("fetch", "after the denial")))
	lines = w.lines(t)
	require.Len(t, lines, 6)
	for _, l := range lines[4:] {
		require.Equal(t, lines[3].DecisionID, l.Changed.DecisionID)
	}
	for _, mode := range []string{"one", "two"} {
		require.Error(t, denies.CheckCreateServer(t.Context(), withMode("denied", mode)))
	}
	lines = w.lines(t)
	require.Len(t, lines, 8)
	require.Nil(t, lines[7].Changed)

	w.now = w.now.Add(2 * time.Minute)
	require.NoError(t, g.CheckCreateServer(t.Context(), withMode("fetch", "much later")))
	lines = w.lines(t)
	require.Len(t, lines, 9)
	require.Nil(t, lines[8].Changed, "beyond the window it is another question")
}

func TestWindowRecordsAnotherAnswer(t *testing.T) {
	w := newWindowed(t)
	require.NoError(t, w.gate(t, open(t, "s", allowing)).CheckCreateServer(t.Context(), named("fetch")))
	require.NoError(t, w.gate(t, open(t, "s", allowing, "package corp.more\n\nx := 1")).CheckCreateServer(t.Context(), named("fetch")), "another revision")
	answers := []rego.Result{
		{Allowed: true},
		{Violations: []rego.Violation{{Policy: "p", Level: rego.LevelDeny, Msg: "one"}}},
		{Violations: []rego.Violation{{Policy: "p", Level: rego.LevelDeny, Msg: "two"}}},
		{Errors: []rego.PolicyError{{Policy: "p", Msg: "failed"}}},
		{Allowed: true},
	}
	g := w.gate(t)
	var answer rego.Result
	g.AddFake(gate.Fake{Name: "fake", Eval: func(context.Context, ast.Value) (rego.Result, error) { return answer, nil }})
	for _, answer = range answers {
		for range 2 {
			err := g.CheckCreateServer(t.Context(), named("fetch"))
			require.Equal(t, answer.Allowed, err == nil, "%v", err)
		}
	}
	lines := w.lines(t)
	require.Len(t, lines, 2+len(answers), "each answer once, though the input is the same")
	for _, l := range lines {
		require.Nil(t, l.Changed)
		require.Equal(t, lines[0].InputSHA256, l.InputSHA256)
	}
	require.Empty(t, w.log.String())
}

// A line that is no record, of a crash or of somebody else, is passed over.
func TestWindowPassesOverWhatIsNoRecord(t *testing.T) {
	w := newWindowed(t)
	g := w.gate(t, open(t, "s", allowing))
	ask := func() int {
		require.NoError(t, g.CheckCreateServer(t.Context(), named("fetch")))
		lines := 0
		for _, l := range readLog(t, w.path) {
			if l.Err == nil && l.Record.Server() == "fetch" {
				lines++
			}
		}
		return lines
	}
	add := func(text string) {
		f, err := os.OpenFile(w.path, os.O_WRONLY|os.O_APPEND, 0)
		require.NoError(t, err)
		_, err = f.WriteString(text)
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	require.Equal(t, 1, ask())
	record, err := os.ReadFile(w.path)
	require.NoError(t, err)
	whole := strings.TrimSuffix(string(record), "\n")
	for _, other := range []string{
		"\n", "garbage\n", "{}\n", "\x00\xff\n", "[1]\n", `{"subject":"create_server/fetch"}` + "\n", `{"timestamp":"2026-01-02T03:04:05Z","subject":1}` + "\n",
		strings.Replace(whole, `"decision_id"`, `"decision"`, 1) + "\n",
		`{"timestamp":"2036-01-02T03:04:05Z","labels":{"app":"test"},"subject":"create_server/fetch","input_sha256":"ab","decision_id":"1","result":{"allowed":true}}` + "\n",
		whole[:len(whole)/2],
	} {
		add(other)
		require.Equal(t, 1, ask(), "%q", other)
	}

	// What is torn is no record even if only its end is missing.
	require.NoError(t, os.WriteFile(w.path, []byte(whole), 0o600))
	require.Equal(t, 2, ask())
	require.Equal(t, 2, ask())

	// Nothing before is within the last MiB.
	add(strings.Repeat(strings.Repeat("x", 1023)+"\n", 1024))
	require.Equal(t, 3, ask())
	require.Equal(t, 3, ask())

	// A file that was set aside is not looked into.
	require.NoError(t, os.Rename(w.path, filepath.Join(filepath.Dir(w.path), "d-20260102T030405.000Z.jsonl")))
	require.Equal(t, 4, ask())
	require.Empty(t, w.log.String())
}

func TestWindowKnowsWhoIsAskedAbout(t *testing.T) {
	w := newWindowed(t)
	g := w.gate(t, open(t, "s", allowing))
	ask := func(operation, server, registry, url string) {
		in := gate.Input{Version: 1, Operation: operation}
		in.Server.Name, in.Registry.Name, in.Registry.URL = server, registry, url
		require.NoError(t, g.Check(t.Context(), in))
	}
	ask("update_registry", "", "corp", "https://a.example")
	ask("delete_registry", "", "corp", "https://a.example")
	ask("update_registry", "", "corp", "https://b.example")
	ask("create_server", "corp", "", "")
	for range 2 { // without a name nothing is the same as something else
		ask("create_server", "", "", "https://a.example")
		ask("create_server", "", "", "https://b.example")
	}
	w.app = "another"
	require.NoError(t, w.gate(t, open(t, "s", allowing)).Check(t.Context(), gate.Input{Operation: "create_server", Server: gate.Server{Name: "corp", Group: "x"}}))

	lines := w.lines(t)
	var subjects []string
	for _, l := range lines {
		subjects = append(subjects, fmt.Sprintf("%s %t", l.Subject, l.Changed != nil))
	}
	require.Equal(t, []string{
		"update_registry/corp false", "delete_registry/corp false", "update_registry/corp true", "create_server/corp false",
		" false", " false", "create_server/corp false",
	}, subjects)
	require.Equal(t, []string{"/registry/url"}, lines[2].Changed.Paths)
}

func TestWindowUnderMasks(t *testing.T) {
	for name, tc := range map[string]struct {
		mask    string
		subject string
		hash    bool
		lines   int      // of two questions, the second three times
		paths   []string // nil: the second is not compared with the first
	}{
		"other place":   {`mask contains "/input/context/user"`, "create_server/fetch", true, 2, []string{"/config/env_vars/MODE", "/server/environment/0/value"}},
		"changed place": {"mask contains \"/input/config\"\n\nmask contains \"/input/server/environment\"", "create_server/fetch", true, 2, []string{}},
		"server":        {`mask contains "/input/server"`, "", true, 2, nil},
		"name replaced": {`mask contains {"op": "upsert", "path": "/input/server/name", "value": "***"}`, "", true, 2, nil},
		"input":         {`mask contains "/input"`, "", true, 2, nil},
		"hash":          {`mask contains "/input_sha256"`, "create_server/fetch", false, 4, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWindowed(t)
			g := w.gate(t, open(t, "s", allowing, "package system.log\n\n"+tc.mask))
			require.NoError(t, g.CheckCreateServer(t.Context(), withMode("fetch", "one")))
			for range 3 {
				require.NoError(t, g.CheckCreateServer(t.Context(), withMode("fetch", "two")))
			}
			lines := w.lines(t)
			require.Len(t, lines, tc.lines)
			for _, l := range lines {
				require.Equal(t, tc.subject, l.Subject)
				require.Equal(t, tc.hash, l.InputSHA256 != "")
			}
			if tc.paths == nil {
				require.Nil(t, lines[1].Changed)
				return
			}
			require.Equal(t, &gate.RecordChange{DecisionID: lines[0].DecisionID, Paths: tc.paths}, lines[1].Changed)
		})
	}
}

// Of equal questions that are recorded at once, one is.
func TestWindowOfManyAtOnce(t *testing.T) {
	w := newWindowed(t)
	store := open(t, "s", allowing)
	var all sync.WaitGroup
	for range 8 {
		g := w.gate(t, store)
		all.Go(func() {
			for i := range 5 {
				if err := g.CheckCreateServer(context.Background(), named(fmt.Sprintf("srv-%d", i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.Len(t, w.lines(t), 5)
}

// Anybody can make the hash from a line that no mask changed.
func TestInputHashIsThatOfTheRecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	cfg := withMode("fetch", "<a & b>\u2028")
	cfg.EnvVars["API_TOKEN"] = "hunter2-canary"
	g := recorded(t, path, nil, open(t, "s", allowing))
	for range 2 {
		require.NoError(t, g.CheckCreateServer(t.Context(), cfg))
	}
	lines := readLog(t, path)
	require.Len(t, lines, 2, "without a window each is a line")
	var event struct {
		SHA256 string         `json:"input_sha256"`
		Input  map[string]any `json:"input"`
	}
	decoder := json.NewDecoder(bytes.NewReader(lines[0].Text))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&event))
	delete(event.Input["context"].(map[string]any), "time")
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	require.NoError(t, enc.Encode(event.Input))
	sum := sha256.Sum256(bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
	require.Equal(t, hex.EncodeToString(sum[:]), event.SHA256)

	cfg.EnvVars["API_TOKEN"] = "hunter3-canary"
	require.NoError(t, g.CheckCreateServer(t.Context(), cfg))
	require.Equal(t, event.SHA256, readLog(t, path)[2].Record.InputSHA256, "it says nothing of a secret")
}

func TestDifferences(t *testing.T) {
	long := strings.Repeat("k", 600)
	for name, tc := range map[string]struct {
		a, b string
		want []string
	}{
		"time":         {`{"context":{"time":"1","user":"u"}}`, `{"context":{"time":"2","user":"u"}}`, []string{}},
		"masked":       {`null`, `{"x":1}`, []string{}},
		"value":        {`{"a":{"b/c~d":1},"x":1}`, `{"a":{"b/c~d":2},"x":1}`, []string{"/a/b~1c~0d"}},
		"new":          {`{"a":{}}`, `{"a":{"b":null}}`, []string{"/a/b"}},
		"gone":         {`{"a":1,"b":2}`, `{"b":2}`, []string{"/a"}},
		"kind":         {`{"a":[1]}`, `{"a":{"0":1}}`, []string{"/a"}},
		"item":         {`{"a":[1,{"x":1},3]}`, `{"a":[1,{"x":2},4]}`, []string{"/a/1/x", "/a/2"}},
		"longer list":  {`{"a":[1]}`, `{"a":[0,1]}`, []string{"/a"}},
		"long names":   {`{"a":{"` + long + `":1,"` + long + `x":1}}`, `{"a":{"` + long + `":2,"` + long + `x":2}}`, []string{"/a"}},
		"no object":    {`1`, `2`, []string{""}},
		"sorted by it": {`{"b":1,"a":1}`, `{"b":2,"a":2}`, []string{"/a", "/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			var a, b any
			require.NoError(t, json.Unmarshal([]byte(tc.a), &a))
			require.NoError(t, json.Unmarshal([]byte(tc.b), &b))
			require.Equal(t, tc.want, gate.Differences(a, b))
		})
	}
	many := map[string]any{}
	for i := range 50 {
		many[fmt.Sprint(i)] = i
	}
	require.Len(t, gate.Differences(map[string]any{}, many), 20)
}

// A line of a process whose clock is behind does not hide what stands before it.
func TestWindowLooksBehindOtherClocks(t *testing.T) {
	w := newWindowed(t)
	require.NoError(t, w.gate(t, open(t, "s", allowing)).CheckCreateServer(t.Context(), withMode("fetch", "a")))
	now := w.now
	w.now = now.Add(-time.Hour)
	require.NoError(t, w.gate(t, open(t, "s", allowing)).CheckCreateServer(t.Context(), named("other")))
	require.NoError(t, w.gate(t, open(t, "s", allowing)).CheckCreateServer(t.Context(), named("fetch")))
	w.now = now
	require.NoError(t, w.gate(t, open(t, "s", allowing)).CheckCreateServer(t.Context(), withMode("fetch", "b")))
	lines := w.lines(t)
	require.Len(t, lines, 4)
	require.NotNil(t, lines[3].Changed)
	require.Equal(t, lines[0].DecisionID, lines[3].Changed.DecisionID)
}

// A log without a bound on its size costs what its last MiB costs.
func TestWindowOfAVeryLargeLog(t *testing.T) {
	w := newWindowed(t)
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	require.NoError(t, f.Truncate(1<<30)) // takes no room
	_, err = f.WriteAt([]byte{'\n'}, 1<<30-1)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	g := recorded(t, w.path, func(c *gate.FileRecorderConfig) { c.Window, c.MaxSize, c.MaxAge = time.Minute, -1, -1 }, open(t, "s", denying))
	for range 2 {
		require.ErrorContains(t, g.CheckCreateServer(t.Context(), named("fetch")), "is not approved")
	}
	info, err := os.Stat(w.path)
	require.NoError(t, err)
	require.Less(t, info.Size(), int64(1<<30+8<<10), "the second is the first")
	require.Greater(t, info.Size(), int64(1<<30))
}
