package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Resolve returns a copy of cfg that was validated, has its defaults, and says
// in Resolved what would run: the file behind the command, or behind the launcher
// of a package, with its digest and interpreter, what its command line runs in the end, and the real paths of the
// mounts. The argument is not changed. What cannot be found out is an error, since a policy could not judge it.
//
// Nobody is asked which image a reference stands for: that is [Runner.Resolve].
//
// Defaults are a Name made from the source of the server, for a launcher from the
// package or image that it runs, and the Transport:
// streamable-http for a remote server, else stdio.
func Resolve(ctx context.Context, cfg *RunConfig) (*RunConfig, error) {
	return (&resolver{}).resolve(ctx, cfg)
}

func (r *resolver) resolve(ctx context.Context, cfg *RunConfig) (*RunConfig, error) {
	c := cfg.Clone()
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	unnamed := c.Name == ""
	setDefaults(c)
	c.Resolved = &Resolved{}
	var err error
	if c.Host != "" {
		if c.Host, err = CanonicalHost(c.Host); err != nil { // what policies see is where the runner listens
			return nil, err
		}
	}
	if c.Command != "" {
		if c.Resolved.Command, err = r.command(ctx, c); err != nil {
			return nil, commandError(c.Command, err)
		}
	}
	if r.launches(c) {
		if c.Resolved.Command, err = r.launcher(ctx, c); err != nil {
			return nil, err
		}
	}
	if c.Image != "" && !IsPackage(c.Image) {
		if c.Resolved.Container, err = r.container(ctx, c); err != nil {
			return nil, err
		}
	}
	if c.Resolved.Mounts, err = r.mounts(ctx, c); err != nil {
		return nil, err
	}
	if c.Resolved.Container != nil && !r.survey { // which takes mounts at their word
		if c.Resolved.MountFiles, err = mountFiles(c.Resolved.Mounts); err != nil {
			return nil, err
		}
	}
	if err = r.launch(ctx, c.AsCommand()); err != nil {
		return nil, err
	}
	if unnamed {
		nameLaunched(c)
	}
	return c, nil
}

func setDefaults(c *RunConfig) {
	if c.SchemaVersion == "" {
		c.SchemaVersion = CurrentSchemaVersion
	}
	if c.Transport == "" {
		c.Transport = TransportStdio
		if c.RemoteURL != "" {
			c.Transport = TransportStreamableHTTP
		}
	}
	if c.Name == "" {
		c.Name = defaultName(c)
	}
}

// defaultName is the last part of the image's or command's name, or the host of
// the URL.
func defaultName(c *RunConfig) string {
	var name string
	switch {
	case c.RemoteURL != "":
		if u, err := url.Parse(c.RemoteURL); err == nil {
			name = u.Hostname()
		}
	case c.Image != "":
		name = imageBaseName(c.Image)
	default:
		name = commandBaseName(c.Command)
	}
	return cleanName(name)
}

// nameLaunched names a server after what its launcher runs: npx and docker say
// nothing of it.
func nameLaunched(c *RunConfig) {
	line := c.Resolved.Launch
	if line == nil || line.Opaque {
		return
	}
	switch {
	case line.Container != nil:
		c.Name = cleanName(imageBaseName(line.Container.Image))
	case line.Package.Name != "":
		c.Name = cleanName(imageBaseName(line.Package.Name))
	}
}

// cleanName is a name of lower-case letters, digits, dots, dashes and underscores.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		default:
			return '-'
		}
	}, strings.ToLower(name))
	if name = strings.Trim(name, "-._"); name == "" {
		return "server"
	}
	return name
}

// imageBaseName takes the path of an image or package, then what stands before
// its tag, version or digest.
func imageBaseName(image string) string {
	if i := strings.Index(image, "://"); i >= 0 {
		image = image[i+len("://"):]
	}
	if i := strings.LastIndexByte(image, '/'); i >= 0 {
		image = image[i+1:]
	}
	if i := strings.IndexAny(strings.TrimPrefix(image, "@"), ":@"); i >= 0 {
		image = strings.TrimPrefix(image, "@")[:i]
	}
	return image
}

