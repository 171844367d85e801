package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// serverFlags describe one server; run and check have the same.
type serverFlags struct {
	fromConfig string

	name, group, transport, profile string
	env                             []string
	envFile, envNames               string
	volumes, secrets, labels        []string
	headers, headerSecrets          []string
	allowedOrigins                  []string
	isolateNetwork                  bool
	secretProvider                  string
	targetPort                      int

	stdio bool
	host  string
	port  int

	containerFlags
	policyFlags

	log         logFlags         // of run only
	diagnostics diagnosticsFlags // of run only
}

// describing are the flags that say what the server is; --from-config says all
// of that itself.
var describing = append([]string{
	"name", "group", "transport", "permission-profile", "env", "env-file", "env-names", "volume", "secret", "label",
	"header", "header-secret", "allowed-origins", "isolate-network", "target-port",
}, ofContainers...)

func (f *serverFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.fromConfig, "from-config", "", "run the server of a run config `file`, as ToolHive (thv export) writes it")
	f.registerOthers(cmd)
}

// registerOthers adds all flags but --from-config, which a command may take in
// a form of its own.
func (f *serverFlags) registerOthers(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.name, "name", "", "name of the server (default: made from what it runs)")
	fs.StringVar(&f.group, "group", "", "group that the server belongs to")
	fs.StringVar(&f.transport, "transport", "", "transport of the server itself: stdio, sse or streamable-http")
	fs.StringVar(&f.profile, "permission-profile", "", "permission profile of a container: none (default), network or a `file`")
	fs.StringArrayVarP(&f.env, "env", "e", nil, "`NAME=VALUE` sets a variable of the server, NAME copies mcp-runner's own")
	fs.StringVar(&f.envFile, "env-file", "", "`file` with a NAME=VALUE or NAME on each line")
	fs.StringVar(&f.envNames, "env-names", "", "hand on mcp-runner's own variables that a .env `file` names; its values do not count")
	fs.StringArrayVarP(&f.volumes, "volume", "v", nil, "mount of a container, `HOST:CONTAINER[:ro]`")
	fs.StringArrayVar(&f.secrets, "secret", nil, "`NAME,target=VARIABLE` gives the server the secret NAME, which --secret-provider knows")
	fs.StringVar(&f.secretProvider, "secret-provider", "", "where secrets come from: env (MCP_RUNNER_SECRET_NAME), file:`DIR` (DIR/NAME) or exec:PROGRAM "+
		"(what PROGRAM NAME writes); default $MCP_RUNNER_SECRET_PROVIDER, else env")
	fs.StringArrayVarP(&f.labels, "label", "l", nil, "label of the server, `NAME=VALUE`")
	fs.StringArrayVar(&f.headers, "header", nil, "header for a remote server, `NAME=VALUE`")
	fs.StringArrayVar(&f.headerSecrets, "header-secret", nil, "header for a remote server, `NAME=SECRET`, with the value of the secret")
	fs.StringArrayVar(&f.allowedOrigins, "allowed-origins", nil, "browser `origin` that may use the endpoint (default: loopback origins on a loopback endpoint)")
	fs.BoolVar(&f.isolateNetwork, "isolate-network", true, "isolate the network of a container")
	fs.IntVar(&f.targetPort, "target-port", 0, "port that a container listens on")

	fs.BoolVar(&f.stdio, "stdio", false, "serve one client over stdin and stdout, as an MCP client's configuration needs it")
	fs.StringVar(&f.host, "host", "127.0.0.1", "address to listen on")
	fs.IntVar(&f.port, "port", 0, "port to listen on; 0 picks a free one")
	f.containerFlags.register(cmd)
	f.policyFlags.register(cmd)
	noFileCompletion(cmd, "transport", serverTransports...)
}

// config builds the run config that the command line describes. args are the
// positional arguments and dash is how many of them stand before --, or -1.
func (f *serverFlags) config(fs *pflag.FlagSet, args []string, dash int) (*runner.RunConfig, error) {
	if f.stdio && (fs.Changed("host") || fs.Changed("port")) {
		return nil, usagef("--stdio listens nowhere; leave --host and --port out")
	}
	if f.fromConfig != "" {
		return f.loadConfig(fs, args)
	}
	cfg, err := target(args, dash)
	if err != nil {
		return nil, err
	}
	cfg.SchemaVersion = runner.CurrentSchemaVersion
	if f.name != "" {
		cfg.Name = f.name
	}
	cfg.Group = f.group
	if f.transport != "" {
		if !slices.Contains(serverTransports, f.transport) {
			return nil, usagef("--transport %q: want %s", f.transport, oneOf(serverTransports))
		}
		cfg.Transport = f.transport
	}
	if fs.Changed("target-port") {
		switch {
		case cfg.Image == "" || runner.IsPackage(cfg.Image):
			return nil, usagef("--target-port is for a container; this server is not an image")
		case cfg.Transport != runner.TransportSSE && cfg.Transport != runner.TransportStreamableHTTP:
			return nil, usagef("--target-port is for a server that listens itself: add --transport streamable-http, or sse, or leave it out")
		case f.targetPort < 1 || f.targetPort > 65535:
			return nil, usagef("--target-port %d: want 1 to 65535", f.targetPort)
		}
	}
	cfg.Volumes, cfg.Secrets, cfg.TargetPort = f.volumes, f.secrets, f.targetPort
	cfg.AllowedOrigins = f.allowedOrigins
	cfg.IsolateNetwork = f.isolateNetwork && cfg.Image != "" && !runner.IsPackage(cfg.Image)
	if f.profile != "" {
		cfg.PermissionProfileNameOrPath = f.profile
		if cfg.PermissionProfile, err = runner.LoadPermissionProfile(f.profile); err != nil {
			return nil, err
		}
	}
	if err := f.fill(fs, cfg); err != nil {
		return nil, err
	}
	for _, volume := range f.volumes {
		if _, err := runner.ParseVolume(volume); err != nil {
			return nil, &usageError{fmt.Errorf("--volume: %w", err)}
		}
	}
	for _, secret := range f.secrets {
		if _, err := runner.ParseSecret(secret); err != nil {
			return nil, &usageError{fmt.Errorf("--secret: %w", err)}
		}
	}
	if f.port < 0 || f.port > 65535 {
		return nil, usagef("--port %d: want 0 to 65535", f.port)
	}
	if err := f.environment(cfg); err != nil {
		return nil, err
	}
	if cfg.ContainerLabels, err = pairs("label", f.labels); err != nil {
		return nil, err
	}
	if err := f.forward(cfg); err != nil {
		return nil, err
	}
	f.listen(cfg)
	return cfg, nil
}

