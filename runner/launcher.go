package runner

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/mcp-runner/mcp-runner/runner/launch"
)

// launch reads the command line of cfg as far as it is one of a launcher, and
// adds the mounts that it asks for.
func (r *resolver) launch(ctx context.Context, cfg *RunConfig) error {
	if cfg.Command == "" {
		return nil
	}
	line := LaunchLine(cfg)
	r.checkLaunchPlace(cfg, &line)
	cfg.Resolved.Launch = &line
	if line.Container == nil {
		return nil
	}
	for _, m := range line.Container.Mounts {
		if err := ctx.Err(); err != nil {
			return err
		}
		mount, err := r.mount(Mount{Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly})
		if err != nil {
			return fmt.Errorf("command line: mount %q: %w", shorten(m.Source), err)
		}
		if !slices.Contains(cfg.Resolved.Mounts, mount) {
			cfg.Resolved.Mounts = append(cfg.Resolved.Mounts, mount)
		}
	}
	return nil
}

// LaunchLine reads the command line of cfg, whose Resolved.Command is set: by
// all the names of its file, and with the variables that the launcher gets.
func LaunchLine(cfg *RunConfig) launch.Line {
	command := cfg.Resolved.Command
	line := launch.ParseAs([]string{cfg.Command, command.Argv0, command.Path}, cfg.CmdArgs)
	// A #! line of a container client makes the script an argument of that. Any
	// other script is a program of its own.
	if i := command.Interpreter; i != nil {
		for _, i := range append([]Interpreter{*i}, command.Further...) {
			if launch.ContainerClient(i.Path) {
				line = launch.Parse(slices.Concat([]string{i.Path, command.Argv0}, cfg.CmdArgs))
			}
		}
	}
	fixed := slices.Sorted(maps.Keys(cfg.EnvVars))
	for _, reference := range cfg.Secrets {
		if secret, err := ParseSecret(reference); err == nil { // Validate has refused others
			fixed = append(fixed, secret.Target)
		}
	}
	line.Environment(fixed, cfg.HostEnv)
	return line
}
