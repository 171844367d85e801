package library_test

import (
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/semver"

	"github.com/mcp-runner/mcp-runner/rego/library"
)

var update = flag.Bool("update", false, "record the policies as those of library.Version, and write the golden decisions")

// versionsFile has a line for each version: the version and a digest of what
// denies in it.
const versionsFile = "testdata/versions"

// A team that renews the library learns what changed from its version and its
// changelog, so nothing changes without them.
func TestVersionSaysWhatChanged(t *testing.T) {
	releases := library.Releases()
	require.NotEmpty(t, releases)
	require.Equal(t, library.Version, releases[0].Version, "CHANGELOG.md begins with another version than library.Version")
	for i, r := range releases {
		require.True(t, semver.IsValid("v"+r.Version) && strings.Count(r.Version, ".") == 2, r.Version)
		require.NotEmpty(t, r.Text, r.Version)
		if i > 0 {
			require.Negative(t, semver.Compare("v"+r.Version, "v"+releases[i-1].Version), "%s stands below %s", r.Version, releases[i-1].Version)
			require.True(t, r.Released, "%s is followed by %s and was released", r.Version, releases[i-1].Version)
		}
	}

	text, err := os.ReadFile(versionsFile)
	require.NoError(t, err)
	recorded := map[string]string{}
	for line := range strings.Lines(string(text)) {
		version, digest, _ := strings.Cut(strings.TrimSpace(line), " ")
		recorded[version] = digest
	}
	now := policyDigest(t)
	if recorded[library.Version] == now {
		return
	}
	if releases[0].Released {
		require.Empty(t, recorded[library.Version], `the policies or profiles are not those of version %s, which was released.
Raise library.Version, give CHANGELOG.md a section "## VERSION (unreleased)" that says what
changed, and run: go test ./rego/library -run Version -update`, library.Version)
	}
	require.True(t, *update, `the policies or profiles changed since version %s was recorded.
Say in CHANGELOG.md what changed, raise library.Version as far as that asks for it, and run:
go test ./rego/library -run Version -update`, library.Version)
	recorded[library.Version] = now
	var b strings.Builder
	for i := range releases {
		if sum := recorded[releases[len(releases)-1-i].Version]; sum != "" {
			fmt.Fprintf(&b, "%s %s\n", releases[len(releases)-1-i].Version, sum)
		}
	}
	require.NoError(t, os.WriteFile(versionsFile, []byte(b.String()), 0o644))
}

// digest is one over all that decides: the policies without their tests, and the
// profiles.
func policyDigest(t *testing.T) string {
	t.Helper()
	h := sha256.New()
	add := func(name string, content []byte) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(content), content) // a hash never fails
	}
	for _, policy := range all(t) {
		add(policy.Files[0].Name, policy.Files[0].Content)
	}
	for _, name := range files(t, os.DirFS("."), "profiles") {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		add(name, content)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestChangelogIsRead(t *testing.T) {
	all := library.ReleasesOf("# Changelog\n\nProse.\n\n## 2.0.0 (unreleased)\n\n- a\n- b\n\n## 1.10.0 (2026-01-31)\n\n- c\n## 1.2.0 (2026-01-01)\n- d\n")
	require.Equal(t, []library.Release{
		{Version: "2.0.0", Text: "- a\n- b"},
		{Version: "1.10.0", Released: true, Text: "- c"},
		{Version: "1.2.0", Released: true, Text: "- d"},
	}, all)
	require.Empty(t, library.Since(library.Version))
	require.Equal(t, library.Releases(), library.Since("0.0.1"))
}
