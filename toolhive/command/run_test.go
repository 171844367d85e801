package command_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/toolhive/internal/origins"
)

// denyEvil denies what is called evil, and what ToolHive calls so by itself.
const denyEvil = `deny contains "evil is not for us" if input.server.name in {"evil", "inspector", "embedding"}

deny contains "evil is not for us" if contains(input.registry.url, "evil")

deny contains "evil is not for us" if contains(input.registry.local_path, "evil")
`

func requireDenied(t *testing.T, m *machine, got ended) {
	t.Helper()
	require.Equal(t, 1, got.code, got.stderr)
	require.Regexp(t, `blocked by policy: .*house\.rules: evil is not for us`, got.stderr)
	require.Contains(t, got.stderr, "  what    evil is not for us\n", "the laid-out decision")
	require.Empty(t, m.changes(), "nothing is built, pulled or created")
}

// Nothing is built for a server that policy denies.
func TestRunAsksBeforeItBuilds(t *testing.T) {
	for name, args := range map[string][]string{
		"npx":          {"npx://evil"},
		"uvx":          {"uvx://evil"},
		"go":           {"go://evil"},
		"by name":      {"--name", "evil", "npx://good"},
		"flags":        {"--transport", "stdio", "-e", "A=1,2", "--runtime-add-package", "git", "npx://evil", "--", "--name", "good"},
		"unknown flag": {"--what-is-this=x", "npx://evil"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, denyEvil)
			requireDenied(t, m, m.run(t, append([]string{"run"}, args...)...))
		})
	}
}

// What ToolHive says of a wrong command line is said before anything is built,
// and no policy is asked for it.
func TestRunIsRefusedBeforeItBuilds(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"prefix":     {[]string{"run", "--endpoint-prefix", "x", "npx://good"}, "endpoint-prefix must start with"},
		"profile":    {[]string{"run", "--permission-profile", "none-such.json", "npx://good"}, "none-such.json"},
		"volume":     {[]string{"run", "-v", "/none/such:/x", "npx://good"}, "/none/such"},
		"resource":   {[]string{"run", "--remote-auth-resource", "x", "npx://good"}, "--remote-auth-resource"},
		"build-with": {[]string{"run", "--build-with", "a;b'", "uvx://good"}, "invalid runtime configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, denyEvil)
			got := m.run(t, c.args...)
			require.Equal(t, 1, got.code, got.stderr)
			require.Contains(t, got.stderr, c.want)
			require.Empty(t, m.changes())
		})
	}
}

// What is allowed is built by ToolHive, under the ports that were asked about,
// and remembered for the worker and for restarts.
func TestRunBuildsWhatIsAllowed(t *testing.T) {
	m := newMachine(t, denyEvil)
	m.run(t, "run", "--foreground", "--runtime-add-package", "git", "npx://good@1.2.3", "--", "serve")
	image := m.builtImage(t)
	require.Regexp(t, `^toolhivelocal/npx-good-1-2-3:[0-9]{14}$`, image)
	got, known := m.origins().Origin(image)
	require.True(t, known)
	require.Equal(t, "npx://good@1.2.3", got.Reference)
	require.Empty(t, got.Args, "they are no part of the image")
	require.Equal(t, []string{"git"}, got.Runtime.AdditionalPackages)
}

// Nothing is built in an image of the person's settings that policy denies.
func TestSettingsOfABuildAreAskedAbout(t *testing.T) {
	for _, args := range [][]string{{"run", "npx://good@1.2.3"}, {"build", "npx://good@1.2.3"}} {
		m := newMachine(t, `deny contains "evil is not for us" if input.config.runtime_config.builder_image == "evil.example/node:1"`)
		write(t, filepath.Join(m.home, "config", "toolhive", "config.yaml"), "runtime_configs:\n  npx:\n    builder_image: evil.example/node:1\n")
		requireDenied(t, m, m.run(t, args...))
	}
}

func TestBuildAsks(t *testing.T) {
	t.Run("denied", func(t *testing.T) {
		m := newMachine(t, denyEvil)
		requireDenied(t, m, m.run(t, "build", "npx://evil", "--", "start"))
	})
	t.Run("denied with a tag", func(t *testing.T) {
		m := newMachine(t, denyEvil)
		requireDenied(t, m, m.run(t, "build", "--tag", "good:1", "npx://evil"))
	})
	t.Run("allowed", func(t *testing.T) {
		m := newMachine(t, denyEvil)
		got := m.run(t, "build", "uvx://good", "--build-with", "mcp<2", "--", "start")
		require.Zero(t, got.code, got.stderr)
		image := m.builtImage(t)
		require.Regexp(t, `^toolhivelocal/uvx-good:[0-9]{14}$`, image)
		o, known := m.origins().Origin(image)
		require.True(t, known)
		require.Equal(t, "uvx://good", o.Reference)
		require.Equal(t, []string{"start"}, o.Args)
		require.Equal(t, []string{"mcp<2"}, o.Runtime.BuildWith)
	})
	t.Run("a name of its own is not remembered", func(t *testing.T) {
		m := newMachine(t, denyEvil)
		got := m.run(t, "build", "--tag", "mine:1", "npx://good")
		require.Zero(t, got.code, got.stderr)
		require.Equal(t, "mine:1", m.builtImage(t))
		_, known := m.origins().Origin("mine:1")
		require.False(t, known)
	})
	t.Run("the name of another image", func(t *testing.T) {
		m := newMachine(t, denyEvil)
		for _, host := range []string{"", "docker.io/", "index.docker.io/", "localhost/"} {
			got := m.run(t, "build", "--tag", host+"toolhivelocal/npx-other:20260101000000", "npx://good")
			require.Equal(t, 1, got.code)
			require.Contains(t, got.stderr, "choose another, or none")
		}
		require.Empty(t, m.changes())
	})
	t.Run("a Dockerfile is no image", func(t *testing.T) {
		m := newMachine(t, denyEvil)
		got := m.run(t, "build", "--dry-run", "npx://evil")
		require.Zero(t, got.code, got.stderr)
		require.Contains(t, got.stdout, "FROM")
		got = m.run(t, "build", "-o", filepath.Join(m.home, "Dockerfile"), "npx://evil")
		require.Zero(t, got.code, got.stderr)
		require.Empty(t, m.changes())
	})
}

// builtImage is the name of the one image that was built.
func (m *machine) builtImage(t *testing.T) string {
	t.Helper()
	for _, r := range m.changes() {
		if _, path, _ := strings.Cut(r, " "); strings.Contains(path, "/build?") {
			u, err := url.Parse(path)
			require.NoError(t, err)
			return u.Query().Get("t")
		}
	}
	require.Fail(t, "nothing was built", m.changes())
	return ""
}

func (m *machine) origins() *origins.Store {
	return origins.Open(func(name string) string {
		return map[string]string{"XDG_STATE_HOME": m.state(), "HOME": m.home}[name]
	})
}
