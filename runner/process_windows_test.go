package runner_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func TestBatchFileArguments(t *testing.T) {
	line, err := runner.BatchCommandLine(`C:\Program Files\npx.cmd`, []string{"-y", "pkg@^1.2", "two words", `C:\dir\`, "", "a&calc", "a|b>c"})
	require.NoError(t, err)
	require.Equal(t, `"C:\Program Files\npx.cmd" "-y" "pkg@^1.2" "two words" "C:\dir\\" "" "a&calc" "a|b>c"`, line)

	for _, argument := range []string{`"&calc`, "%PATH%", "a\nb", "a\rb"} {
		_, err := runner.BatchCommandLine(`C:\npx.cmd`, []string{"-y", argument})
		require.ErrorContains(t, err, "argument 2: ", argument)
	}
}
