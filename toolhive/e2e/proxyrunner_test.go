//go:build unix

package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The proxy runner asks before it creates a server, and its log has the reason. A
// container engine that makes nothing is what it has here; in a cluster it is the
// same program over another runtime.
func TestProxyRunnerAsks(t *testing.T) {
	t.Parallel()
	d := newDaemon(t)
	// What the operator mounts, in the last place where the proxy runner looks.
	const config = `{"schema_version": "v0.1.0", "name": "search", "base_name": "search", "container_name": "search", "image": "example.com/acme/search:1",
		"transport": "stdio", "host": "127.0.0.1", "permission_profile": {"network": {"outbound": {}}}}`
	for name, c := range map[string]struct {
		rules, want string
		creates     bool
	}{
		"denied":    {rules: denyAll, want: "server creation blocked by policy: house: closed for today"},
		"undecided": {rules: "deny := true", want: "server creation blocked by policy: no verdict was reached: "},
		"allowed":   {rules: allowAll, want: "this engine makes nothing", creates: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t, d.socket, c.rules)
			require.NoError(t, os.WriteFile(filepath.Join(p.home, "runconfig.json"), []byte(config), 0o600))
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			cmd := p.command(ctx, "run", "example.com/acme/search:1")
			cmd.Path, cmd.Args[0] = proxyrunner, proxyrunner
			e := finish(t, cmd)
			require.Equal(t, 1, e.code, e.stderr)
			require.Contains(t, e.stdout+e.stderr, c.want)
			require.Len(t, p.decided(t), 1)
			if c.creates {
				require.Contains(t, d.changes(), "POST containers/create")
			} else {
				require.Empty(t, d.changes())
			}
		})
	}
}
