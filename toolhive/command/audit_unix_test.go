//go:build unix

package command_test

import (
	"bytes"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	"github.com/stacklok/toolhive/pkg/labels"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/toolhive/command"
)

// A saved run config that does not open keeps no other from being judged, and the
// inspector is judged though nothing of it is saved.
func TestAuditOfOddThings(t *testing.T) {
	dir := save(t, map[string]string{"good": configs["good"], "list": "[]"})
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "fifo.json"), 0o600))
	command.SetReadDeadline(t, 50*time.Millisecond)
	inspector := containerOf("inspector", "ghcr.io/modelcontextprotocol/inspector:1", "running")
	labels.AddStandardLabels(inspector.Labels, "inspector", "inspector", "inspector", 6274)
	evil := containerOf("evil", "evil:1", "running")
	for _, c := range []rt.ContainerInfo{inspector, evil} {
		c.Labels[labels.LabelAuxiliary] = "true"
	}
	var stdout, stderr bytes.Buffer
	f := &ships{containers: []rt.ContainerInfo{inspector, evil}, proxies: map[string]bool{"fifo": false, "good": false, "list": false}}
	requireExit3(t, command.Audit(t.Context(), policyOf(t, auditPolicy), f, "table", true, &stdout, &stderr))
	require.Regexp(t, `\nfifo .* not judged .* reading its run config: the deadline of 50ms passed`, stdout.String())
	require.Regexp(t, `\nlist .* not judged .* its run config cannot be read: all of it has a value of the wrong type`, stdout.String())
	require.Regexp(t, `\ngood .* allowed `, stdout.String())
	require.Regexp(t, `\ninspector +running +ghcr.io/modelcontextprotocol/inspector:1 +allowed `, stdout.String())
	require.Equal(t, []string{"evil"}, f.stopped, "a label alone makes nothing the inspector")
}
