package launch_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mcp-runner/mcp-runner/runner/launch"
	"github.com/stretchr/testify/require"
)

func TestLines(t *testing.T) {
	table, err := os.ReadFile("testdata/lines.txt")
	require.NoError(t, err)
	check(t, string(table))
	for _, line := range []string{"sh -c 'npx `evil`'", "sh -c 'npx $(evil)'"} { // no row can hold the first
		require.True(t, launch.Parse(argv(line)).Opaque, line)
	}
}

func TestParseOfNothing(t *testing.T) {
	for _, argv := range [][]string{nil, {}, {""}, {"", "docker", "run", "x"}} {
		require.True(t, launch.Parse(argv).Opaque)
	}
}

func TestParseAs(t *testing.T) {
	for name, tt := range map[string]struct {
		names []string
		line  string
		want  string
	}{
		"one name":               {[]string{"npx", "/usr/bin/npx", "/usr/lib/node_modules/npm/bin/npx-cli.js"}, "-y pkg@1.0.0", "process npm:pkg@1.0.0!"},
		"link to docker":         {[]string{"foo", "/opt/foo", "/usr/bin/docker"}, "run img", "container img"},
		"docker renamed":         {[]string{"docker", "/usr/bin/docker", "/opt/engine"}, "run img", "container img"},
		"unknown":                {[]string{"foo", "/opt/foo", "/opt/foo-1.2"}, "run docker", "opaque container"},
		"docker that is podman":  {[]string{"docker", "/usr/bin/docker", "/usr/bin/podman"}, "run ghcr.io/a/b", "container ghcr.io/a/b"},
		"and reads differently":  {[]string{"docker", "/usr/bin/docker", "/usr/bin/podman"}, "run a/b", "opaque container a/b"},
		"npx that is bash":       {[]string{"npx", "/opt/npx", "/bin/bash"}, "-c evil", "opaque process"},
		"npx that is docker":     {[]string{"npx", "/opt/npx", "/usr/bin/docker"}, "run img", "opaque container +npm:run@ img"},
		"busybox applet":         {[]string{"sh", "/bin/sh", "/bin/busybox"}, "-c 'docker run img'", "container img"},
		"busybox by its name":    {[]string{"busybox", "/bin/busybox", "/bin/busybox"}, "sh -c 'docker run img'", "container img"},
		"busybox by another":     {[]string{"foo", "/bin/foo", "/bin/busybox"}, "a b", "opaque process"},
		"bunx is bun":            {[]string{"bunx", "/bin/bunx", "/bin/bun"}, "pkg@1.0.0", "process npm:pkg@1.0.0!"},
		"sh is dash":             {[]string{"sh", "/bin/sh", "/bin/dash"}, "-c 'npx pkg@1.0.0'", "process npm:pkg@1.0.0!"},
		"versioned python":       {[]string{"python3", "/usr/bin/python3", "/usr/bin/python3.13"}, "-m server", "process"},
		"a relative docker":      {[]string{"./docker", "/srv/docker", "/srv/docker"}, "run img", "opaque container img"},
		"a relative server":      {[]string{"./server", "/srv/server", "/srv/server"}, "run", "process"},
		"a relative link to npx": {[]string{"./x", "/srv/x", "/usr/bin/npx"}, "pkg", "opaque process npm:pkg@"},
		"shim":                   {[]string{"npx", "/home/.volta/bin/npx", "/home/.volta/bin/volta-shim"}, "pkg", "process npm:pkg@"},
		"no name":                {nil, "x", "opaque process"},
	} {
		t.Run(name, func(t *testing.T) {
			l := launch.ParseAs(tt.names, argv(tt.line))
			require.Equal(t, tt.want, describe(l), l.Reason)
		})
	}
}

