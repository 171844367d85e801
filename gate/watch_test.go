package gate_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

func TestAwaitPolicyChange(t *testing.T) {
	t.Parallel()
	const (
		allow = "package mcp.policy.day\n\ndeny contains \"closed\" if input.server.name == \"\\n\"\n"
		deny  = "package mcp.policy.day\n\ndeny contains \"closed\"\n"
	)
	dir := t.TempDir()
	file := filepath.Join(dir, "day.rego")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o644)) }
	write(allow)
	followed, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: rego.LoadConfig{Name: "dir", Dir: dir, InputSchema: gate.InputSchema()}})
	require.NoError(t, err)
	defer func() { require.NoError(t, followed.Close()) }()
	g, recorded := newRecordedGate(t, open(t, "fixed", allow), followed)
	cfg, err := runner.Resolve(t.Context(), &runner.RunConfig{RemoteURL: "https://mcp.example/mcp"})
	require.NoError(t, err)

	first := g.PolicyRevision()
	require.NoError(t, g.CheckRunningServer(t.Context(), cfg))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = g.AwaitPolicyChange(ctx, first)
	require.ErrorIs(t, err, context.DeadlineExceeded, "nothing changed")

	changed := make(chan string, 1)
	go func() {
		revision, err := g.AwaitPolicyChange(t.Context(), first)
		if err != nil {
			revision = err.Error()
		}
		changed <- revision
	}()
	write(deny)
	second := <-changed
	require.NotEqual(t, first, second)
	require.Equal(t, g.PolicyRevision(), second)
	now, err := g.AwaitPolicyChange(t.Context(), first)
	require.NoError(t, err, "a change that was before the question is seen")
	require.Equal(t, second, now)

	denied, ok := errors.AsType[*gate.DeniedError](g.CheckRunningServer(t.Context(), cfg))
	require.True(t, ok)
	require.True(t, denied.Decision.Running)
	require.Equal(t, second, denied.Decision.Revision)
	require.True(t, recorded.last.Running, "the record says what was asked")
	require.Error(t, g.CheckCreateServer(t.Context(), cfg))
	require.False(t, recorded.last.Running)
}
