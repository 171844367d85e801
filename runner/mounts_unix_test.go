//go:build !windows

package runner_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestResolveMountPaths(t *testing.T) {
	root := tree(t, map[string]string{
		"home/file.txt":  "",
		"real/deep/file": "",
		"link":           "->real",
		"chain":          "->link/deep",
		"dangling":       "->real/missing/x",
		"up":             "->link/deep/../../real",
		"absent/sub.txt": "",
		"absolute":       "->/var/run/docker.sock",
		"loop":           "->pool",
		"pool":           "->loop",
	})
	t.Chdir(filepath.Join(root, "real"))
	t.Setenv("HOME", root+"/home")
	socket, err := filepath.EvalSymlinks("/var/run")
	require.NoError(t, err)
	socket = filepath.Join(socket, "docker.sock")
	for source, want := range map[string][2]string{
		root + "/real":            {root + "/real", root + "/real"},
		root + "/link/deep":       {root + "/link/deep", root + "/real/deep"},
		root + "/link/../home":    {root + "/home", root + "/home"},
		root + "/chain/file":      {root + "/chain/file", root + "/real/deep/file"},
		root + "/link/new/deeper": {root + "/link/new/deeper", root + "/real/new/deeper"},
		root + "/dangling":        {root + "/dangling", root + "/real/missing/x"},
		root + "/dangling/y":      {root + "/dangling/y", root + "/real/missing/x/y"},
		root + "/up/deep":         {root + "/up/deep", root + "/real/deep"},
		root + "//real/./deep/..": {root + "/real", root + "/real"},
		root + "/real/":           {root + "/real", root + "/real"},
		root + "/real/.":          {root + "/real", root + "/real"},
		root + "/link/":           {root + "/link", root + "/real"},
		root + "/new/../real":     {root + "/real", root + "/real"},
		"/../.." + root + "/real": {root + "/real", root + "/real"},
		"//":                      {"/", "/"},
		"./../real//deep/":        {root + "/real/deep", root + "/real/deep"},
		root + "/absolute":        {root + "/absolute", socket},
		"/var/run/docker.sock":    {"/var/run/docker.sock", socket},
		"~":                       {root + "/home", root + "/home"},
		"~/file.txt":              {root + "/home/file.txt", root + "/home/file.txt"},
		"~/../link":               {root + "/link", root + "/real"},
		".":                       {root + "/real", root + "/real"},
		"./deep":                  {root + "/real/deep", root + "/real/deep"},
		"../link":                 {root + "/link", root + "/real"},
		"deep/file":               {root + "/real/deep/file", root + "/real/deep/file"},
		"/":                       {"/", "/"},
		"data":                    {"data", "data"},
		"volume://tokens":         {"volume://tokens", "volume://tokens"},
	} {
		c, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{source + ":/x:ro"}})
		require.NoError(t, err, source)
		require.Equal(t, []runner.Mount{{Source: want[0], Resolved: want[1], Target: "/x", ReadOnly: true}}, c.Resolved.Mounts, source)

		m, err := runner.ResolveMount(runner.Mount{Source: source, Target: "/x", ReadOnly: true})
		require.NoError(t, err, source)
		require.Equal(t, c.Resolved.Mounts[0], m, "ResolveMount says of %s what Resolve says", source)
	}
	for source, want := range map[string]string{
		root + "/loop":   "too many symbolic links",
		root + "/loop/x": "too many symbolic links",
		"./deep/file/x":  "not a directory",
		"~root/x":        "only ~ and ~/",
		// Cleaned it is the directory of the link, followed it is that of the target.
		root + "/chain/..":               ".. behind a symbolic link",
		root + "/dangling/../file":       ".. behind a symbolic link",
		"~/../chain/../../home/file.txt": ".. behind a symbolic link",
		`C:\data`:                        "a Windows path on another system",
	} {
		_, err := runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{source + ":/x"}})
		require.ErrorContains(t, err, want, source)
		require.ErrorContains(t, err, "volumes: mount ", source)

		_, err = runner.ResolveMount(runner.Mount{Source: source, Target: "/x"})
		require.ErrorContains(t, err, want, source)
	}
	t.Setenv("HOME", "")
	_, err = runner.Resolve(t.Context(), &runner.RunConfig{Image: "a", Volumes: []string{"~/x:/x"}})
	require.ErrorContains(t, err, "HOME")
}

func TestResolveMountsOfProfile(t *testing.T) {
	root := tree(t, map[string]string{"a.txt": "", "link": "->a.txt"})
	t.Chdir(root)
	t.Setenv("HOME", root)
	c, err := runner.Resolve(t.Context(), &runner.RunConfig{
		Image:   "a",
		Volumes: []string{root + "/link:/link", root + "/a.txt:/a:ro"},
		PermissionProfile: &runner.PermissionProfile{
			Read:  []string{root + "/a.txt:/a", "~/link", "name", "/x:/y"},
			Write: []string{root + "/a.txt", "/x:/y", "volume://tokens:/t", root + "/link:/link"},
		},
	})
	require.NoError(t, err)
	require.Equal(t, []runner.Mount{
		{Source: root + "/link", Resolved: root + "/a.txt", Target: "/link"},
		{Source: root + "/a.txt", Resolved: root + "/a.txt", Target: "/a", ReadOnly: true},
		{Source: root + "/link", Resolved: root + "/a.txt", Target: root + "/link", ReadOnly: true},
		{Source: root + "/name", Resolved: root + "/name", Target: root + "/name", ReadOnly: true},
		{Source: "/x", Resolved: "/x", Target: "/y", ReadOnly: true},
		{Source: root + "/a.txt", Resolved: root + "/a.txt", Target: root + "/a.txt"},
		{Source: "/x", Resolved: "/x", Target: "/y"},
		{Source: "volume://tokens", Resolved: "volume://tokens", Target: "/t"},
	}, c.Resolved.Mounts)

	require.NoError(t, os.Remove(root+"/link"))
	require.NoError(t, os.Symlink("link", root+"/link"))
	_, err = runner.Resolve(t.Context(), &runner.RunConfig{
		Image: "a", PermissionProfile: &runner.PermissionProfile{Write: []string{root + "/link"}},
	})
	require.ErrorContains(t, err, "permission_profile.write: mount ")
}

func TestResolveMountAlone(t *testing.T) {
	root := tree(t, map[string]string{"real/file": "", "link": "->real"})
	m, err := runner.ResolveMount(runner.Mount{Source: root + "/link/./file"})
	require.NoError(t, err)
	require.Equal(t, runner.Mount{Source: root + "/link/file", Resolved: root + "/real/file", Target: root + "/link/file"}, m)

	for source, want := range map[string]string{
		"":         "no path on the host",
		"/a\x00/b": "NUL byte",
	} {
		_, err := runner.ResolveMount(runner.Mount{Source: source, Target: "/x"})
		require.ErrorContains(t, err, want)
	}
}