func TestEnvironment(t *testing.T) {
	for name, tt := range map[string]struct {
		line        string
		fixed, host []string
		opaque      bool
	}{
		"nothing":                 {"docker run x", []string{"TOKEN"}, []string{"HOME"}, false},
		"another service":         {"docker run x", []string{"DOCKER_HOST"}, nil, true},
		"from the host":           {"docker run x", nil, []string{"DOCKER_HOST"}, true},
		"another home":            {"docker run x", []string{"HOME"}, nil, true},
		"in lower case":           {"npx pkg", []string{"npm_config_registry"}, nil, true},
		"not for this one":        {"npx pkg", []string{"DOCKER_HOST", "UV_INDEX_URL"}, nil, false},
		"index":                   {"uvx pkg", []string{"UV_DEFAULT_INDEX"}, nil, true},
		"package of its own":      {"uv run --with pkg x.py", []string{"UV_INDEX"}, nil, true},
		"go proxy":                {"go run e.com/x@v1.0.0", []string{"GOPROXY"}, nil, true},
		"no go variable":          {"go run e.com/x@v1.0.0", []string{"GOOGLE_APPLICATION_CREDENTIALS"}, nil, false},
		"git":                     {"uvx git+https://h.example/a", []string{"GIT_CONFIG_COUNT"}, nil, true},
		"PATH of the launcher":    {"npx pkg", []string{"PATH"}, nil, false},
		"PATH around a launcher":  {"env npx pkg", []string{"PATH"}, nil, true},
		"PATH as it is":           {"env npx pkg", nil, []string{"PATH"}, false},
		"startup file of a shell": {"bash -c 'npx pkg'", []string{"BASH_ENV"}, nil, true},
		"a server":                {"./server", []string{"HOME", "PATH", "DOCKER_HOST"}, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := launch.Parse(argv(tt.line))
			require.False(t, l.Opaque)
			l.Environment(tt.fixed, tt.host)
			require.Equal(t, tt.opaque, l.Opaque, l.Reason)
		})
	}
}

// A line as long as a config can hold is read in one go.
func TestLongLines(t *testing.T) {
	many := func(word string) []string { return slices.Repeat([]string{word}, 50_000) }
	began := time.Now()
	for _, argv := range [][]string{
		append([]string{"x"}, many("docker")...), append([]string{"x"}, many("sh")...), append([]string{"npx", "pkg"}, many("docker")...),
		append([]string{"env"}, many("A=b")...), many("env"), many("uvx"), append([]string{"docker", "run"}, many("-v/a:/b")...),
		append([]string{"python"}, many("-u")...), {"sh", "-c", strings.Repeat("sh -c 'x';", 5_000)}, {"sh", "-c", strings.Repeat("(", 60_000)},
		{"sh", "-c", strings.Repeat("$(", 30_000)}, append([]string{"npm", "exec"}, many("x")...),
	} {
		launch.Parse(argv)
	}
	require.Less(t, time.Since(began), 20*time.Second)
}

func TestReasonNamesNoValue(t *testing.T) {
	for _, line := range []string{
		"docker run --hunter2=x img", "docker run -xhunter2 img", "docker run --env-file hunter2 img", "npx --registry https://u:hunter2@h pkg",
		"docker run -v hunter2/x:/y img", "docker run -p hunter2 img", "docker run --mount hunter2 img", "uvx --index-url=https://hunter2@h pkg",
		"sh -c 'npx $hunter2; x'", "docker hunter2", "env hunter2.x=1", "env 'hunter2 =x' y", "npx -c hunter2", "python -c hunter2", "docker run --HUNTER2 x",
		"npx pkg@link:hunter2", "./hunter2 docker run", "docker -Hhunter2 run x", "docker run --privileged=hunter2 img",
	} {
		l := launch.Parse(argv(line))
		require.True(t, l.Opaque, line)
		require.NotContains(t, strings.ToLower(strings.ReplaceAll(l.Reason, "option --hunter is", "")), "hunter2", line)
	}
}

func TestParseScheme(t *testing.T) {
	for reference, want := range map[string]launch.Package{
		"npx://@scope/pkg@1.2.3":    {Ecosystem: "npm", Name: "@scope/pkg", Version: "1.2.3", Pinned: true},
		"npx://pkg":                 {Ecosystem: "npm", Name: "pkg"},
		"npx://pkg@latest":          {Ecosystem: "npm", Name: "pkg", Version: "latest"},
		"npx://a@npm:b@1.0.0":       {Ecosystem: "npm", Name: "b", Version: "1.0.0", Pinned: true},
		"uvx://Pkg_a@1.0":           {Ecosystem: "pypi", Name: "pkg-a", Version: "1.0", Pinned: true},
		"uvx://pkg==1.0":            {Ecosystem: "pypi", Name: "pkg", Version: "1.0", Pinned: true},
		"uvx://pkg@latest":          {Ecosystem: "pypi", Name: "pkg", Version: "latest"},
		"go://example.com/x@v1.2.3": {Ecosystem: "go", Name: "example.com/x", Version: "v1.2.3", Pinned: true},
		"go://example.com/x@latest": {Ecosystem: "go", Name: "example.com/x", Version: "latest"},
		"go://example.com/x":        {Ecosystem: "go", Name: "example.com/x"},
		"go://./cmd/x":              {Name: "./cmd/x"},
	} {
		p, err := launch.ParseScheme(reference)
		require.NoError(t, err, reference)
		require.Equal(t, want, p, reference)
	}
	for _, reference := range []string{"", "pkg", "npx://", "uvx://", "go://", "npx://hunter2 x", "uvx://hunter2;x", "go://hunter2/../x", "NPX://hunter2", "pip://hunter2"} {
		_, err := launch.ParseScheme(reference)
		require.Error(t, err, reference)
		require.NotContains(t, err.Error(), "hunter2")
	}
}

