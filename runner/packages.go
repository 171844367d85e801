package runner

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/mcp-runner/mcp-runner/runner/launch"
)

// IsPackage reports whether what stands in RunConfig.Image is a package
// (npx://…, uvx://… or go://…), which its launcher starts on the host.
func IsPackage(image string) bool { return image != "" && ImageScheme(image) != "image" }

// AsCommand is c as the process that starts it: for a resolved package, the
// launcher with its whole line in place of the image; else c itself. The copy
// shares its memory with c.
func (c *RunConfig) AsCommand() *RunConfig {
	if !IsPackage(c.Image) || c.Resolved == nil || c.Resolved.Command == nil {
		return c
	}
	d := *c
	d.Image, d.Command, d.CmdArgs = "", ImageScheme(c.Image), c.Resolved.CommandArgs
	return &d
}

// packageLine reads the reference of a package into the arguments of its
// launcher, and returns c with these.
func packageLine(c *RunConfig) (*RunConfig, error) {
	words, err := launch.SchemeLine(c.Image, c.CmdArgs)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	d := *c
	d.Image, d.Command, d.CmdArgs = "", words[0], words[1:]
	c.Resolved.CommandArgs = d.CmdArgs
	return &d, nil
}

// launcher finds the program that starts the package of c, as it finds any
// command.
func (r *resolver) launcher(ctx context.Context, c *RunConfig) (*ResolvedCommand, error) {
	d, err := packageLine(c)
	if err != nil {
		return nil, err
	}
	found, err := r.command(ctx, d)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("packages of %s:// are started by %[1]s, which is not found: install %[2]s, or put it on the PATH",
			d.Command, launcherSources[d.Command])
	case err != nil:
		return nil, commandError(d.Command, err)
	}
	return found, nil
}

// launcherSources are what a launcher comes with.
var launcherSources = map[string]string{
	"npx": "Node.js (https://nodejs.org)",
	"uvx": "uv (https://docs.astral.sh/uv)",
	"go":  "Go (https://go.dev)",
}
