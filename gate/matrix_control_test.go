package gate_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"
)

// controls hold that servers are created where nothing is wrong.
func controls() []fault {
	return []fault{{
		name: "nothing is wrong (control)",
		cells: map[string]func(c *cell){
			atStart: func(c *cell) {
				g, store := c.open(goodSource(c))
				require.NoError(c, store.Status().LastError)
				c.allowed(g, remoteNamed("fine"))
				c.denied(g, remoteNamed("stopped"), "good: stopped here")
			},
			atReload: func(c *cell) {
				dir := goodSource(c)
				g, store := c.open(dir)
				c.allowed(g, remoteNamed("fine"))
				before := store.Status().Revision
				putFiles(c, dir, map[string]string{"more.rego": denyNamed("more", "other")})
				c.await("reload", func() bool { return store.Status().Revision != before })
				c.allowed(g, remoteNamed("fine"))
				c.denied(g, remoteNamed("other"), "more: stopped here")
			},
			atAgain: func(c *cell) {
				dir := filepath.Join(c.TempDir(), "policy")
				g, store := c.open(dir)
				c.undecided(g, remoteNamed("fine"), "no such file|cannot find")
				require.NoError(c, os.Rename(goodSource(c), dir))
				c.await("load", func() bool { return store.Status().LastError == nil })
				c.allowed(g, remoteNamed("fine"))
				c.denied(g, remoteNamed("stopped"), "good: stopped here")
			},
			atDecision: func(c *cell) {
				g, _ := c.open(goodSource(c))
				c.denied(g, remoteNamed("stopped"), "good: stopped here")
				c.allowed(g, remoteNamed("fine"))
			},
		},
	}}
}

// denyNamed is a policy that denies a server by its name.
func denyNamed(policy, server string) string {
	return fmt.Sprintf("package mcp.policy.%s\n\ndeny contains \"stopped here\" if input.server.name == %q\n", policy, server)
}