func TestClone(t *testing.T) {
	require.Nil(t, (*launch.Line)(nil).Clone())
	l := launch.Parse(argv("env A=b uv run --with p docker run -e C -v /a:/b -p 1:2 --cap-add X img arg"))
	want := describe(l)
	c := l.Clone()
	require.Equal(t, &l, c)
	c.Packages[0].Name, c.Env[0].Name, c.Container.Image, c.Container.Args[0] = "x", "x", "x", "x"
	c.Container.Mounts[0].Source, c.Container.Env[0].Name, c.Container.Ports[0].HostPort, c.Container.Capabilities[0] = "x", "x", 9, "x"
	require.Equal(t, want, describe(l))
	require.Equal(t, "arg", l.Container.Args[0])
}

func TestContainerClient(t *testing.T) {
	require.True(t, launch.ContainerClient("/usr/bin/podman"))
	require.True(t, launch.ContainerClient(`C:\Docker.exe`))
	require.False(t, launch.ContainerClient("/usr/bin/node"))
	require.False(t, launch.ContainerClient("dockerd"))
}

// What SchemeLine makes is read as the package that the reference names.
func TestSchemeLine(t *testing.T) {
	for reference, want := range map[string]string{
		"npx://pkg":                       "npx -y pkg",
		"npx://pkg@1.2.3":                 "npx -y pkg@1.2.3",
		"npx://pkg@v1.2.3":                "npx -y pkg@1.2.3",
		"npx://@scope/Pkg.x_y@1.2.3-rc.1": "npx -y @scope/Pkg.x_y@1.2.3-rc.1",
		"npx://pkg@latest":                "npx -y pkg@latest",
		"npx://pkg@^1.2":                  "npx -y pkg@^1.2",
		"npx://pkg@>=1.2":                 "npx -y pkg@>=1.2",
		"uvx://pkg":                       "uvx pkg",
		"uvx://Pkg_a@1.0":                 "uvx Pkg_a@1.0",
		"uvx://pkg==1.0":                  "uvx pkg@1.0",
		"uvx://pkg===1.0":                 "uvx pkg@1.0",
		"uvx://pkg@latest":                "uvx pkg@latest",
		"uvx://pkg[a,b-c]":                "uvx --from pkg[a,b-c] pkg",
		"uvx://pkg[a]@1.0":                "uvx --from pkg[a]==1.0 pkg",
		"uvx://pkg[a]==1.0":               "uvx --from pkg[a]==1.0 pkg",
		"uvx://pkg>=1,<2":                 "uvx --from pkg>=1,<2 pkg",
		"uvx://pkg==1.*":                  "uvx --from pkg==1.* pkg",
		"uvx://pkg@2.0rc1.post2+local.3":  "uvx pkg@2.0rc1.post2+local.3",
		"uvx://pkg==1!2.0":                "uvx --from pkg==1!2.0 pkg",
		"go://example.com/x/cmd/y@v1.2.3": "go run example.com/x/cmd/y@v1.2.3",
		"go://example.com/x":              "go run example.com/x@latest",
		"go://example.com/x/v2@main":      "go run example.com/x/v2@main",
		"go://example.com/x@>=v1.2":       "go run example.com/x@>=v1.2",
	} {
		words, err := launch.SchemeLine(reference, []string{"--flag", "a b"})
		require.NoError(t, err, reference)
		require.Equal(t, append(strings.Fields(want), "--flag", "a b"), words, reference)
		line := launch.Parse(words)
		require.False(t, line.Opaque, "%s: %s", reference, line.Reason)
		p, err := launch.ParseScheme(reference)
		require.NoError(t, err, reference)
		if p.Ecosystem == "go" && p.Version == "" {
			p.Version = "latest"
		}
		require.Equal(t, p, line.Package, reference)
		require.Empty(t, line.Packages, reference)
	}
}

