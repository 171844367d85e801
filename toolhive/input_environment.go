package toolhive

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	thv "github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/launch"
)

// environment is what the server gets from literal values. Those of secrets are
// left out: at the last question ToolHive has written them between the others.
// What ToolHive itself sets when it creates the container is there from the
// first question on, whatever the person wrote. built says that the image is made
// of a package: then what its runtime_config puts into it is there too, under
// what the container gets.
func environment(cfg *thv.RunConfig, built bool) (map[string]string, error) {
	env := map[string]string{}
	if built && cfg.RemoteURL == "" && cfg.RuntimeConfig != nil {
		maps.Copy(env, cfg.RuntimeConfig.RuntimeEnv)
	}
	maps.Copy(env, cfg.EnvVars)
	for _, text := range cfg.Secrets {
		if secret, err := runner.ParseSecret(text); err == nil { // else the gate says so
			delete(env, secret.Target)
		}
	}
	if cfg.RemoteURL == "" { // over a secret too
		env["MCP_TRANSPORT"] = string(cfg.Transport)
		if cfg.Transport != types.TransportTypeStdio {
			env["MCP_PORT"] = strconv.Itoa(cfg.TargetPort)
			env["FASTMCP_PORT"] = env["MCP_PORT"]
			env["MCP_HOST"] = cfg.TargetHost
		}
	}
	for name := range env {
		if name == "" || strings.ContainsAny(name, "=\x00") {
			// ToolHive writes NAME=VALUE, which the engine splits at the first "=": the
			// server would get another variable. A name can hold a secret.
			return nil, errors.New("env_vars: a name is empty, or has '=' or a NUL byte in it")
		}
	}
	return env, nil
}

// fileSecrets are the variables in env that come from the files of env_file_dir,
// sorted. ToolHive's runner in a cluster reads them just before it asks: an
// injector has put secrets there, whatever their names say. Nothing else reads
// that directory after the config is made.
func fileSecrets(cfg *thv.RunConfig) ([]string, error) {
	if cfg.EnvFileDir == "" || !rt.IsKubernetesRuntime() {
		return nil, nil
	}
	files, err := (&thv.RunConfig{}).WithEnvFilesFromDirectory(cfg.EnvFileDir)
	if err != nil { // which could quote a line
		return nil, errors.New("env_file_dir: the directory cannot be read")
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(files.EnvVars)) {
		if value, there := cfg.EnvVars[name]; there && value == files.EnvVars[name] {
			out = append(out, name)
		}
	}
	return out, nil
}

// builtWith are the packages that ToolHive installs into an image beside the one
// that it is made of. Those of the operating system are in config alone.
func builtWith(cfg *thv.RunConfig, rc *runner.RunConfig) ([]gate.Package, error) {
	if !runner.IsPackage(rc.Image) || cfg.RuntimeConfig == nil {
		return nil, nil
	}
	var out []gate.Package
	for i, requirement := range cfg.RuntimeConfig.BuildWith {
		p, err := launch.ParseScheme(thv.UVXScheme + requirement) // ToolHive has them for Python alone
		if err != nil {
			return nil, fmt.Errorf("runtime_config.build_with[%d]: %w", i, err)
		}
		found := gate.Package{Ecosystem: p.Ecosystem, Name: p.Name, Version: p.Version, Pinned: p.Pinned}
		if !slices.Contains(out, found) {
			out = append(out, found)
		}
	}
	return out, nil
}
