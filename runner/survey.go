package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
)

// Place is where somebody else starts a server: an MCP client, perhaps of another
// user, perhaps on another machine that has the same files.
type Place struct {
	// Dir is the working directory, absolute; "" is that of this process.
	Dir string
	// Home is what ~ stands for; "" is the home directory of this process's user.
	Home string
	// BuildsImages says that packages (npx://… and so on) become images there, as
	// ToolHive makes them, and no launcher starts them.
	BuildsImages bool
}

// Survey is [Resolve] for a server that is only looked at, and that would start
// at a place of its own. What is not on this machine is taken at its word, so
// that the rest is judged all the same: of a command that is not found
// Resolved.Command has Argv0 as it is written, and neither Path nor SHA256 nor
// Interpreter; a mount that cannot be followed has the path that is written as
// its Resolved. The notes say, each in a sentence, what was not found, and are
// nil where the result is that of Resolve. It must not be run.
func Survey(ctx context.Context, cfg *RunConfig, at Place) (c *RunConfig, notes []string, err error) {
	r := &resolver{place: at, survey: true}
	c, err = r.resolve(ctx, cfg)
	return c, r.notes, err
}

// resolver finds out what a config means at a place.
type resolver struct {
	place Place
	// survey says that what is not there is noted, and no error.
	survey bool
	// images says which image a reference stands for; nil says nothing.
	images ContainerRuntime
	notes  []string
}

func (r *resolver) dir() (string, error) {
	if r.place.Dir != "" {
		return r.place.Dir, nil
	}
	return os.Getwd()
}

func (r *resolver) home() (string, error) {
	if r.place.Home != "" {
		return r.place.Home, nil
	}
	return os.UserHomeDir()
}

// launches reports whether c is a package that its launcher starts.
func (r *resolver) launches(c *RunConfig) bool { return IsPackage(c.Image) && !r.place.BuildsImages }

// command is resolveCommand, or for a survey what is written.
func (r *resolver) command(ctx context.Context, c *RunConfig) (*ResolvedCommand, error) {
	found, err := r.resolveCommand(ctx, c)
	if err == nil || !r.survey {
		return found, err
	}
	// An interpreter that is missing is an error all the same: the script is here.
	_, _, missing := r.findExecutable(c.Command)
	absent := errors.Is(missing, exec.ErrNotFound) || errors.Is(missing, fs.ErrNotExist)
	switch {
	case absent && r.wholeLine(c.Command):
		return nil, err
	case absent:
		r.notes = append(r.notes, fmt.Sprintf("command %q not found on this machine: judged by what is written", shorten(c.Command)))
	case errors.Is(err, fs.ErrPermission):
		r.notes = append(r.notes, fmt.Sprintf("command %q cannot be read on this machine: judged by what is written", shorten(c.Command)))
	default:
		return nil, err
	}
	return &ResolvedCommand{Argv0: c.Command}, nil
}

// wholeLine reports whether a command that is not there is a program with its
// arguments in one string, of which nobody can say how it will be split.
func (r *resolver) wholeLine(command string) bool {
	program, rest, isLine := strings.Cut(command, " ")
	if !isLine {
		return false
	}
	for _, word := range strings.Fields(rest) {
		if strings.HasPrefix(word, "-") {
			return true
		}
	}
	_, _, err := r.findExecutable(program)
	return err == nil || !strings.ContainsAny(program, `/\`)
}

// mount is resolveMount, or for a survey what is written.
func (r *resolver) mount(m Mount) (Mount, error) {
	resolved, err := r.resolveMount(m)
	if err == nil || !r.survey || !errors.Is(err, errWindowsPath) && !errors.Is(err, fs.ErrPermission) {
		return resolved, err
	}
	r.notes = append(r.notes, fmt.Sprintf("mount %q cannot be followed on this machine: judged by the path that is written", shorten(m.Source)))
	if resolved.Target == "" {
		resolved.Target = resolved.Source
	}
	resolved.Resolved = resolved.Source
	return resolved, nil
}
