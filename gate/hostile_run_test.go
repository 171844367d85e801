package gate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"text/template"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// hostileCase is one policy, with the data beside it.
type hostileCase struct {
	class, expect string
	files         map[string]string // before they are unfolded
}

// hostileResult is what became of one.
type hostileResult struct {
	Name         string
	Rules        []string // of the findings that keep it from being loaded
	Error        string   // of the load
	Load, Decide time.Duration
	Decided      string // why no verdict was reached
	Allowed      bool
	Stuck        bool  // something went on after the answer
	Peak         int64 // memory in use
	Died         string
}

// hostileCases reads testdata/hostile. The files are templates between « and »,
// so that what is a megabyte of brackets takes one line; each says in its first
// lines what it tries and what is expected:
//
//	refused RULE  it does not load, for a finding of that rule
//	deadline      no verdict, for the deadline
//	undecided     no verdict, for the deadline or an error of the evaluation
//	error TEXT    no verdict, for an error with that text
//	denied        a verdict, though a large one
//	harmless      a verdict
//	unbounded     as undecided, but it may take all memory or the whole stack and
//	              end the process, as SECURITY.md says
//	any           whatever it is, nothing is allowed
func hostileCases(t *testing.T) map[string]hostileCase {
	t.Helper()
	archives, err := filepath.Glob("../testdata/hostile/*.txtar")
	require.NoError(t, err)
	cases := map[string]hostileCase{}
	for _, name := range archives {
		a, err := txtar.ParseFile(name)
		require.NoError(t, err)
		class := strings.TrimSuffix(filepath.Base(name), ".txtar")
		for _, f := range a.Files {
			name, rest, _ := strings.Cut(f.Name, ".")
			name = class + "/" + name
			c, ok := cases[name]
			if !ok {
				c = hostileCase{class: class, files: map[string]string{}}
			}
			if rest == "rego" {
				lines := strings.SplitN(string(f.Data), "\n", 3)
				require.Regexp(t, `^# tries: .`, lines[0], name)
				require.Regexp(t, `^# expect: .`, lines[1], name)
				c.expect = strings.TrimPrefix(lines[1], "# expect: ")
				rest = "policy.rego"
			}
			c.files[rest] = string(f.Data)
			cases[name] = c
		}
	}
	return cases
}

// hostileClasses are the names of the cases, by class.
func hostileClasses(cases map[string]hostileCase) [][]string {
	byClass := map[string][]string{}
	for name, c := range cases {
		byClass[c.class] = append(byClass[c.class], name)
	}
	var classes [][]string
	for _, names := range byClass {
		slices.Sort(names)
		classes = append(classes, names)
	}
	slices.SortFunc(classes, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return classes
}

// unfolded are the files of a case as they are meant.
func (c hostileCase) unfolded(t *testing.T) fstest.MapFS {
	t.Helper()
	from := func(first, end int) []int {
		var list []int
		for i := first; i < end; i++ {
			list = append(list, i)
		}
		return list
	}
	funcs := template.FuncMap{
		"repeat": func(n int, s string) string { return strings.Repeat(s, n) },
		"seq":    func(n int) []int { return from(0, n) },
		"from":   from,
		"inc":    func(n int) int { return n + 1 },
	}
	fsys := fstest.MapFS{}
	for name, text := range c.files {
		tmpl, err := template.New(name).Delims("«", "»").Funcs(funcs).Parse(text)
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, tmpl.Execute(&b, nil))
		fsys[name] = &fstest.MapFile{Data: b.Bytes(), Mode: 0o644}
	}
	return fsys
}

// runHostile runs cases in this process, one line on stdout for each, until one
// goes on after its deadline.
func runHostile(t *testing.T, names []string) {
	debug.SetMemoryLimit(hostileMemory) // as mcp-runner does
	cases := hostileCases(t)
	var peak atomic.Int64
	go watchMemory(&peak) // ends with the process
	for _, name := range names {
		fsys := cases[name].unfolded(t)
		debug.FreeOSMemory()
		peak.Store(0)
		idle := runtime.NumGoroutine()
		r := runHostileCase(t, fsys)
		r.Name = name
		// An evaluation that is told to stop does so within a moment, or never. The
		// answer is told before: what is stuck may end the process.
		if r.Stuck = runtime.NumGoroutine() > idle; r.Stuck {
			r.tell(t, &peak)
		}
		for end := time.Now().Add(time.Second); runtime.NumGoroutine() > idle && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		r.Stuck = runtime.NumGoroutine() > idle
		r.tell(t, &peak)
		if r.Stuck {
			return
		}
	}
}

func (r hostileResult) tell(t *testing.T, peak *atomic.Int64) {
	r.Peak = peak.Load()
	line, err := json.Marshal(r)
	require.NoError(t, err)
	fmt.Printf("%s %s\n", hostileVariable, line)
}

func runHostileCase(t *testing.T, fsys fstest.MapFS) hostileResult {
	var r hostileResult
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	load := rego.LoadConfig{Name: "hostile", FS: fsys, InputSchema: gate.InputSchema(), Log: log, Redact: gate.RedactText}
	begin := time.Now()
	store, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: load, Static: true})
	r.Load = time.Since(begin)
	if err != nil {
		r.Error = clip(err.Error())
		for _, f := range rego.Findings(err) {
			r.Rules = append(r.Rules, f.Rule)
		}
		return r
	}
	defer func() { require.NoError(t, store.Close()) }()
	g, err := gate.New(gate.Config{Stores: []*rego.Store{store}, Deadline: hostileDeadline(), Recorder: discard{}, Log: log})
	require.NoError(t, err)
	cfg := &runner.RunConfig{Name: "search", Image: "docker.io/acme/search:1.0"}
	begin = time.Now()
	err = g.CheckCreateServer(context.Background(), cfg)
	r.Decide = time.Since(begin)
	r.Allowed = err == nil
	if errors.Is(err, gate.ErrUndecided) {
		r.Decided = clip(err.Error())
	}
	return r
}

func clip(s string) string { return s[:min(len(s), 500)] }

type discard struct{}

func (discard) Record(context.Context, *gate.Decision) error { return nil }

// watchMemory notes the most memory that the process used, and ends it before it
// takes that of the machine.
func watchMemory(peak *atomic.Int64) {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(5 * time.Millisecond) {
		metrics.Read(samples)
		used := int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
		if used > peak.Load() {
			peak.Store(used)
		}
		if used > 4*hostileMemory {
			panic(fmt.Sprintf("fatal error: %d MiB are in use", used>>20))
		}
	}
}
