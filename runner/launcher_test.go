//go:build unix

package runner_test

import (
	"path/filepath"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/launch"
	"github.com/stretchr/testify/require"
)

func TestResolveLaunch(t *testing.T) {
	root := tree(t, map[string]string{
		"bin/docker":      "\x7fELF docker",
		"bin/podman":      "\x7fELF podman",
		"bin/innocent":    "->docker",
		"bin/npx":         "->../lib/npx-cli.js",
		"bin/env":         "\x7fELF env",
		"bin/busybox":     "\x7fELF busybox",
		"bin/sh":          "->busybox",
		"lib/npx-cli.js":  "#!" + "/bin/sh\n",
		"wrap":            "#!./bin/docker run\n",
		"server.sh":       "#!./bin/busybox sh\n",
		"data/file.txt":   "",
		"link":            "->data",
		"volumes/x/y.txt": "",
	})
	t.Chdir(root)
	t.Setenv("PATH", root+"/bin")
	resolve := func(cfg runner.RunConfig) *runner.Resolved {
		t.Helper()
		c, err := runner.Resolve(t.Context(), &cfg)
		require.NoError(t, err)
		return c.Resolved
	}
	for name, tt := range map[string]struct {
		cfg    runner.RunConfig
		kind   string
		opaque bool
	}{
		"docker":              {runner.RunConfig{Command: "docker", CmdArgs: []string{"run", "img"}}, "container", false},
		"a link to it":        {runner.RunConfig{Command: "innocent", CmdArgs: []string{"run", "img"}}, "container", false},
		"npx":                 {runner.RunConfig{Command: "npx", CmdArgs: []string{"-y", "pkg"}}, "process", false},
		"applet":              {runner.RunConfig{Command: "sh", CmdArgs: []string{"-c", "docker run img"}}, "container", false},
		"path":                {runner.RunConfig{Command: root + "/bin/docker", CmdArgs: []string{"run", "img"}}, "container", false},
		"relative path":       {runner.RunConfig{Command: "bin/docker", CmdArgs: []string{"run", "img"}}, "container", true},
		"script of a client":  {runner.RunConfig{Command: root + "/wrap", CmdArgs: []string{"img"}}, "container", true},
		"script of a shell":   {runner.RunConfig{Command: root + "/server.sh", CmdArgs: []string{"-c", "x"}}, "process", false},
		"variable":            {runner.RunConfig{Command: "docker", CmdArgs: []string{"run", "img"}, EnvVars: map[string]string{"DOCKER_HOST": "x"}}, "container", true},
		"variable of host":    {runner.RunConfig{Command: "docker", CmdArgs: []string{"run", "img"}, HostEnv: []string{"DOCKER_CONTEXT"}}, "container", true},
		"variable, secret":    {runner.RunConfig{Command: "docker", CmdArgs: []string{"run", "img"}, Secrets: []string{"a,target=DOCKER_HOST"}}, "container", true},
		"variable for others": {runner.RunConfig{Command: "docker", CmdArgs: []string{"run", "img"}, EnvVars: map[string]string{"TOKEN": "x"}}, "container", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := resolve(tt.cfg).Launch
			require.Equal(t, tt.kind, l.Kind)
			require.Equal(t, tt.opaque, l.Opaque, l.Reason)
		})
	}
	require.Nil(t, resolve(runner.RunConfig{Image: "img"}).Launch)

	r := resolve(runner.RunConfig{Command: "env", CmdArgs: []string{"docker", "run", "-v", "./link/..:/a", "-v", "named:/b:ro", "--mount", "type=bind,src=./link/file.txt,dst=/c", "img"}})
	require.Equal(t, []runner.Mount{
		{Source: root, Resolved: root, Target: "/a"},
		{Source: "named", Resolved: "named", Target: "/b", ReadOnly: true},
		{Source: filepath.Join(root, "link/file.txt"), Resolved: filepath.Join(root, "data/file.txt"), Target: "/c"},
	}, r.Mounts)
	require.Equal(t, []launch.Mount{
		{Source: "./link/..", Target: "/a"}, {Source: "named", Target: "/b", ReadOnly: true}, {Source: "./link/file.txt", Target: "/c"},
	}, r.Launch.Container.Mounts, "as written")

	_, err := runner.Resolve(t.Context(), &runner.RunConfig{Command: "docker", CmdArgs: []string{"run", "-v", "/proc/self/mem/x:/a", "img"}})
	require.ErrorContains(t, err, `command line: mount "/proc/self/mem/x": `)
	_, err = runner.Resolve(t.Context(), &runner.RunConfig{Command: "docker", CmdArgs: []string{"run", "-v", `C:\x:/a`, "img"}})
	require.ErrorContains(t, err, "a Windows path on another system")
}
