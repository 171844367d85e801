package rego_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
)

// configMap lays out dir as the kubelet does: the files in a directory of their
// version, and links through ..data beside it.
func configMap(t *testing.T, dir, version string, f files) {
	t.Helper()
	write(t, filepath.Join(dir, version), f)
	relink(t, version, filepath.Join(dir, "..data"))
	for name := range f {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			require.NoError(t, os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)))
		}
	}
}

func TestConfigMap(t *testing.T) {
	f := files{
		".manifest":   `{"roots": ["mcp/policy/a", "mcp/settings", "n"]}`,
		"a.rego":      denyBad,
		"a_test.rego": "package mcp.policy.a_test\n\ntest_a if true\n",
		"data.yaml":   "n: 1\nmcp: {settings: {enforcement: {a: warn}}}\n",
		"x.tar.gz":    packedFiles(t, files{"x.rego": "package mcp.policy.x\n\ndeny contains \"m\" if input.server.name in data.x.names\n", "x/data.json": `{"names": ["bad"]}`}),
	}
	dir := t.TempDir()
	configMap(t, dir, "..2026_01_02_03_04_05.1", f)
	p, err := loadDir(t, dir)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "x"}, p.Policies())
	require.Equal(t, mustLoad(t, f).Revision(), p.Revision())
	require.Len(t, eval(t, p, "bad").Violations, 2)

	// The version before stays for a moment, and is no part of it.
	f["a.rego"] = denyGood
	configMap(t, dir, "..2026_01_02_03_04_06.2", f)
	p, err = loadDir(t, dir)
	require.NoError(t, err)
	require.Equal(t, mustLoad(t, f).Revision(), p.Revision())
}

// Whatever is swapped while it is read, what loads is one version.
func TestLoadWhileSwapped(t *testing.T) {
	version := func(n int) files {
		return files{
			"a.rego":    fmt.Sprintf("package mcp.policy.a\n\ndeny contains \"m\" if data.v != %d", n),
			"data.json": fmt.Sprintf(`{"v": %d}`, n),
		}
	}
	allowed := map[string]bool{mustLoad(t, version(1)).Revision(): true, mustLoad(t, version(2)).Revision(): true}
	for name, tc := range map[string]struct {
		prepare, change func(t *testing.T, dir string, n int)
	}{
		"ConfigMap": {
			func(t *testing.T, dir string, n int) {},
			func(t *testing.T, dir string, n int) {
				old, err := os.Readlink(filepath.Join(dir, "source", "..data"))
				configMap(t, filepath.Join(dir, "source"), fmt.Sprintf("..%d", n), version(1+n%2))
				if err == nil {
					require.NoError(t, os.RemoveAll(filepath.Join(dir, "source", old)))
				}
			},
		},
		"symlink": {
			func(t *testing.T, dir string, n int) { write(t, filepath.Join(dir, fmt.Sprint(n)), version(n)) },
			func(t *testing.T, dir string, n int) { relink(t, fmt.Sprint(1+n%2), filepath.Join(dir, "source")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			tc.prepare(t, dir, 1)
			tc.prepare(t, dir, 2)
			tc.change(t, dir, 0)
			loads, failed := soak.Times(2000), 0
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range loads {
					p, err := loadDir(t, filepath.Join(dir, "source"))
					if err != nil {
						failed++ // it never held still
						continue
					}
					if !allowed[p.Revision()] {
						t.Errorf("revision %s is of neither version", p.Revision())
					}
				}
			}()
			swaps := 0
			for n := 1; ; n++ {
				select {
				case <-done:
					require.Less(t, failed, loads)
					soak.Report(t, "%d loads during %d swaps: each of one version, %d refused for changes during the read", loads, swaps, failed)
					return
				default:
					tc.change(t, dir, n)
					swaps++
				}
			}
		})
	}
}

// JSON, YAML and what stands in directories are one document.
func TestDataInSeveralFiles(t *testing.T) {
	p := mustLoad(t, files{
		"a.rego":            "package mcp.policy.a\n\ndeny contains sprintf(\"%v\", [data.x]) if input.server.name == \"bad\"",
		"data.json":         `{"x": {"json": 1}}`,
		"data.yaml":         "x: {yaml: 2}",
		"data.yml":          "x: {yml: 3}",
		"x/data.json":       `{"below": 4}`,
		"x/y/data.yaml":     "z: 5",
		"x/_z/data.yml":     "v: 6",
		"x/README.md":       "# x",
		"x/data.json.bak":   "nonsense",
		"x/data.yaml~":      "nonsense",
		"testdata/data.yml": "nonsense",
	})
	require.Equal(t, `{"_z": {"v": 6}, "below": 4, "json": 1, "y": {"z": 5}, "yaml": 2, "yml": 3}`, eval(t, p, "bad").Violations[0].Msg)
}
