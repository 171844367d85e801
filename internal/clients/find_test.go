package clients_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// machine is one without an environment.
func machine(home string) clients.Machine {
	return clients.Machine{OS: "linux", Home: home, Root: filepath.Join(home, "root")}
}

// write makes a file and the directories on the way to it.
func write(t *testing.T, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// found are the paths of locations below dir, with the clients before them.
func found(dir string, locations []clients.Location) []string {
	var paths []string
	for _, loc := range locations {
		rel := strings.TrimPrefix(filepath.ToSlash(loc.Path), filepath.ToSlash(dir)+"/")
		paths = append(paths, loc.Client.ID+" "+loc.Scope+" "+rel)
	}
	return paths
}

func TestFindTheSampleHome(t *testing.T) {
	t.Parallel()
	home := absolute(t, filepath.Join(testdata, "home"))
	locations, problems := clients.Find(t.Context(), machine(home))
	require.Empty(t, problems)
	require.Equal(t, []string{
		"claude-desktop user .config/Claude/claude_desktop_config.json",
		"claude-code user .claude.json",
		"vscode user .config/Code/User/mcp.json",
		"cursor user .cursor/mcp.json",
		"windsurf user .codeium/windsurf/mcp_config.json",
		"zed user .config/zed/settings.json",
		"continue user .continue/config.yaml",
		"codex user .codex/config.toml",
	}, found(home, locations))
	servers := 0
	for _, loc := range locations {
		file, err := clients.Read(t.Context(), loc)
		require.NoError(t, err)
		require.Empty(t, file.Problems, loc.Path)
		for _, s := range file.Servers {
			require.NotNil(t, s.Config, "%s: %s", s.Name, s.Problem)
			servers++
		}
	}
	require.Equal(t, 18, servers)
}

// The table that people read and the one that Find goes by are the same: a file
// in every place of every system is found.
func TestFindEveryPlace(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "darwin", "windows"} {
		t.Run(system, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			m := clients.Machine{
				OS: system, Home: filepath.Join(dir, "home"), Root: filepath.Join(dir, "root"),
				Projects: []string{filepath.Join(dir, "project")},
			}
			prefixes := strings.NewReplacer(
				"%APPDATA%", m.Home+"/AppData/Roaming", "%LOCALAPPDATA%", m.Home+"/AppData/Local",
				"%ProgramFiles%", m.Root+"/C:/Program Files", "%USERPROFILE%", m.Home,
				"C:/ProgramData", m.Root+"/C:/ProgramData", "PROJECT", m.Projects[0], "*", "any",
			)
			places := clients.Places(system)
			var want []string
			for _, p := range places {
				path := prefixes.Replace(strings.ReplaceAll(p.Path, `\`, "/"))
				switch {
				case strings.HasPrefix(path, "~/"):
					path = m.Home + path[1:]
				case !strings.HasPrefix(path, dir):
					path = m.Root + path
				}
				write(t, path, "{}")
				want = append(want, p.Client.ID+" "+p.Scope+" "+strings.TrimPrefix(path, dir+"/"))
			}
			locations, problems := clients.Find(t.Context(), m)
			require.Empty(t, problems)
			require.ElementsMatch(t, want, found(dir, locations))
			for _, loc := range locations {
				require.Equal(t, system, loc.OS)
				require.Equal(t, m.Home, loc.Home)
				require.Equal(t, loc.Scope == clients.ScopeProject, loc.Project == m.Projects[0])
				client, _, err := clients.Detect(loc.Path, []byte("{}"))
				require.NoError(t, err, "a file in a known place is its client's, whatever it holds")
				require.NotEmpty(t, client.ID)
			}
		})
	}
}

func TestFindGoesByTheEnvironment(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := machine(filepath.Join(dir, "home"))
	env := map[string]string{
		"XDG_CONFIG_HOME": filepath.Join(dir, "config"), "CODEX_HOME": filepath.Join(dir, "codex"),
		"CLAUDE_CONFIG_DIR": filepath.Join(dir, "claude"), "COPILOT_HOME": "relative",
	}
	m.Getenv = func(name string) string { return env[name] }
	write(t, filepath.Join(dir, "config/zed/settings.json"), "{}")
	write(t, filepath.Join(dir, "codex/config.toml"), "")
	write(t, filepath.Join(dir, "claude/.claude.json"), "{}")
	write(t, filepath.Join(m.Home, ".config/zed/settings.json"), "{}")
	write(t, filepath.Join(m.Home, ".copilot/mcp-config.json"), "{}")
	locations, problems := clients.Find(t.Context(), m)
	require.Empty(t, problems)
	require.Equal(t, []string{
		"claude-code user claude/.claude.json", "zed user config/zed/settings.json", "codex user codex/config.toml",
		"copilot-cli user home/.copilot/mcp-config.json",
	}, found(dir, locations))
}

func TestFindLooksIntoTheProjectsThatClientsKnow(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := machine(filepath.Join(dir, "home"))
	m.Projects = []string{filepath.Join(dir, "given")}
	write(t, filepath.Join(m.Home, ".claude.json"), `{"projects": {"`+filepath.ToSlash(dir)+`/claude": {}, "relative": {}}}`)
	write(t, filepath.Join(m.Home, ".config/Code/User/workspaceStorage/1/workspace.json"), `{"folder": "file://`+filepath.ToSlash(dir)+`/with%20space"}`)
	write(t, filepath.Join(m.Home, ".config/Code/User/workspaceStorage/2/workspace.json"), `{"folder": "vscode-remote://ssh/somewhere"}`)
	write(t, filepath.Join(m.Home, ".config/Code/User/workspaceStorage/3/workspace.json"), `{`)
	write(t, filepath.Join(dir, "given/.cursor/mcp.json"), "{}")
	write(t, filepath.Join(dir, "claude/.mcp.json"), "{}")
	write(t, filepath.Join(dir, "with space/.vscode/mcp.json"), "{}")
	locations, problems := clients.Find(t.Context(), m)
	require.Empty(t, problems)
	require.Equal(t, []string{
		"claude-code user home/.claude.json", "claude-code project claude/.mcp.json",
		"vscode project with space/.vscode/mcp.json", "cursor project given/.cursor/mcp.json",
	}, found(dir, locations))
	require.Equal(t, filepath.Join(dir, "claude"), locations[1].Project)
}

func TestFindFollowsLinksAndTakesAFileOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := machine(dir)
	real := write(t, filepath.Join(dir, "dotfiles/mcp.json"), "{}")
	for _, path := range []string{".cursor/mcp.json", ".codeium/windsurf/mcp_config.json"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, path)), 0o755))
		require.NoError(t, os.Symlink(real, filepath.Join(dir, path)))
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".junie/mcp"), 0o755))
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, ".junie/mcp/mcp.json")))
	require.NoError(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	require.NoError(t, os.Symlink(filepath.Join(dir, "loop"), filepath.Join(dir, ".codex")))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".gemini/settings.json"), 0o755))
	write(t, filepath.Join(dir, ".lmstudio"), "a file where a directory would be")
	locations, problems := clients.Find(t.Context(), m)
	require.Equal(t, []string{"cursor user .cursor/mcp.json"}, found(dir, locations))
	var said []string
	for _, p := range problems {
		said = append(said, strings.TrimPrefix(p.String(), dir+"/"))
	}
	require.Contains(t, said, ".junie/mcp/mcp.json: is a symbolic link to nothing")
	require.Contains(t, said, ".gemini/settings.json: is not a regular file")
	require.Len(t, said, 4, "%v", said) // and the two files below the loop
}

func TestFindGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	locations, problems := clients.Find(ctx, machine(absolute(t, filepath.Join(testdata, "home"))))
	require.Empty(t, locations)
	require.Empty(t, problems)
}

func TestProjects(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, path := range []string{
		"a/.mcp.json", "b/c/.vscode/mcp.json", "b/c/d/e/.mcp.json", "node_modules/x/.mcp.json", ".hidden/.mcp.json", "none/main.go",
	} {
		write(t, filepath.Join(dir, path), "{}")
	}
	require.NoError(t, os.Symlink(filepath.Join(dir, "a"), filepath.Join(dir, "link")))
	for depth, want := range map[int][]string{
		0: nil, 1: {"a"}, 2: {"a", "b/c"}, 4: {"a", "b/c", "b/c/d/e"},
	} {
		got, problems := clients.Projects(t.Context(), dir, depth)
		require.Empty(t, problems)
		for i := range got {
			got[i] = strings.TrimPrefix(filepath.ToSlash(got[i]), filepath.ToSlash(dir)+"/")
		}
		require.Equal(t, want, got, "depth %d", depth)
	}
	_, problems := clients.Projects(t.Context(), filepath.Join(dir, "missing"), 1)
	require.Len(t, problems, 1)
}

func TestKnownClients(t *testing.T) {
	t.Parallel()
	ids := map[string]bool{}
	for _, c := range clients.Known() {
		require.False(t, ids[c.ID], c.ID)
		require.NotEmpty(t, c.Name)
		require.True(t, strings.HasPrefix(c.Docs, "https://"), c.ID)
		ids[c.ID] = true
	}
	for _, id := range []string{
		"claude-desktop", "claude-code", "vscode", "cursor", "windsurf", "zed", "continue", "codex", "gemini", "jetbrains",
		"toolhive", "docker-mcp", "cline", "roo-code", "goose", "lm-studio", "opencode", "amazon-q", "copilot-cli",
	} {
		require.True(t, ids[id], id)
		_, err := os.Stat(filepath.Join(testdata, "samples", id))
		require.NoError(t, err, "no sample")
	}
}
