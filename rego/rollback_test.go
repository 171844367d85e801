package rego_test

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// release is a signed archive with a sequence, where it is not -1, and roots of
// its own. Two with all the same but the edition differ in content.
func release(t *testing.T, sequence, edition int, roots ...string) string {
	t.Helper()
	manifest := fmt.Sprintf(`{"roots": ["%s"]`, strings.Join(roots, `", "`))
	if sequence >= 0 {
		manifest += fmt.Sprintf(`, "metadata": {"sequence": %d}`, sequence)
	}
	f := files{".manifest": manifest + "}"}
	for _, root := range roots {
		pkg := strings.ReplaceAll(root, "/", ".")
		f[root+"/x.rego"] = fmt.Sprintf("package %s.x%d_%d\n\ndeny contains \"m\" if input.server.name == \"m\"\n", pkg, edition, max(sequence, 0))
	}
	return archived(t, signed(f, ecKey()))
}

// publish makes the archives of dir those of f, each at once.
func publish(t *testing.T, dir string, f files) {
	t.Helper()
	present, err := filepath.Glob(filepath.Join(dir, "*.tar.gz"))
	require.NoError(t, err)
	for _, name := range present {
		if _, kept := f[filepath.Base(name)]; !kept {
			require.NoError(t, os.Remove(name))
		}
	}
	for name, content := range f {
		write(t, dir, files{".next": content})
		rename(t, filepath.Join(dir, ".next"), filepath.Join(dir, name))
	}
}

const p, q = "mcp/policy/p", "mcp/policy/q"

