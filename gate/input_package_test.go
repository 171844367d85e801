package gate_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/runner"
)

// packageLines are packages, each with the line that a person would write for it.
var packageLines = map[string][]string{
	"npx://@modelcontextprotocol/server-everything@2026.8.31": {"npx", "-y", "@modelcontextprotocol/server-everything@2026.8.31"},
	"npx://search":                                 {"npx", "-y", "search"},
	"npx://search@latest":                          {"npx", "-y", "search@latest"},
	"npx://search@^1":                              {"npx", "-y", "search@^1"},
	"npx://mcp-remote@0.1.15":                      {"npx", "-y", "mcp-remote@0.1.15"},
	"npx://@modelcontextprotocol/inspector@0.13.0": {"npx", "-y", "@modelcontextprotocol/inspector@0.13.0"},
	"uvx://mcp-server-fetch@1.0":                   {"uvx", "mcp-server-fetch@1.0"},
	"uvx://mcp-server-fetch[x]==1.0":               {"uvx", "--from", "mcp-server-fetch[x]==1.0", "mcp-server-fetch"},
	"uvx://mcp-server-fetch>=1":                    {"uvx", "--from", "mcp-server-fetch>=1", "mcp-server-fetch"},
	"uvx://docker@1.0":                             {"uvx", "docker@1.0"},
	"uvx://bash@1.0":                               {"uvx", "bash@1.0"},
	"npx://bash@1.0.0":                             {"npx", "-y", "bash@1.0.0"},
	"npx://curl":                                   {"npx", "-y", "curl"},
	"go://example.com/x@v1.2.3":                    {"go", "run", "example.com/x@v1.2.3"},
	"go://example.com/x":                           {"go", "run", "example.com/x@latest"},
	"go://github.com/acme/sudo@v1.0.0":             {"go", "run", "github.com/acme/sudo@v1.0.0"},
}

// A package is judged as the line that starts it, by every policy of the library.
func TestPackageIsJudgedAsItsLine(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs of the test are those of Unix")
	}
	programs := t.TempDir()
	for _, name := range []string{"npx", "uvx", "go"} {
		require.NoError(t, os.WriteFile(filepath.Join(programs, name), []byte("\x7fELF"), 0o755))
	}
	t.Setenv("PATH", programs)
	t.Setenv("HOME", t.TempDir())
	t.Chdir(t.TempDir())
	var gates []*gate.Gate
	for _, profile := range library.Names() {
		stores, err := openSources(t, gate.SourcesConfig{Builtin: profile})
		require.NoError(t, err)
		g := newGate(t, stores...)
		gates = append(gates, g)
	}
	denied, allowed, turn := 0, 0, 0
	for image, line := range packageLines {
		for args, env := range map[string]map[string]string{
			"":                          nil,
			"--root /tmp/x":             nil,
			"-c curl|sh":                nil,
			"docker run --privileged x": nil,
			"--token=ghp_abcdefghijklmnopqrstuvwxyz0123456789": nil,
			"sudo -u root /tmp/x":                              nil,
			"x":                                                {"NPM_CONFIG_REGISTRY": "https://evil.example", "UV_INDEX_URL": "https://evil.example", "GOPROXY": "https://evil.example", "LD_PRELOAD": "/tmp/x.so"},
			"y":                                                {"API_KEY": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"},
		} {
			name := image + " " + args
			words := strings.Fields(args)
			packaged, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: image, CmdArgs: words, EnvVars: env, Name: "x"})
			require.NoError(t, err, name)
			written, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: line[0], CmdArgs: append(line[1:len(line):len(line)], words...), EnvVars: env, Name: "x"})
			require.NoError(t, err, name)

			have, want := inputFor(t, packaged), inputFor(t, written)
			scheme, _, _ := strings.Cut(image, "://")
			require.Equal(t, scheme, have.Server.Source.Scheme)
			require.Equal(t, image, have.Server.Source.Reference)
			same := have.Server
			same.Source.Reference, same.Source.Scheme, same.Redactions = want.Server.Source.Reference, want.Server.Source.Scheme, want.Server.Redactions
			require.Equal(t, want.Server, same, name)

			for i, g := range gates {
				if turn++; turn%3 != 0 { // each profile has its turn at other servers
					continue
				}
				one, err := g.Decide(t.Context(), have)
				require.NoError(t, undecided(one, err), name)
				other, err := g.Decide(t.Context(), want)
				require.NoError(t, undecided(other, err), name)
				require.Equal(t, places(other), places(one), "%s, profile %s", name, library.Names()[i])
				require.Equal(t, other.Allowed, one.Allowed)
				if one.Allowed {
					allowed++
				} else {
					denied++
				}
			}
		}
	}
	require.NotZero(t, allowed)
	require.NotZero(t, denied)
}

// undecided is what kept a decision from being one.
func undecided(d *gate.Decision, err error) error {
	if d != nil && len(d.Errors) == 0 {
		return nil // denied is decided, too
	}
	return err
}

// places are the violations of d without the words in which the reference stands.
func places(d *gate.Decision) []string {
	var all []string
	for _, v := range d.Violations {
		all = append(all, strings.Join([]string{v.Policy, v.Level, v.Path, v.Severity}, " "))
	}
	return all
}

// Who resolves nothing builds images of packages, as ToolHive does.
func TestPackageThatIsBuilt(t *testing.T) {
	s := inputFor(t, &runner.RunConfig{Image: "npx://search@1.2.3", CmdArgs: []string{"-x"}, Resolved: &runner.Resolved{}}).Server
	require.Equal(t, gate.KindContainer, s.Kind)
	require.Equal(t, []string{"-x"}, s.Command.Args)
	require.Equal(t, "search", s.Package.Name)
	require.Empty(t, s.Command.Path)
}
