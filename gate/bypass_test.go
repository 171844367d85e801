package gate_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// corpus is one file of testdata/bypass: spellings of what must not get past a
// policy, and harmless ones that must.
type corpus[T any] struct {
	// Forbidden must be stopped by the allow-style and by the deny-style policy.
	Forbidden []T
	// Lookalike is nothing that the deny-style policy knows: the allow-style one
	// must stop it.
	Lookalike []T
	// Harmless must be allowed by both.
	Harmless []T
}

func readCorpus[T any](t *testing.T, dir, name string) corpus[T] {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, name+".yaml"))
	require.NoError(t, err)
	defer f.Close()
	var c corpus[T]
	decoder := yaml.NewDecoder(f)
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&c))
	return c
}

// attempt is one spelling, with all the ways to ask for it.
type attempt map[string]func() (*runner.RunConfig, error)

// bypass is the place that the corpus is tried at.
type bypass struct {
	corpus, root string

	gates  map[string]*gate.Gate
	counts map[string]int
	inputs []gate.Input // of all attempts that could be judged
}

func TestBypassCorpus(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths and programs of the corpus are those of Unix")
	}
	newBypass(t).tryAll(t)
}

// tryAll tries the whole corpus.
func (b *bypass) tryAll(t *testing.T) {
	run(t, b, "images", func(image string) attempt {
		return attempt{
			"image":  config(runner.RunConfig{Image: image}),
			"docker": b.command("docker", "run", "-i", "--rm", image),
		}
	})
	run(t, b, "paths", func(path string) attempt {
		path = b.expand(path)
		profile := func(p runner.PermissionProfile) func() (*runner.RunConfig, error) {
			return config(runner.RunConfig{Image: "ghcr.io/acme/search", PermissionProfile: &p})
		}
		a := attempt{
			"volume": config(runner.RunConfig{Image: "ghcr.io/acme/search", Volumes: []string{path + ":/x:ro"}}),
			"read":   profile(runner.PermissionProfile{Read: []string{path + ":/x"}}),
			"write":  profile(runner.PermissionProfile{Write: []string{path + ":/x"}}),
		}
		// Without a shell, docker knows no home.
		if !strings.HasPrefix(path, "~") {
			a["docker -v"] = b.command("docker", "run", "-i", "-v", path+":/x", "ghcr.io/acme/search")
			a["docker --mount"] = b.command("docker", "run", "-i", "--mount", "type=bind,src="+path+",dst=/x", "ghcr.io/acme/search")
		}
		return a
	})
	run(t, b, "launchers", func(argv []string) attempt {
		for i, arg := range argv {
			argv[i] = b.expand(arg)
		}
		return attempt{"argv": b.command(argv...)}
	})
	run(t, b, "environment", func(e environment) attempt {
		cfg := runner.RunConfig{Image: "ghcr.io/acme/search", EnvVars: e.EnvVars, HostEnv: e.HostEnv, Secrets: e.Secrets}
		if e.Argv != nil {
			return attempt{"argv": b.command(e.Argv...)}
		}
		return attempt{"config": config(cfg)}
	})
	run(t, b, "urls", func(url string) attempt {
		return attempt{"remote": config(runner.RunConfig{RemoteURL: url})}
	})
	run(t, b, "json", func(text string) attempt {
		return attempt{"parsed": func() (*runner.RunConfig, error) { return runner.ParseRunConfig([]byte(text)) }}
	})
	for what, least := range map[string]int{
		"images": 150, "paths": 120, "launchers": 100, "environment": 50, "urls": 40, "json": 40, "harmless": 100,
	} {
		require.GreaterOrEqual(t, b.counts[what], least, what)
	}
}

type environment struct {
	EnvVars map[string]string `yaml:"env_vars"`
	HostEnv []string          `yaml:"host_env"`
	Secrets []string          `yaml:"secrets"`
	Argv    []string          `yaml:"argv"`
}

// run tries one file of the corpus.
func run[T any](t *testing.T, b *bypass, name string, try func(T) attempt) {
	t.Helper()
	c := readCorpus[T](t, b.corpus, name)
	each := func(group string, spellings []T, check func(t *testing.T, a func() (*runner.RunConfig, error))) {
		for i, s := range spellings {
			for way, cfg := range try(s) {
				t.Run(fmt.Sprintf("%s/%s/%s/%d %.60q", name, group, way, i, fmt.Sprint(s)), func(t *testing.T) { check(t, cfg) })
			}
		}
	}
	stopped := func(policies ...string) func(*testing.T, func() (*runner.RunConfig, error)) {
		return func(t *testing.T, cfg func() (*runner.RunConfig, error)) {
			b.counts[name]++
			for _, policy := range policies {
				require.Error(t, b.ask(t, policy, cfg), "the %s-style policy lets it pass", policy)
			}
		}
	}
	each("forbidden", c.Forbidden, stopped("allow", "deny"))
	each("lookalike", c.Lookalike, stopped("allow"))
	each("harmless", c.Harmless, func(t *testing.T, cfg func() (*runner.RunConfig, error)) {
		b.counts["harmless"]++
		for policy := range b.gates {
			require.NoError(t, b.ask(t, policy, cfg), "the %s-style policy stops it", policy)
		}
	})
}

