package runner_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestParseSecret(t *testing.T) {
	for s, want := range map[string]runner.Secret{
		"github,target=TOKEN":  {Name: "github", Target: "TOKEN"},
		"a.b/c-d,target=A,B":   {Name: "a.b/c-d", Target: "A,B"},
		" a ,target=,target":   {Name: " a ", Target: ",target"},
		"target,target=target": {Name: "target", Target: "target"},
	} {
		secret, err := runner.ParseSecret(s)
		require.NoError(t, err, s)
		require.Equal(t, want, secret, s)
	}
	for _, s := range []string{
		"", "hunter2", ",target=hunter2", "hunter2,target=", "hunter2,TARGET=A", "hunter2,b,target=A",
		"hunter2,target=A=B", "hunter2=,target=A", "hunter2\x00,target=A", "hunter2,target=A\x00",
	} {
		_, err := runner.ParseSecret(s)
		require.Error(t, err, s)
		require.NotContains(t, err.Error(), "hunter2", s)
	}
}

func TestEnvSecrets(t *testing.T) {
	t.Setenv("MCP_RUNNER_SECRET_github-token", "hunter2")
	t.Setenv("MCP_RUNNER_SECRET_EMPTY", "")
	value, err := runner.EnvSecrets(t.Context(), "github-token")
	require.NoError(t, err)
	require.Equal(t, "hunter2", value)

	for name, want := range map[string]string{
		"missing": "variable MCP_RUNNER_SECRET_missing is not set",
		"EMPTY":   "variable MCP_RUNNER_SECRET_EMPTY is empty",
		"":        "name of the secret is empty",
		"A=B":     "name of the secret contains '='",
	} {
		_, err := runner.EnvSecrets(t.Context(), name)
		require.EqualError(t, err, want)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = runner.EnvSecrets(ctx, "github-token")
	require.ErrorIs(t, err, context.Canceled)
}

func TestParseEnv(t *testing.T) {
	for s, want := range map[string]struct {
		name, value string
		hasValue    bool
	}{
		"A=b":     {"A", "b", true},
		"A=":      {"A", "", true},
		"A":       {"A", "", false},
		"A=b=c":   {"A", "b=c", true},
		`A="b c"`: {"A", `"b c"`, true},
	} {
		name, value, hasValue, err := runner.ParseEnv(s)
		require.NoError(t, err, s)
		require.Equal(t, want.name, name, s)
		require.Equal(t, want.value, value, s)
		require.Equal(t, want.hasValue, hasValue, s)
	}
	for _, s := range []string{"", "=hunter2", "A=hunter2\x00", "A\x00=hunter2"} {
		_, _, _, err := runner.ParseEnv(s)
		require.Error(t, err, s)
		require.NotContains(t, err.Error(), "hunter2", s)
	}
}

func TestParseEnvFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "env")
	write := func(data string) {
		require.NoError(t, os.WriteFile(path, []byte(data), 0o600))
	}
	write("\ufeffA=b\n" +
		"# comment\n" +
		"   # indented\n" +
		"\n" +
		"  INDENTED=x\n" +
		"TRAILING=x  \r\n" +
		"QUOTED=\"a b\" # no comment\n" +
		"EMPTY=\n" +
		"HOST\n" +
		"TWICE=1\n" +
		"TWICE=2\n" +
		"FIRST=1\n" +
		"FIRST\n" +
		"LAST\n" +
		"LAST=1\n" +
		"LONG=" + strings.Repeat("x", 100_000) + "\n" +
		"END=x")
	vars, host, err := runner.ParseEnvFile(path)
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"A": "b", "INDENTED": "x", "TRAILING": "x  ", "QUOTED": `"a b" # no comment`, "EMPTY": "",
		"TWICE": "2", "LAST": "1", "LONG": strings.Repeat("x", 100_000), "END": "x",
	}, vars)
	require.Equal(t, []string{"HOST", "FIRST"}, host)

	for data, want := range map[string]string{
		"A=b\n=hunter2":                          ":2: name of the variable is empty",
		"hunter2 b=c":                            ":1: name of the variable contains white space",
		"export A=hunter2":                       ":1: name of the variable contains white space",
		"A=hunter2\xff":                          ":1: invalid UTF-8",
		"A=hunter2\x00":                          ":1: variable A: value contains a NUL byte",
		"A=hunter2" + strings.Repeat("x", 1<<20): ": larger than 1048576 bytes",
	} {
		write(data)
		_, _, err := runner.ParseEnvFile(path)
		require.ErrorContains(t, err, "env file "+path+want)
		require.NotContains(t, err.Error(), "hunter2")
	}
	_, _, err = runner.ParseEnvFile(path + ".missing")
	require.ErrorIs(t, err, os.ErrNotExist)
}
