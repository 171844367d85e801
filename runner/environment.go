package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
)

// inheritedNames are the variables that a server gets without asking: those
// that the MCP SDKs pass on, and what programs need to find their temporary
// directory and their language.
func inheritedNames() []string {
	if runtime.GOOS == "windows" {
		return []string{
			"APPDATA", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT", "PROCESSOR_ARCHITECTURE",
			"PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE",
		}
	}
	names := []string{"HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER"}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "LC_") {
			names = append(names, name)
		}
	}
	return names
}

// environment is the whole environment of a server, by name. A server never
// gets the runner's own.
type environment map[string]string

// newEnvironment makes the environment of cfg. Of variables with the same name,
// what was asked for wins over what is inherited, and a secret over both.
func newEnvironment(ctx context.Context, cfg *RunConfig, secrets secretsFunc, log *slog.Logger) (environment, error) {
	env := environment{}
	for _, name := range inheritedNames() {
		// A value that starts with () is a function exported by a shell; the MCP
		// SDKs leave those out.
		if value := os.Getenv(name); value != "" && !strings.HasPrefix(value, "()") {
			env[variableKey(name)] = name + "=" + value
		}
	}
	if err := askedVariables(ctx, cfg, secrets, log, env.set); err != nil {
		return nil, err
	}
	return env, nil
}

// ContainerEnvironment returns the environment of a container as NAME=VALUE: what
// cfg asks for, and nothing else of the runner's own. Of variables with the same
// name a secret wins over one that is copied, and that over a literal one. An
// error names a variable or a secret, and never a value. Nil secrets are those of
// EnvSecrets, a nil log is slog.Default().
func ContainerEnvironment(ctx context.Context, cfg *RunConfig, secrets func(ctx context.Context, name string) (string, error),
	log *slog.Logger,
) ([]string, error) {
	if secrets == nil {
		secrets = EnvSecrets
	}
	env := environment{}
	err := askedVariables(ctx, cfg, secrets, cmp.Or(log, slog.Default()), func(name, value string) error {
		if err := checkAssignment(name, value); err != nil {
			return err
		}
		env[name] = name + "=" + value // a container tells Path from PATH, wherever the runner runs
		return nil
	})
	if err != nil {
		return nil, err
	}
	return env.list(), nil
}

// askedVariables calls set for each variable that cfg asks for, those that win
// last.
func askedVariables(ctx context.Context, cfg *RunConfig, secrets secretsFunc, log *slog.Logger, set func(name, value string) error) error {
	// Sorted, or which of Path and PATH wins on Windows would change from run to run.
	for _, name := range slices.Sorted(maps.Keys(cfg.EnvVars)) {
		if err := set(name, cfg.EnvVars[name]); err != nil {
			return err
		}
	}
	for _, name := range cfg.HostEnv {
		value, ok := os.LookupEnv(name)
		if !ok {
			log.Warn("variable is not set in the runner's environment, so the server does not get it",
				"server", cfg.Name, "variable", name)
			continue
		}
		if err := set(name, value); err != nil {
			return err
		}
	}
	for _, reference := range cfg.Secrets {
		secret, err := ParseSecret(reference)
		if err != nil {
			return err
		}
		value, err := secrets(ctx, secret.Name)
		if err != nil {
			return fmt.Errorf("secret %s: %w", secret.Name, err)
		}
		if err := set(secret.Target, value); err != nil {
			return fmt.Errorf("secret %s: %w", secret.Name, err)
		}
	}
	return nil
}

// list returns the environment as exec.Cmd takes it. It is never nil, which
// would mean the runner's own environment.
func (e environment) list() []string {
	return append([]string{}, slices.Sorted(maps.Values(e))...)
}

func (e environment) set(name, value string) error {
	if err := checkAssignment(name, value); err != nil {
		return err
	}
	e[variableKey(name)] = name + "=" + value
	return nil
}

// checkAssignment reports the name of a variable that cannot be set, never its
// value.
func checkAssignment(name, value string) error {
	if name == "" || strings.ContainsAny(name, "=\x00") {
		return fmt.Errorf("variable %q: not a name", name)
	}
	if strings.ContainsRune(value, 0) {
		return fmt.Errorf("variable %s: %w", name, errNULByte)
	}
	return nil
}

var errNULByte = errors.New("the value contains a NUL byte")

// secretsFunc returns the value of the secret with the given name.
type secretsFunc = func(ctx context.Context, name string) (string, error)

// variableKey is the same for names that the system does not tell apart.
func variableKey(name string) string {
	if runtime.GOOS == "windows" {
		return strings.ToUpper(name)
	}
	return name
}
