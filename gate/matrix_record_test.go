package gate_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// recordFaults are faults of the decision log, of how a gate was put together,
// and of waivers and sources that no file is to blame for.
func recordFaults() []fault {
	var all []fault
	for _, f := range []struct {
		name, reason string
		turn         func(c *cell, path string, on bool)
	}{
		{"decision log is a directory", "decision could not be recorded: .*a directory", func(c *cell, path string, on bool) {
			c.aside(path, on, func() error { return os.Mkdir(path, 0o700) })
		}},
		{"decision log below a file", "decision could not be recorded: ", func(c *cell, path string, on bool) {
			dir := filepath.Dir(path)
			c.aside(dir, on, func() error { return os.WriteFile(dir, nil, 0o600) })
		}},
		{"lock of the decision log is held", "decision could not be recorded: .*lock", func(c *cell, path string, on bool) {
			if on {
				require.NoError(c, os.MkdirAll(filepath.Dir(path), 0o700))
				c.Cleanup(gate.LockLog(c.T, path))
			}
		}},
	} {
		s := recordFault("", f.name, f.reason, f.turn).fault()
		if f.name == "lock of the decision log is held" { // until the end of the cell
			s.cells[atDecision] = nil
			s.not[atDecision] = "decision: as start, the lock is taken anew for each"
		}
		all = append(all, s)
	}
	return append(append(all, compositionFaults()...), waiverFault())
}

// recordFault is a fault of the decision log.
func recordFault(as, name, reason string, turn func(c *cell, path string, on bool)) switched {
	place := map[*cell]string{}
	return switched{
		name: name, as: as, reason: reason,
		make: func(c *cell, _ *atomic.Bool) runner.PolicyGate {
			path := filepath.Join(c.TempDir(), "log", "d.jsonl")
			place[c] = path
			recorder, err := gate.NewFileRecorder(gate.FileRecorderConfig{Path: path})
			require.NoError(c, err)
			return c.gate(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}, Recorder: recorder, RecordDeadline: time.Second})
		},
		turn: func(c *cell, on bool) { turn(c, place[c], on) },
	}
}

// aside puts path out of the way while the fault is there; instead makes what
// stands in its place.
func (c *cell) aside(path string, on bool, instead func() error) {
	require.NoError(c, os.MkdirAll(filepath.Dir(path), 0o700))
	if on {
		if _, err := os.Lstat(path); err == nil {
			require.NoError(c, os.Rename(path, path+".aside"))
		}
		require.NoError(c, instead())
		return
	}
	require.NoError(c, os.Remove(path))
	if _, err := os.Lstat(path + ".aside"); err == nil {
		require.NoError(c, os.Rename(path+".aside", path))
	}
}

