package command_test

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/stacklok/toolhive/cmd/thv/app"

	"github.com/mcp-runner/mcp-runner/toolhive"
	"github.com/mcp-runner/mcp-runner/toolhive/command"
)

// lookAlike is a root with the commands and flags that Wrap needs, of which none
// does anything.
func lookAlike() *cobra.Command {
	none := func(*cobra.Command, []string) error { return nil }
	leaf := func(use string, flags ...func(*cobra.Command)) *cobra.Command {
		c := &cobra.Command{Use: use, RunE: none}
		for _, add := range flags {
			add(c)
		}
		return c
	}
	text := func(names ...string) func(*cobra.Command) {
		return func(c *cobra.Command) {
			for _, name := range names {
				c.Flags().String(name, "", "")
			}
		}
	}
	root := &cobra.Command{Use: "thv"}
	proxy := leaf("proxy NAME",
		func(c *cobra.Command) { app.AddRemoteAuthFlags(c, &app.RemoteAuthFlags{}) }, app.AddOIDCFlags,
		text("host", "port", "target-uri", "allowed-origins", "max-request-body-size", "resource-url",
			"remote-forward-headers", "remote-forward-headers-secret"))
	proxy.AddCommand(leaf("tunnel TARGET NAME", text("tunnel-provider", "provider-args")), leaf("stdio NAME"))
	registry := &cobra.Command{Use: "registry"}
	registry.AddCommand(leaf("login", text("registry", "allow-private-ip")))
	vmcp := &cobra.Command{Use: "vmcp"}
	vmcp.AddCommand(leaf("serve", text("config", "host", "port", "optimizer-embedding", "embedding-model", "embedding-image")))
	root.AddCommand(
		leaf("run SERVER", func(c *cobra.Command) { app.AddRunFlags(c, &app.RunFlags{}) }, app.AddOIDCFlags),
		leaf("build PROTOCOL", text("tag", "output", "dry-run", "build-with")),
		registry, proxy, leaf("inspector", text("ui-port", "mcp-proxy-port")), vmcp,
		leaf("runs"), leaf("building"), // no command is taken for another that begins alike
	)
	return root
}

func TestWrapFits(t *testing.T) {
	require.NoError(t, command.Wrap(lookAlike(), toolhive.FromEnvironment(toolhive.Options{})))
}

// What Wrap needs and ToolHive no longer has is an error that names it.
func TestWrapFailsLoudly(t *testing.T) {
	for name, c := range map[string]struct {
		path []string
		flag string
		want string
	}{
		"run":           {path: []string{"run"}},
		"build":         {path: []string{"build"}},
		"login":         {path: []string{"registry", "login"}},
		"registry":      {path: []string{"registry"}, want: "registry login"},
		"proxy":         {path: []string{"proxy"}},
		"tunnel":        {path: []string{"proxy", "tunnel"}},
		"stdio":         {path: []string{"proxy", "stdio"}},
		"inspector":     {path: []string{"inspector"}},
		"vmcp serve":    {path: []string{"vmcp", "serve"}},
		"embedding":     {path: []string{"vmcp", "serve"}, flag: "embedding-image"},
		"name":          {path: []string{"run"}, flag: "name"},
		"isolation":     {path: []string{"run"}, flag: "isolate-network"},
		"issuer":        {path: []string{"run"}, flag: "oidc-issuer"},
		"tag":           {path: []string{"build"}, flag: "tag"},
		"dry run":       {path: []string{"build"}, flag: "dry-run"},
		"output":        {path: []string{"build"}, flag: "output"},
		"build-with":    {path: []string{"build"}, flag: "build-with"},
		"registry flag": {path: []string{"registry", "login"}, flag: "registry"},
		"private":       {path: []string{"registry", "login"}, flag: "allow-private-ip"},
		"target":        {path: []string{"proxy"}, flag: "target-uri"},
		"bearer":        {path: []string{"proxy"}, flag: "remote-auth-bearer-token"},
		"host":          {path: []string{"proxy"}, flag: "host"},
		"provider":      {path: []string{"proxy", "tunnel"}, flag: "tunnel-provider"},
		"ui port":       {path: []string{"inspector"}, flag: "ui-port"},
		"proxy port":    {path: []string{"inspector"}, flag: "mcp-proxy-port"},
	} {
		t.Run(name, func(t *testing.T) {
			root := lookAlike()
			if c.flag == "" {
				remove(t, root, c.path)
			} else {
				removeFlag(t, root, c.path, c.flag)
			}
			err := command.Wrap(root, toolhive.FromEnvironment(toolhive.Options{}))
			want := c.want
			if want == "" {
				want = strings.Join(c.path, " ")
			}
			require.ErrorContains(t, err, `command "`+want+`": ToolHive has no`)
			if c.flag == "" {
				require.ErrorContains(t, err, `"`+c.path[len(c.path)-1]+`"`)
			} else {
				require.ErrorContains(t, err, "--"+c.flag)
			}
		})
	}
	t.Run("no RunE", func(t *testing.T) {
		root := lookAlike()
		find(t, root, []string{"build"}).RunE = nil
		require.ErrorContains(t, command.Wrap(root, toolhive.FromEnvironment(toolhive.Options{})), `command "build": ToolHive does not run it by RunE`)
	})
}

func find(t *testing.T, root *cobra.Command, path []string) *cobra.Command {
	t.Helper()
	cmd, rest, err := root.Find(path)
	require.NoError(t, err)
	require.Empty(t, rest)
	return cmd
}

func remove(t *testing.T, root *cobra.Command, path []string) {
	t.Helper()
	cmd := find(t, root, path)
	cmd.Parent().RemoveCommand(cmd)
}

func removeFlag(t *testing.T, root *cobra.Command, path []string, name string) {
	t.Helper()
	flag := find(t, root, path).Flags().Lookup(name)
	require.NotNil(t, flag)
	cmd := find(t, root, path)
	kept := *cmd.Flags()
	cmd.ResetFlags()
	kept.VisitAll(func(f *pflag.Flag) {
		if f.Name != name {
			cmd.Flags().AddFlag(f)
		}
	})
}
