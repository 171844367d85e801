package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Where a server stands that is resolved as it is written.
const (
	writtenHome = "/home/user"
	writtenDir  = "/home/user/project"
	// emptySHA256 is the digest of a file without content.
	emptySHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

// ResolveAsWritten is [Resolve] for a server that nobody starts: a case in a
// test of policies, which has the same answer on every machine. Nothing is
// looked up. The command is the file that command names, and where that says
// nothing the one that is written, with the digest of an empty file; mounts are
// the paths that are written, without symbolic links, below a home /home/user
// and a working directory /home/user/project. The result must not be run.
func ResolveAsWritten(ctx context.Context, cfg *RunConfig, command ResolvedCommand) (*RunConfig, error) {
	c := cfg.Clone()
	if err := errors.Join(c.Validate(), ctx.Err()); err != nil {
		return nil, err
	}
	unnamed := c.Name == ""
	setDefaults(c)
	c.Resolved = &Resolved{}
	var err error
	if c.Host != "" {
		if c.Host, err = CanonicalHost(c.Host); err != nil {
			return nil, err
		}
	}
	started := c
	if IsPackage(c.Image) {
		if started, err = packageLine(c); err != nil {
			return nil, err
		}
	}
	if started.Command != "" {
		command.Argv0 = cmp.Or(command.Argv0, started.Command)
		command.Path = cmp.Or(command.Path, command.Argv0)
		command.SHA256 = cmp.Or(command.SHA256, emptySHA256)
		c.Resolved.Command = &command
		line := LaunchLine(started)
		c.Resolved.Launch = &line
		if unnamed {
			nameLaunched(c)
		}
	}
	c.Resolved.Mounts, err = writtenMounts(c)
	return c, err
}

func writtenMounts(c *RunConfig) ([]Mount, error) {
	var mounts []Mount
	add := func(m Mount) {
		if !schemePattern.MatchString(m.Source) && (m.Target == "" || !namedVolumePattern.MatchString(m.Source)) {
			m.Source = writtenPath(m.Source)
		}
		m.Resolved, m.Target = m.Source, cmp.Or(m.Target, m.Source)
		if !slices.Contains(mounts, m) {
			mounts = append(mounts, m)
		}
	}
	for _, volume := range c.Volumes {
		m, err := ParseVolume(volume)
		if err != nil {
			return nil, err
		}
		add(m)
	}
	if p := c.PermissionProfile; p != nil {
		for i, declaration := range slices.Concat(p.Read, p.Write) {
			m, err := parseDeclaration(declaration)
			if err != nil {
				return nil, fmt.Errorf("permission_profile: %w", err)
			}
			m.ReadOnly = i < len(p.Read)
			add(m)
		}
	}
	if line := c.Resolved.Launch; line != nil && line.Container != nil {
		for _, m := range line.Container.Mounts {
			add(Mount{Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly})
		}
	}
	return mounts, nil
}

func writtenPath(p string) string {
	switch {
	case drivePattern.MatchString(p):
		return p
	case p == "~", strings.HasPrefix(p, "~/"):
		return path.Join(writtenHome, p[1:])
	case strings.HasPrefix(p, "/"):
		return path.Clean(p)
	default:
		return path.Join(writtenDir, p)
	}
}