func commandBaseName(command string) string {
	if runtime.GOOS == "windows" {
		command = filepath.ToSlash(command)
	}
	name := command[strings.LastIndexByte(command, '/')+1:]
	// The 12 of python3.12 is no extension.
	if ext := filepath.Ext(name); len(ext) > 1 && len(ext) < len(name) && strings.Trim(ext[1:], "0123456789") != "" {
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

// commandError names the command. One with spaces in it that is not there is a
// whole command line, whose arguments may be secrets.
func commandError(command string, err error) error {
	if program, _, isLine := strings.Cut(command, " "); isLine && (errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist)) {
		return fmt.Errorf("command %q and arguments in one string: give the arguments apart from it, "+
			"as cmd_args in a run config or one by one behind --", program)
	}
	if errors.Is(err, exec.ErrNotFound) {
		err = fmt.Errorf("%w: install it, or give its path", err)
	}
	return fmt.Errorf("command %q: %w", command, err)
}

// resolveCommand finds the file that c.Command is.
func (r *resolver) resolveCommand(ctx context.Context, c *RunConfig) (*ResolvedCommand, error) {
	argv0, real, err := r.findExecutable(c.Command)
	if err != nil {
		return nil, err
	}
	digest, err := digests.file(ctx, real)
	if err != nil {
		return nil, err
	}
	found := &ResolvedCommand{Argv0: argv0, Path: real, SHA256: digest.sha256}
	// The kernel, too, gives up where there are more.
	for range mostInterpreters {
		program, err := r.interpreterOf(c, real, digest.head)
		if err != nil || program == nil {
			return found, err
		}
		if digest, err = digests.file(ctx, program.Path); err != nil {
			return nil, fmt.Errorf("interpreter: %w", err)
		}
		program.SHA256, real = digest.sha256, program.Path
		if found.Interpreter == nil {
			found.Interpreter = program
		} else {
			found.Further = append(found.Further, *program)
		}
	}
	return nil, fmt.Errorf("interpreter %s: more than %d scripts are each other's interpreters", real, mostInterpreters)
}

// mostInterpreters bounds the interpreters of one script, the last of which is no
// script.
const mostInterpreters = 5

// findExecutable looks name up as os/exec does and returns the absolute path as
// found and the file behind all symbolic links.
func (r *resolver) findExecutable(name string) (found, real string, err error) {
	if r.place.Dir != "" && hasSeparator(name) { // LookPath would begin where this process is
		if name, err = r.absolute(name); err != nil {
			return "", "", err
		}
	}
	found, err = exec.LookPath(name)
	if err != nil {
		if eerr, ok := errors.AsType[*exec.Error](err); ok {
			err = eerr.Err // the caller names the command
		}
		return "", "", err
	}
	if !filepath.IsAbs(found) {
		if !hasSeparator(name) {
			return "", "", exec.ErrDot
		}
		if found, err = r.absolute(found); err != nil {
			return "", "", err
		}
	}
	if real, err = filepath.EvalSymlinks(found); err != nil {
		return "", "", err
	}
	// "link/.." is not the directory of the link, so a path is cleaned only where
	// that leads to the same file.
	if cleaned := filepath.Clean(found); cleaned != found {
		if other, err := filepath.EvalSymlinks(cleaned); err == nil && other == real {
			found = cleaned
		}
	}
	return found, real, nil
}

// absolute is filepath.Abs without cleaning, except on Windows, where paths can
// be relative to a drive and are cleaned by the system anyway.
func (r *resolver) absolute(p string) (string, error) {
	switch {
	case filepath.IsAbs(p):
		return p, nil
	case runtime.GOOS == "windows" && r.place.Dir != "" && filepath.VolumeName(p) == "":
		return filepath.Join(r.place.Dir, p), nil
	case runtime.GOOS == "windows":
		return filepath.Abs(p)
	}
	dir, err := r.dir()
	if err != nil {
		return "", err
	}
	return dir + "/" + p, nil
}

func hasSeparator(name string) bool {
	if runtime.GOOS == "windows" {
		return strings.ContainsAny(name, `\/:`)
	}
	return strings.Contains(name, "/")
}
