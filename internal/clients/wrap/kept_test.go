package wrap_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
)

// A server that goes through mcp-runner with flags that switch checks off is not
// one that is as it shall be.
func TestWeakenedServersAreLeft(t *testing.T) {
	for args, want := range map[string]wrap.Action{
		`"run", "--stdio", "--", "npx", "x"`:                                  wrap.Kept,
		`"run", "--stdio", "--policy", "/p", "--", "npx", "x"`:                wrap.Kept,
		`"run", "--stdio", "--", "npx", "--no-builtin"`:                       wrap.Kept,
		`"run", "--stdio", "--name", "--no-builtin", "--", "npx"`:             wrap.Kept,
		`"run", "--stdio", "--name", "--", "--no-builtin", "--", "npx"`:       wrap.Left,
		`"run", "--no-builtin", "--", "npx", "x"`:                             wrap.Left,
		`"run", "--stdio", "--no-builtin=true", "--", "npx", "x"`:             wrap.Left,
		`"run", "--insecure-policy-permissions", "--stdio", "--", "x"`:        wrap.Left,
		`"run", "--decision-log-required=false", "--stdio", "--", "npx", "x"`: wrap.Left,
		`"run", "--decision-log", "/dev/null", "--stdio", "--", "npx", "x"`:   wrap.Left,
		`"run", "--on-policy-change", "ignore", "--stdio", "--", "npx", "x"`:  wrap.Left,
	} {
		before := `{"mcpServers": {"a": {"command": "mcp-runner", "args": [` + args + `]}}}`
		r := wrapText(t, jsonFormat, before)
		require.Equal(t, before, string(r.Data))
		require.Equal(t, want, r.Changes[0].Action, args)
	}
}

// The same file under another name is mcp-runner, too.
func TestAnotherNameIsKept(t *testing.T) {
	dir := t.TempDir()
	program, other := filepath.Join(dir, "mcp-runner"), filepath.Join(dir, "gate")
	require.NoError(t, os.WriteFile(program, []byte("x"), 0o700))
	require.NoError(t, os.Link(program, other))
	before := `{"mcpServers": {"a": {"command": "` + filepath.ToSlash(other) + `", "args": ["run", "--stdio", "--", "npx"]}}}`
	r, err := wrap.Wrap(jsonFormat, []byte(before), wrap.Options{Runner: program})
	require.NoError(t, err)
	require.Equal(t, wrap.Kept, r.Changes[0].Action)
	require.Equal(t, before, string(r.Data))
}
