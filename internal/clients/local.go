package clients

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
	"github.com/mcp-runner/mcp-runner/runner"
)

// local fills in a server that is a process.
func (b *builder) local(cfg *runner.RunConfig, command []string) error {
	cfg.Transport = runner.TransportStdio
	cfg.Command = command[0]
	if len(command) > 1 {
		cfg.CmdArgs = command[1:]
	}
	if err := b.dir(); err != nil {
		return err
	}
	env := newEnvironment()
	if err := b.envFile(env); err != nil {
		return err
	}
	if err := b.env(env); err != nil {
		return err
	}
	if err := b.hostEnv(env); err != nil {
		return err
	}
	env.into(cfg)
	return nil
}

// dir finds out where the client starts the server.
func (b *builder) dir() error {
	b.Dir = b.scope.project
	n := field(b.entry.Launch, b.entry.Fields.Dir)
	if n == nil || n.Kind == tree.String && n.Text == "" {
		return nil
	}
	if n.Kind != tree.String {
		return b.fault(n, "%s is %s, want a string", b.entry.Fields.Dir, kindName(n.Kind))
	}
	value := b.expand(n.Text)
	if len(value.unknown) > 0 {
		b.problem(n.Start, "server %q: where it starts stands in a variable, %s", shorten(b.Name), shorten(value.unknown[0]))
		b.Dir = ""
		return nil
	}
	b.Dir = b.below(b.scope.tilde(value.text))
	return nil
}

// below is a path that the client reads: below the project, where it is
// relative, or below the home directory.
func (b *builder) below(path string) string {
	if filepath.IsAbs(path) || absolute(filepath.ToSlash(path)) {
		return path
	}
	base := b.scope.project
	if base == "" {
		base = b.scope.home
	}
	return filepath.Join(base, path)
}

// envFile reads the file of variables, if there is one.
func (b *builder) envFile(env *environment) error {
	n := field(b.entry.Launch, b.entry.Fields.EnvFile)
	if n == nil || n.Kind == tree.String && n.Text == "" {
		return nil
	}
	if n.Kind != tree.String {
		return b.fault(n, "%s is %s, want a string", b.entry.Fields.EnvFile, kindName(n.Kind))
	}
	value := b.expand(n.Text)
	if len(value.unknown) > 0 {
		return b.fault(n, "the file of its variables stands in a variable, %s, whose value only the client knows",
			shorten(value.unknown[0]))
	}
	path := b.below(b.scope.tilde(value.text))
	info, err := os.Stat(path)
	if missing(err) {
		b.problem(n.Start, "server %q: the file of its variables does not exist", shorten(b.Name))
		return nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("is not a regular file") // a pipe would keep us waiting
	}
	if err != nil {
		return b.fault(n, "the file of its variables: %s", reason(err))
	}
	vars, host, err := runner.ParseEnvFile(path)
	if err != nil {
		return b.fault(n, "%s", err)
	}
	for name, value := range vars {
		env.set(name, value)
	}
	for _, name := range host {
		env.host(name)
	}
	return nil
}