// compositionFaults are gates that were put together wrongly.
func compositionFaults() []fault {
	composed := func(name string, do func(c *cell)) fault {
		const only = "reload, again, decision: a gate is put together once"
		return fault{
			name: name, cells: map[string]func(c *cell){atStart: do},
			not: map[string]string{atReload: only, atAgain: only, atDecision: only},
		}
	}
	sources := func(c *cell, cfg gate.SourcesConfig) ([]*rego.Store, error) {
		empty := filepath.Join(c.TempDir(), "none")
		if cfg.SystemDir == "" {
			cfg.SystemDir = empty
		}
		cfg.UserDir = empty
		if cfg.Getenv == nil {
			cfg.Getenv = func(string) string { return "" }
		}
		stores, err := gate.OpenSources(c.Context(), cfg)
		c.Cleanup(func() {
			for _, s := range stores {
				require.NoError(c, s.Close())
			}
		})
		return stores, err
	}
	return []fault{
		composed("nil gate", func(c *cell) {
			g, _ := c.open(filepath.Join(c.TempDir(), "none"))
			runner.RegisterPolicyGate(g)
			require.Panics(c, func() { runner.RegisterPolicyGate(nil) })
			c.undecided(runner.ActivePolicyGate(), remoteNamed("fine"), "no such file|cannot find")
		}),
		composed("nil pointer to a gate", func(c *cell) {
			g, _ := c.open(filepath.Join(c.TempDir(), "none"))
			runner.RegisterPolicyGate(g)
			require.Panics(c, func() { runner.RegisterPolicyGate((*gate.Gate)(nil)) })
			c.undecided(runner.ActivePolicyGate(), remoteNamed("fine"), "no such file|cannot find")
		}),
		composed("gate around a nil gate", func(c *cell) {
			require.ErrorIs(c, c.run(c.Context(), struct{ *gate.Gate }{}, remoteNamed("fine")), runner.ErrGatePanic)
		}),
		composed("gate that New did not make", func(c *cell) {
			err := c.run(c.Context(), &gate.Gate{}, remoteNamed("fine"))
			require.Error(c, err)
		}),
		composed("nil store", func(c *cell) {
			g, err := gate.New(gate.Config{Stores: []*rego.Store{open(c, "s", allowing), nil}})
			require.EqualError(c, err, "store 1 is nil")
			require.Nil(c, g)
		}),
		composed("no store", func(c *cell) { c.undecided(c.gate(gate.Config{}), remoteNamed("fine"), "no policy loaded") }),
		composed("negative deadline", func(c *cell) {
			_, err := gate.New(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}, Deadline: -1})
			require.ErrorContains(c, err, "deadline -1ns is negative")
		}),
		composed("one source of two is broken", func(c *cell) {
			g := c.gate(gate.Config{Stores: []*rego.Store{open(c, "a", allowing), open(c, "b", "nonsense")}})
			c.undecided(g, remoteNamed("fine"), "source b: p000.rego:1")
		}),
		composed("store that must load at once", func(c *cell) {
			_, err := rego.Open(c.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{Name: "s", Dir: filepath.Join(c.TempDir(), "none")}})
			require.ErrorIs(c, err, os.ErrNotExist)
		}),
		composed("context that is over when a store opens", func(c *cell) {
			ctx, cancel := context.WithCancel(c.Context())
			cancel()
			_, err := rego.Open(ctx, rego.StoreConfig{LoadConfig: rego.LoadConfig{Name: "s", Dir: goodSource(c)}, DenyUntilLoaded: true})
			require.ErrorIs(c, err, context.Canceled)
		}),
		composed("named source that is not there", func(c *cell) {
			stores, err := sources(c, gate.SourcesConfig{Policies: []string{filepath.Join(c.TempDir(), "gone")}})
			require.NoError(c, err)
			c.undecided(c.gate(gate.Config{Stores: stores}), remoteNamed("fine"), "gone: .*(no such file|cannot find)")
		}),
		composed("source of the environment that is not there", func(c *cell) {
			stores, err := sources(c, gate.SourcesConfig{Getenv: func(name string) string {
				if name == gate.PolicyVariable {
					return filepath.Join(c.TempDir(), "gone")
				}
				return ""
			}})
			require.NoError(c, err)
			c.undecided(c.gate(gate.Config{Stores: stores}), remoteNamed("fine"), "gone: .*(no such file|cannot find)")
		}),
		composed("system source that is broken", func(c *cell) {
			dir := goodSource(c)
			putFiles(c, dir, map[string]string{"x.rego": "nonsense"})
			stores, err := sources(c, gate.SourcesConfig{SystemDir: dir})
			require.NoError(c, err)
			c.undecided(c.gate(gate.Config{Stores: stores}), remoteNamed("fine"), "source system: .*x.rego:1")
		}),
		composed("built-in policies left out against the system source", func(c *cell) {
			_, err := sources(c, gate.SourcesConfig{SystemDir: goodSource(c), NoBuiltin: true})
			require.ErrorContains(c, err, "cannot be left out")
		}),
		composed("no source at all", func(c *cell) {
			stores, err := sources(c, gate.SourcesConfig{NoBuiltin: true})
			require.NoError(c, err)
			c.undecided(c.gate(gate.Config{Stores: stores}), remoteNamed("fine"), "no policy loaded")
		}),
	}
}

// waiverFault is a waiver whose time is over: what it waived is denied again.
func waiverFault() fault {
	const rule = "package mcp.policy.x\n\ndeny contains \"waived for a while\"\n"
	until := func(time string) string {
		return "mcp:\n  settings:\n    waivers:\n    - policy: x\n      match: {remote: {url: \"https://mcp.example/mcp\"}}\n      reason: r\n      expires: " + time + "\n"
	}
	const valid, over = "2200-01-01T00:00:00Z", "2020-01-01T00:00:00Z"
	begin := func(c *cell, expires string, now func() time.Time) (string, *gate.Gate, *rego.Store) {
		dir := c.TempDir()
		putFiles(c, dir, map[string]string{"x.rego": rule, "data.yaml": until(expires)})
		_, store := c.open(dir)
		require.NoError(c, store.Status().LastError)
		return dir, c.gate(gate.Config{Stores: []*rego.Store{store}, Now: now}), store
	}
	return fault{
		name: "waiver that is over",
		cells: map[string]func(c *cell){
			atStart: func(c *cell) {
				_, g, _ := begin(c, over, nil)
				c.denied(g, remoteNamed("fine"), "x: waived for a while")
			},
			atReload: func(c *cell) {
				dir, g, store := begin(c, valid, nil)
				c.allowed(g, remoteNamed("fine"))
				before := store.Status().Revision
				putFiles(c, dir, map[string]string{"data.yaml": until(over)})
				c.await("reload", func() bool { return store.Status().Revision != before })
				c.denied(g, remoteNamed("fine"), "x: waived for a while")
			},
			atDecision: func(c *cell) {
				now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
				_, g, _ := begin(c, "2026-01-01T00:00:01Z", func() time.Time { return now })
				c.allowed(g, remoteNamed("fine"))
				now = now.Add(time.Second)
				c.denied(g, remoteNamed("fine"), "x: waived for a while")
			},
		},
		not: map[string]string{atAgain: "again: as reload"},
	}
}