// serverTransports are those that a server itself may speak.
var serverTransports = []string{runner.TransportStdio, runner.TransportSSE, runner.TransportStreamableHTTP}

// loadConfig reads --from-config. Where to listen may still be said beside it.
func (f *serverFlags) loadConfig(fs *pflag.FlagSet, args []string) (*runner.RunConfig, error) {
	if len(args) > 0 {
		return nil, usagef("--from-config names the server; leave the one behind the flags out")
	}
	for _, name := range describing {
		if fs.Changed(name) {
			return nil, usagef("--from-config describes the server; change it there instead of with --%s", name)
		}
	}
	cfg, err := runner.LoadRunConfig(f.fromConfig)
	if err != nil {
		return nil, err
	}
	if fs.Changed("host") || cfg.Host == "" || f.stdio {
		cfg.Host = f.host
	}
	if fs.Changed("port") || f.stdio {
		cfg.Port = f.port
	}
	if f.stdio {
		f.listen(cfg)
	}
	return cfg, nil
}

// secretValues is where the values of secrets come from.
func (f *serverFlags) secretValues() (func(ctx context.Context, name string) (string, error), error) {
	flag, provider := "--secret-provider", f.secretProvider
	if provider == "" {
		flag, provider = secretProviderVariable, os.Getenv(secretProviderVariable)
	}
	secrets, err := runner.ParseSecretProvider(provider)
	if err != nil {
		return nil, &usageError{fmt.Errorf("%s: %w", flag, err)}
	}
	return secrets, nil
}

const secretProviderVariable = "MCP_RUNNER_SECRET_PROVIDER"

// listen says where the runner listens: nowhere with --stdio.
func (f *serverFlags) listen(cfg *runner.RunConfig) {
	if f.stdio {
		cfg.Host, cfg.Port = "", 0
		return
	}
	cfg.Host, cfg.Port = f.host, f.port
}

// environment fills EnvVars and HostEnv. -e wins over --env-names, and that over
// --env-file.
func (f *serverFlags) environment(cfg *runner.RunConfig) error {
	vars := map[string]string{}
	var host []string
	if f.envFile != "" {
		fileVars, fileHost, err := runner.ParseEnvFile(f.envFile)
		if err != nil {
			return err
		}
		maps.Copy(vars, fileVars)
		host = fileHost
	}
	if f.envNames != "" {
		names, err := runner.ParseEnvNames(f.envNames)
		if err != nil {
			return err
		}
		for _, name := range names {
			delete(vars, name)
			host = append(without(host, name), name)
		}
	}
	for _, entry := range f.env {
		name, value, literal, err := runner.ParseEnv(entry)
		if err != nil {
			return &usageError{fmt.Errorf("--env: %w", err)}
		}
		delete(vars, name) // the later one wins
		host = without(host, name)
		if literal {
			vars[name] = value
		} else {
			host = append(host, name)
		}
	}
	if len(vars) > 0 {
		cfg.EnvVars = vars
	}
	cfg.HostEnv = host
	return nil
}

func without(names []string, name string) []string {
	var kept []string
	for _, n := range names {
		if n != name {
			kept = append(kept, n)
		}
	}
	return kept
}

// forward fills HeaderForward.
func (f *serverFlags) forward(cfg *runner.RunConfig) error {
	plain, err := pairs("header", f.headers)
	if err != nil {
		return err
	}
	secret, err := pairs("header-secret", f.headerSecrets)
	if err != nil {
		return err
	}
	if plain == nil && secret == nil {
		return nil
	}
	if cfg.RemoteURL == "" {
		return usagef("--header and --header-secret are for a remote server")
	}
	cfg.HeaderForward = &runner.HeaderForward{AddPlaintextHeaders: plain, AddHeadersFromSecret: secret}
	return nil
}

// pairs reads NAME=VALUE flags. An error shows the name only: the value may be
// a secret.
func pairs(flag string, entries []string) (map[string]string, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	m := make(map[string]string, len(entries))
	for i, entry := range entries {
		name, value, ok := strings.Cut(entry, "=")
		if !ok || name == "" {
			return nil, usagef("--%s: entry %d: want NAME=VALUE", flag, i+1)
		}
		if _, twice := m[name]; twice {
			return nil, usagef("--%s %s: given twice", flag, name)
		}
		m[name] = value
	}
	return m, nil
}
