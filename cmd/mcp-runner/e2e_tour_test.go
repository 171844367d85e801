package main_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTour follows docs/tour.md: its commands in their order, and what it says
// that they print.
func TestTour(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("npx"); err != nil && os.Getenv("CI") == "" {
		t.Skip("npx is not installed; CI runs this test")
	}
	page, err := os.ReadFile("../../docs/tour.md")
	require.NoError(t, err)
	repository, err := filepath.Abs("../..")
	require.NoError(t, err)
	clone := t.TempDir()
	require.NoError(t, os.Symlink(filepath.Join(repository, "testdata"), filepath.Join(clone, "testdata")))
	tools := t.TempDir()
	require.NoError(t, os.Symlink(binary, filepath.Join(tools, "mcp-runner")))
	client := filepath.Join(tools, "client")
	out, err := exec.Command("go", "build", "-o", client, "../../examples/client").CombinedOutput()
	require.NoError(t, err, "%s", out)
	env := append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "MCP_RUNNER_POLICY=",
		"npm_config_cache="+t.TempDir(), "PATH="+tools+string(filepath.ListSeparator)+os.Getenv("PATH"))

	dir := clone
	run := func(command string) string {
		cmd := exec.Command("bash", "-c", strings.ReplaceAll(command, "go run ../examples/client", client)+"\npwd >&3")
		cmd.Dir, cmd.Env = dir, env
		at, err := os.Create(filepath.Join(t.TempDir(), "pwd"))
		require.NoError(t, err)
		defer at.Close()
		cmd.ExtraFiles = []*os.File{at}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			require.NoError(t, err, command)
		}
		now, err := os.ReadFile(at.Name())
		require.NoError(t, err)
		dir = strings.TrimSpace(string(now))
		return string(out)
	}

	const config = "home/.config/Claude/claude_desktop_config.json"
	printed, texts := "", 0
	for _, block := range regexp.MustCompile("(?ms)^```(sh|yaml|text)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		switch kind, text := block[1], block[2]; kind {
		case "sh":
			printed = ""
			for command := range strings.Lines(text) {
				shown := run(command)
				t.Logf("$ %s%s", command, shown)
				printed += shown
				checkTour(t, dir, strings.TrimSpace(command), shown)
			}
		case "yaml": // the one change that the page asks for
			require.NotEmpty(t, strings.TrimSpace(text))
			data := filepath.Join(dir, "mcp-policies", "policy", "data.yaml")
			before, err := os.ReadFile(data)
			require.NoError(t, err)
			require.Contains(t, string(before), strings.TrimSuffix(text, "\n"))
			after := strings.Replace(string(before), strings.TrimSuffix(text, "\n"), strings.Replace(strings.TrimSuffix(text, "\n"), "warn", "deny", 1), 1)
			require.NoError(t, os.WriteFile(data, []byte(after), 0o644))
		case "text":
			texts++
			for line := range strings.Lines(text) {
				requireShown(t, printed, line)
			}
		}
	}
	require.Equal(t, 3, texts)
	require.NoDirExists(t, filepath.Join(clone, "tour"))
	require.Contains(t, string(page), config)
}

// checkTour looks at what a command of the tour is there for.
func checkTour(t *testing.T, dir, command, shown string) {
	t.Helper()
	switch {
	case strings.Contains(command, "-o html"):
		page, err := os.ReadFile(filepath.Join(dir, "audit.html"))
		require.NoError(t, err)
		require.Contains(t, string(page), "packages.known_bad")
	case strings.HasPrefix(command, "mcp-runner policy test"):
		require.Regexp(t, `\d passed\n`, shown)
		require.NotContains(t, shown, "failed")
	case strings.HasPrefix(command, "mcp-runner wrap") && !strings.Contains(command, "--dry-run"):
		require.Equal(t, 3, strings.Count(shown, "  wrapped "), shown)
	case strings.HasPrefix(command, "mcp-runner policy waive"):
		require.Contains(t, shown, "policy: environment.interpreters")
	case strings.HasPrefix(command, "cmp "):
		require.Equal(t, "the same\n", shown)
	}
}

// requireShown holds a line of the page to what was printed, which is wider than
// the terminal of the page.
func requireShown(t *testing.T, printed, line string) {
	t.Helper()
	words := strings.Fields(strings.TrimSuffix(strings.TrimSpace(line), "…"))
	if len(words) == 0 || words[0] == "CLIENT" {
		return
	}
	if policy, ok := strings.CutSuffix(words[0], ":"); ok && strings.HasPrefix(line, "  ") {
		require.Contains(t, printed, policy)
		return
	}
	var parts []string
	for _, word := range words {
		word, cut := strings.CutSuffix(word, "…")
		part := regexp.QuoteMeta(word)
		if cut {
			part += `.*`
		}
		parts = append(parts, part)
	}
	require.Regexp(t, fmt.Sprintf("(?m)^%s", strings.Join(parts, `\s+`)), printed)
}