// ask returns why the server would not start, or nil where it would.
func (b *bypass) ask(t *testing.T, policy string, attempt func() (*runner.RunConfig, error)) error {
	t.Helper()
	cfg, err := attempt()
	if err != nil {
		return err
	}
	if cfg.Name == "" {
		cfg.Name = "s"
	}
	if cfg, err = runner.Resolve(t.Context(), cfg); err != nil {
		return err
	}
	in, err := gate.InputFor(cfg)
	if err != nil {
		return err
	}
	b.inputs = append(b.inputs, in)
	d, err := b.gates[policy].Decide(t.Context(), in)
	require.NoError(t, err, "the policy of the corpus fails")
	return d.Err()
}

func config(cfg runner.RunConfig) func() (*runner.RunConfig, error) {
	return func() (*runner.RunConfig, error) { return cfg.Clone(), nil }
}

// command is a config for a command line. Each program is there: a file of its
// name that does nothing.
func (b *bypass) command(argv ...string) func() (*runner.RunConfig, error) {
	return func() (*runner.RunConfig, error) {
		name := argv[0]
		program := filepath.Join(b.root, "bin", filepath.Base(name))
		if err := os.WriteFile(program, []byte("\x7fELF "+name), 0o755); err != nil {
			return nil, err
		}
		if filepath.IsAbs(name) {
			name = program
		}
		return &runner.RunConfig{Command: name, CmdArgs: argv[1:]}, nil
	}
}

func (b *bypass) expand(s string) string {
	return strings.NewReplacer("$ROOT", b.root, "$BASE", filepath.Base(b.root), "$PID", strconv.Itoa(os.Getpid())).Replace(s)
}

func newBypass(t *testing.T) *bypass {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	corpus, err := filepath.Abs("../testdata/bypass")
	require.NoError(t, err)
	b := &bypass{corpus: corpus, root: root, gates: map[string]*gate.Gate{}, counts: map[string]int{}}
	for _, dir := range []string{"bin", "home", "deep", "loose", "hard", "secret/sub", "srv/data", "srv/other"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	for _, file := range []string{"secret/key", "srv/data/file", "srv/secret"} {
		require.NoError(t, os.WriteFile(filepath.Join(root, file), []byte("x"), 0o600))
	}
	for link, target := range map[string]string{
		"link": "secret", "chain": "link", "deep/link": "../secret", "srv/up": "..", "srv/loop": "data",
		"loose/secret": root + "/secret", "home/.s": "../secret", "srvlink": "srv", "secrets": "srv",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(root, link)))
	}
	for policy, params := range map[string]any{
		"allow": map[string]any{"granted": filepath.Join(root, "srv")},
		"deny": map[string]any{
			"forbidden": []string{filepath.Join(root, "secret"), "/var/run/docker.sock"},
			"variables": []string{
				"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "NODE_OPTIONS", "PYTHONPATH", "BASH_ENV", "NPM_CONFIG_REGISTRY",
				"npm_config_registry", "UV_INDEX_URL", "PIP_INDEX_URL", "DOCKER_HOST", "HTTPS_PROXY", "NODE_TLS_REJECT_UNAUTHORIZED",
			},
		},
	} {
		dir := filepath.Join(root, "policy", policy)
		require.NoError(t, os.MkdirAll(dir, 0o755))
		module, err := os.ReadFile(filepath.Join(corpus, policy+".rego"))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "servers.rego"), module, 0o600))
		data, err := json.Marshal(map[string]any{"mcp": map[string]any{"settings": map[string]any{"params": map[string]any{"servers": params}}}})
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, "data.json"), data, 0o600))
		store, err := rego.Open(t.Context(), rego.StoreConfig{Static: true, LoadConfig: rego.LoadConfig{
			Name: policy, Dir: dir, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler),
		}})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		b.gates[policy] = newGate(t, store)
	}
	t.Setenv("HOME", filepath.Join(root, "home"))
	t.Setenv("PATH", filepath.Join(root, "bin"))
	t.Chdir(root)
	return b
}
