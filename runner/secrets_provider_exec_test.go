//go:build !windows

package runner_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestExecSecrets(t *testing.T) {
	t.Setenv("RUNNER_TEST_CANARY", "canary")
	t.Setenv("MCP_RUNNER_SECRET_X", "canary")
	ask := func(lines string) (string, error) {
		secrets, err := runner.ParseSecretProvider("exec:" + program(t, lines))
		require.NoError(t, err)
		return secrets(t.Context(), "github-token")
	}
	for lines, want := range map[string]string{
		`echo "$1 $#"`:                         "github-token 1",
		`printf 'a\r\n'`:                       "a",
		`printf 'a\n\n'`:                       "a\n",
		"cat; echo end":                        "end",
		"echo hunter2 >&2; echo x":             "x",
		"env | grep -c canary || :":            "0",
		"head -c 65536 /dev/zero | tr '\\0' a": strings.Repeat("a", 64<<10),
	} {
		value, err := ask(lines)
		require.NoError(t, err, lines)
		require.Equal(t, want, value, lines)
	}
	for lines, want := range map[string]string{
		"echo hunter2; echo hunter2 >&2; exit 3": "secret provider provider: ended with exit code 3",
		"echo hunter2; kill -9 $$":               "secret provider provider: ended with exit code 137",
		":":                                      "the value is empty",
		"printf 'hunter2\\0'":                    "the value contains a NUL byte",
		"while :; do echo hunter2; done":         "the value is longer than 64 KiB",
		"trap '' PIPE; while :; do echo hunter2; done":   "the value is longer than 64 KiB",
		"head -c 65600 /dev/zero | tr '\\0' h; sleep 60": "the value is longer than 64 KiB",
	} {
		began := time.Now()
		_, err := ask(lines)
		require.EqualError(t, err, want, lines)
		require.Less(t, time.Since(began), 10*time.Second, lines)
	}

	// A path without a slash in it is looked up through PATH.
	file := program(t, "echo found")
	t.Setenv("PATH", filepath.Dir(file)+":"+os.Getenv("PATH"))
	secrets, err := runner.ParseSecretProvider("exec:provider")
	require.NoError(t, err)
	value, err := secrets(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "found", value)
}

// Nothing that the program started is left, however it ends.
func TestExecSecretsLeaveNothing(t *testing.T) {
	for name, lines := range map[string]string{
		"ended":    "sleep 300 & echo $! >PID; echo x",
		"held":     "sleep 300 >/dev/null & echo $! >PID; exit 1",
		"canceled": "sleep 300 & echo $! >PID; wait",
	} {
		t.Run(name, func(t *testing.T) {
			pid := filepath.Join(t.TempDir(), "pid")
			secrets, err := runner.ParseSecretProvider("exec:" + program(t, strings.ReplaceAll(lines, ">PID", ">'"+pid+"'")))
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(t.Context())
			if name == "canceled" {
				go func() { // ends with the test, which waits for the file
					for ctx.Err() == nil {
						if text, err := os.ReadFile(pid); err == nil && len(text) > 1 {
							cancel()
						}
					}
				}()
			}
			_, err = secrets(ctx, "a")
			switch name {
			case "ended":
				require.NoError(t, err)
			case "canceled":
				require.ErrorIs(t, err, context.Canceled)
			default:
				require.ErrorContains(t, err, "exit code 1")
			}
			cancel()
			text, err := os.ReadFile(pid)
			require.NoError(t, err)
			id, err := strconv.Atoi(strings.TrimSpace(string(text)))
			require.NoError(t, err)
			require.Eventually(t, func() bool { return gone(id) }, 5*time.Second, 5*time.Millisecond)
		})
	}
}

func TestExecSecretsTimeout(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	secrets, err := runner.ExecSecretsWithin(program(t, "echo hunter2; sleep 300 & echo $! >'"+pid+"'; trap '' TERM; wait"), 500*time.Millisecond)
	require.NoError(t, err)
	_, err = secrets(t.Context(), "a")
	require.EqualError(t, err, "secret provider provider: has not ended within 500ms")
	if text, err := os.ReadFile(pid); err == nil { // a busy machine may not have come so far
		id, err := strconv.Atoi(strings.TrimSpace(string(text)))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return gone(id) }, 5*time.Second, 5*time.Millisecond)
	}
}