func TestSchemeLineRefused(t *testing.T) {
	for _, reference := range []string{
		"", "pkg", "npx://", "npx:// pkg", "npx://--yes", "npx://-y", "npx://-c@1.0.0", "npx://@-y/hunter2", "npx://.hunter2", "npx://_x", "npx://~/hunter2",
		"npx://hunter2 x", "npx://pkg@1.0.0 hunter2", "npx://pkg@1.0.0@2.0.0", "npx://pkg@npm:hunter2@1.0.0", "npx://pkg@", "npx://pkg@-y", "npx://pkg@1||2",
		"npx://github:hunter2/x", "npx://hunter2/x", "npx://git+https://hunter2@h/x.git", "npx://https://hunter2:x@h/x.tgz", "npx://./hunter2", "npx://hunter2.tgz",
		"npx://@scope", "npx://@scope/", "npx://@a/b/c", "npx://a\\b", "npx://a%20b", "npx://é", "npx://file:hunter2", "npx://git@h.example:hunter2/x",
		"uvx://", "uvx://--with", "uvx://-hunter2", "uvx://pkg @ https://h/hunter2.whl", "uvx://git+https://h/hunter2", "uvx://https://hunter2@h/x.whl", "uvx://./hunter2",
		"uvx://pkg@hunter2", "uvx://pkg@v1.0", "uvx://pkg@>=1", "uvx://pkg@", "uvx://pkg[]", "uvx://pkg[a]x", "uvx://pkg [a]", "uvx://pkg==1.0; hunter2", "uvx://pkg=hunter2", "uvx://pkg@1!2.0", "uvx://pkg==1,", "uvx://pkg==",
		"uvx://x.whl", "uvx://pkg[-a]@1.0 ", "uvx://pkg>=1 ,<2",
		"go://", "go://./cmd/hunter2", "go://../hunter2", "go:///hunter2", "go://-mod=mod", "go://example.com/x@", "go://example.com/x@-y", "go://example.com/x@v1 hunter2",
		"go://example.com/x@hunter2.go", "go://example.com/x@v1@v2", "go://https://hunter2/x", "go://example.com/../hunter2", "go://fmt ",
		"NPX://hunter2", "pip://hunter2", "npx:hunter2", "uvx:///hunter2",
	} {
		words, err := launch.SchemeLine(reference, nil)
		require.Error(t, err, "%s: %q", reference, words)
		require.NotContains(t, err.Error(), "hunter2", reference)
	}
}

// A launcher in place of a package is as opaque as in the line itself.
func TestSchemeLineOfALauncher(t *testing.T) {
	for _, reference := range []string{"uvx://docker@1.0", "uvx://uvx@1.0", "uvx://npx[a]==1.0"} {
		words, err := launch.SchemeLine(reference, []string{"run", "x"})
		require.NoError(t, err, reference)
		require.True(t, launch.Parse(words).Opaque, reference)
	}
	words, err := launch.SchemeLine("npx://pkg@1.0.0", []string{"docker", "run", "x"})
	require.NoError(t, err)
	require.True(t, launch.Parse(words).Opaque)
}

func FuzzSchemeLine(f *testing.F) {
	for _, reference := range []string{"npx://@a/b@1.0.0", "uvx://a[b]==1.0", "uvx://a@1!1", "go://example.com/x@v1.0.0", "npx://-y", "uvx://--from"} {
		f.Add(reference)
	}
	f.Fuzz(func(t *testing.T, reference string) {
		words, err := launch.SchemeLine(reference, []string{"--arg"})
		if err != nil {
			return
		}
		fixed := map[string]string{"npx": "-y", "go": "run"}
		for i, word := range words[1 : len(words)-1] {
			known := i == 0 && (word == fixed[words[0]] || word == "--from" && words[0] == "uvx")
			require.False(t, strings.HasPrefix(word, "-") && !known, "%q", words)
			require.False(t, strings.ContainsAny(word, " \t\r\n\x00\"'\\;&|$%`"), "%q", words)
		}
		p, err := launch.ParseScheme(reference)
		require.NoError(t, err)
		if line := launch.Parse(words); !line.Opaque {
			require.Equal(t, p.Name, line.Package.Name)
			require.Equal(t, p.Pinned, line.Package.Pinned)
		}
	})
}
