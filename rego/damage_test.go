package rego_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
)

// realArchive is a bundle as a team publishes it.
func realArchive(t *testing.T) string {
	return packedFiles(t, files{
		".manifest":      `{"revision": "17", "roots": ["mcp/policy", "mcp/settings", "corp"]}`,
		"a.rego":         denyBad,
		"b/b.rego":       "package mcp.policy.b\n\ndeny contains \"not one of ours\" if {\n\tnot input.server.name in data.corp.names\n\tinput.server.name != \"good\"\n}\n",
		"b/b_test.rego":  "package mcp.policy.b_test\n\ntest_b if true\n",
		"corp/data.json": fmt.Sprintf(`{"names": ["alpha", "beta"], "digests": ["%x", "%x"]}`, noise(120), noise(240)[120:]),
		"data.yaml":      "mcp:\n  settings:\n    enforcement: {b: warn}\n",
		"README.md":      "# Policies\n",
	})
}

// An archive that is cut off anywhere does not load.
func TestArchiveCutAnywhere(t *testing.T) {
	packed := realArchive(t)
	dir := t.TempDir()
	name := filepath.Join(dir, "policies.tar.gz")
	require.NoError(t, os.WriteFile(name, []byte(packed), 0o644))
	_, err := loadDir(t, dir)
	require.NoError(t, err)
	for cut := range len(packed) {
		require.NoError(t, os.WriteFile(name, []byte(packed[:cut]), 0o644))
		_, err := loadDir(t, dir)
		require.ErrorContains(t, err, "policies.tar.gz: the archive is cut off", "cut at %d of %d", cut, len(packed))
	}
	soak.Report(t, "an archive cut at each of %d bytes: never loads", len(packed))
}

// An archive with one wrong bit, wherever that is, does not load, or it holds
// what it held: the header of gzip has a time and the like.
func TestArchiveFlippedAnywhere(t *testing.T) {
	packed := realArchive(t)
	dir := t.TempDir()
	name := filepath.Join(dir, "policies.tar.gz")
	require.NoError(t, os.WriteFile(name, []byte(packed), 0o644))
	good, err := loadDir(t, dir)
	require.NoError(t, err)
	flips, harmless := 0, 0
	for at := range len(packed) {
		for k := range soak.Times(8) {
			damaged := []byte(packed)
			damaged[at] ^= 1 << ((at + k) % 8)
			require.NoError(t, os.WriteFile(name, damaged, 0o644))
			flips++
			p, err := loadDir(t, dir)
			if err != nil {
				require.ErrorContains(t, err, "policies.tar.gz")
				continue
			}
			harmless++
			require.Equal(t, good.Revision(), p.Revision(), "bit %d of byte %d", (at+k)%8, at)
		}
	}
	require.Less(t, harmless, flips/10)
	soak.Report(t, "an archive with a bit flipped, %d times, at each of %d bytes: %d do not load, %d in the header of gzip leave it as it was", flips, len(packed), flips-harmless, harmless)
}