func TestRollback(t *testing.T) {
	// One step is what the source holds besides a bundle that never changes.
	// A step is refused where it says "older".
	type step struct {
		f     files
		older string
	}
	r := func(sequence, edition int, roots ...string) string { return release(t, sequence, edition, roots...) }
	for name, steps := range map[string][]step{
		"newer":                     {{files{"x.tar.gz": r(1, 0, p)}, ""}, {files{"x.tar.gz": r(2, 0, p)}, ""}},
		"older":                     {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": r(1, 0, p)}, "has the sequence 1, and 2 of the root \"mcp/policy/p\""}},
		"by text it would be newer": {{files{"x.tar.gz": r(10, 0, p)}, ""}, {files{"x.tar.gz": r(9, 0, p)}, "has the sequence 9, and 10"}},
		"first one has none":        {{files{"x.tar.gz": r(-1, 0, p)}, ""}, {files{"x.tar.gz": r(0, 0, p)}, ""}, {files{"x.tar.gz": r(-1, 0, p)}, "has no sequence, and sequence 0"}},
		"none ever":                 {{files{"x.tar.gz": r(-1, 0, p)}, ""}, {files{"x.tar.gz": r(-1, 1, p)}, ""}, {files{"x.tar.gz": r(-1, 0, p)}, ""}},
		"sequence lost":             {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": r(-1, 1, p)}, "has no sequence"}},
		"the same number again":     {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": r(2, 1, p)}, ""}},
		"older, another name":       {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"y.tar.gz": r(1, 0, p)}, "bundle y.tar.gz has the sequence 1"}},
		"newer, another name":       {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"y.tar.gz": r(3, 0, p)}, ""}},
		"removed, then older":       {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{}, ""}, {files{"x.tar.gz": r(1, 0, p)}, "has the sequence 1"}},
		"removed, then the same":    {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{}, ""}, {files{"x.tar.gz": r(2, 0, p)}, ""}},
		"back after a refusal":      {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": r(1, 0, p)}, "has the sequence 1"}, {files{"x.tar.gz": r(3, 0, p)}, ""}},
		"refused one after another": {{files{"x.tar.gz": r(5, 0, p)}, ""}, {files{"x.tar.gz": r(4, 0, p)}, "sequence 4, and 5"}, {files{"x.tar.gz": r(3, 0, p)}, "sequence 3, and 5"}},
		"older for one of two":      {{files{"x.tar.gz": r(2, 0, p), "y.tar.gz": r(7, 0, q)}, ""}, {files{"x.tar.gz": r(3, 0, p), "y.tar.gz": r(6, 0, q)}, "bundle y.tar.gz has the sequence 6"}},
		"each counts for itself":    {{files{"x.tar.gz": r(2, 0, p), "y.tar.gz": r(70, 0, q)}, ""}, {files{"x.tar.gz": r(3, 0, p), "y.tar.gz": r(70, 0, q)}, ""}},
		"names swapped":             {{files{"x.tar.gz": r(2, 0, p), "y.tar.gz": r(70, 0, q)}, ""}, {files{"x.tar.gz": r(70, 0, q), "y.tar.gz": r(2, 0, p)}, ""}},
		"other roots":               {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": r(1, 0, q)}, ""}},
		"one root of two":           {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": r(1, 0, p, q)}, "has the sequence 1"}},
		"root above":                {{files{"x.tar.gz": r(2, 0, p+"/deep")}, ""}, {files{"x.tar.gz": r(1, 0, p)}, "has the sequence 1"}},
		"root below":                {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": r(1, 0, p+"/deep")}, "has the sequence 1"}},
		"root given up, then older": {{files{"x.tar.gz": r(2, 0, p, q)}, ""}, {files{"x.tar.gz": r(3, 0, p)}, ""}, {files{"x.tar.gz": r(3, 0, p), "y.tar.gz": r(1, 0, q)}, "bundle y.tar.gz has the sequence 1"}},
		"part of a root, then all":  {{files{"x.tar.gz": r(5, 0, p)}, ""}, {files{"x.tar.gz": r(6, 0, p+"/deep")}, ""}, {files{"x.tar.gz": r(5, 0, p)}, "sequence 5, and 6 of the root \"mcp/policy/p/deep\""}},
		"split in two, one older":   {{files{"x.tar.gz": r(4, 0, p, q)}, ""}, {files{"x.tar.gz": r(5, 0, p), "y.tar.gz": r(3, 0, q)}, "has the sequence 3"}},
		"the largest number":        {{files{"x.tar.gz": r(1<<62, 0, p)}, ""}, {files{"x.tar.gz": r(1<<62-1, 0, p)}, "has the sequence 4611686018427387903"}},
		"unsigned, lower number":    {{files{"x.tar.gz": r(2, 0, p)}, ""}, {files{"x.tar.gz": "not an archive"}, "gzip"}, {files{"x.tar.gz": r(1, 0, p)}, "has the sequence 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, signed(files{"base.rego": denyBad}, ecKey()))
			publish(t, dir, steps[0].f)
			cfg := storeConfig(dir)
			cfg.Keys = keys(t, pemOf(ecKey()))
			s := open(t, cfg)
			for _, next := range steps[1:] {
				before, start := s.Status(), time.Now()
				publish(t, dir, next.f)
				if next.older != "" {
					eventually(t, "refused: "+next.older, func() bool {
						st := s.Status()
						return st.LastError != nil && st.LastErrorTime.After(start) && strings.Contains(st.LastError.Error(), next.older)
					})
					require.Equal(t, before.Revision, s.Policy().Revision(), "what was in force stays")
					continue
				}
				want, err := rego.Load(t.Context(), cfg.LoadConfig)
				require.NoError(t, err)
				eventually(t, "in force", func() bool { return s.Policy().Revision() == want.Revision() && s.Status().LastError == nil })
			}
		})
	}
}

func TestRollbackAllowed(t *testing.T) {
	dir, log := t.TempDir(), &syncBuffer{}
	cfg := storeConfig(dir)
	cfg.Keys, cfg.AllowRollback, cfg.Log = keys(t, pemOf(ecKey())), true, slog.New(slog.NewTextHandler(log, nil))
	publish(t, dir, files{"x.tar.gz": release(t, 5, 0, p)})
	s := open(t, cfg)
	for i, sequence := range []int{3, 4, -1, 2} {
		publish(t, dir, files{"x.tar.gz": release(t, sequence, i, p)})
		want, err := rego.Load(t.Context(), cfg.LoadConfig)
		require.NoError(t, err)
		eventually(t, "in force", func() bool { return s.Policy().Revision() == want.Revision() })
	}
	// 5 to 3 and 4 to none went back; 3 to 4 and none to 2 did not.
	require.Equal(t, 2, strings.Count(log.String(), "older policy comes into force"), log)
	require.Contains(t, log.String(), "has the sequence 3, and 5")
	require.Contains(t, log.String(), "has no sequence, and sequence 4")
}

// Without a key a sequence is the word of anyone.
func TestRollbackWithoutKeys(t *testing.T) {
	dir := t.TempDir()
	publish(t, dir, files{"x.tar.gz": release(t, 5, 0, p)})
	s := open(t, storeConfig(dir))
	first := s.Policy().Revision()
	publish(t, dir, files{"x.tar.gz": release(t, 3, 0, p)})
	eventually(t, "in force", func() bool { return s.Policy().Revision() != first })
	require.NoError(t, s.Status().LastError)
}

// A restart knows of no sequence.
func TestRollbackRestart(t *testing.T) {
	dir := t.TempDir()
	cfg := storeConfig(dir)
	cfg.Keys = keys(t, pemOf(ecKey()))
	publish(t, dir, files{"x.tar.gz": release(t, 5, 0, p)})
	require.NoError(t, open(t, cfg).Close())
	publish(t, dir, files{"x.tar.gz": release(t, 3, 0, p)})
	open(t, cfg)
}

func TestSequence(t *testing.T) {
	with := func(metadata string) files {
		return files{".manifest": `{"roots": ["mcp/policy"], "metadata": ` + metadata + `}`, "a.rego": denyBad}
	}
	for _, metadata := range []string{`{}`, `{"sequence": 0}`, `{"sequence": 9223372036854775807}`, `{"other": [1.5], "sequence": 7}`} {
		mustLoad(t, with(metadata))
	}
	for metadata, want := range map[string]string{
		`{"sequence": -1}`:                  "metadata.sequence is -1, want a whole number from 0",
		`{"sequence": -0}`:                  "metadata.sequence is -0, want",
		`{"sequence": 1.5}`:                 "metadata.sequence is 1.5, want",
		`{"sequence": 1.0}`:                 "metadata.sequence is 1.0, want",
		`{"sequence": 1e3}`:                 "metadata.sequence is 1e3, want",
		`{"sequence": 9223372036854775808}`: "metadata.sequence is 9223372036854775808, want",
		`{"sequence": "1"}`:                 "metadata.sequence is a string, want",
		`{"sequence": null}`:                "metadata.sequence is null, want",
		`{"sequence": [1]}`:                 "metadata.sequence is a list, want",
		`{"sequence": 1, "sequence": 2}`:    "twice",
		`[]`:                                "metadata is a list, want an object",
		`null`:                              "metadata is null, want an object",
	} {
		_, err := load(t.Context(), with(metadata))
		require.ErrorContains(t, err, want, metadata)
		_, err = loadSigned(t, signed(with(metadata), ecKey()).fs(), keys(t, pemOf(ecKey())))
		require.ErrorContains(t, err, want, metadata)
	}
	f := with(`{"sequence": 1}`)
	f = maps.Clone(f)
	f[".manifest"] = `{"metadata": {"sequence": 1}}`
	_, err := load(t.Context(), f)
	require.ErrorContains(t, err, "a bundle with a sequence says which roots it is the newest of")
}

// The signature is looked at on each read, also where nothing else changed.
func TestStoreVerifies(t *testing.T) {
	for _, watched := range []bool{true, false} {
		t.Run(fmt.Sprintf("watched %t", watched), func(t *testing.T) {
			if !watched {
				rego.WithoutWatches(t)
			}
			dir := t.TempDir()
			first, second := signed(files{"a.rego": denyBad}, ecKey()), signed(files{"a.rego": denyGood}, ecKey())
			cfg := storeConfig(dir)
			cfg.Keys, cfg.DenyUntilLoaded, cfg.Tick = keys(t, pemOf(ecKey())), true, 5*time.Millisecond
			if watched {
				cfg.Tick = time.Hour
			}
			write(t, dir, lacking(first, ".signatures.json"))
			s := open(t, cfg)
			refused := func(want string) {
				t.Helper()
				eventually(t, want, func() bool {
					err := s.Status().LastError
					return err != nil && strings.Contains(err.Error(), want)
				})
			}
			refused("there is no signature")
			_, err := s.Policy().Eval(t.Context(), server("good"))
			require.ErrorContains(t, err, "there is no signature", "a start without signature denies")

			write(t, dir, first)
			denies(t, s, "bad")
			eventually(t, "settled", func() bool { return s.Status().LastError == nil })
			revision := s.Policy().Revision()

			signature := filepath.Join(dir, ".signatures.json")
			require.NoError(t, os.Remove(signature))
			refused("there is no signature")
			require.Equal(t, revision, s.Policy().Revision())
			write(t, dir, first)
			eventually(t, "signed again", func() bool { return s.Status().LastError == nil })

			write(t, dir, lacking(second, ".signatures.json"))
			refused("a.rego: the file is not as it was signed")
			write(t, dir, files{"b.rego": denyMore})
			refused("b.rego: the signature of")
			require.Equal(t, revision, s.Policy().Revision())
			require.NoError(t, os.Remove(filepath.Join(dir, "b.rego")))
			write(t, dir, second)
			denies(t, s, "good")
		})
	}
}
