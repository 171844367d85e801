package runner

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// ParseVolume reads HOST-PATH:CONTAINER-PATH[:ro|:rw], or one absolute path for
// both sides. The source may be a named volume or a URI such as volume://name.
// A letter, a colon and a slash or backslash begin a Windows path, so a named
// volume has at least two characters. The result has the source as written and
// no Resolved: both are filled by [Resolve].
func ParseVolume(s string) (Mount, error) {
	spec, readOnly := strings.CutSuffix(s, ":ro")
	if !readOnly {
		spec = strings.TrimSuffix(s, ":rw")
	}
	m, err := parseDeclaration(spec)
	if err != nil {
		return Mount{}, fmt.Errorf("volume %q: %w", shorten(s), err)
	}
	if m.Target == "" {
		if !strings.HasPrefix(m.Source, "/") {
			return Mount{}, fmt.Errorf("volume %q: no path in the container", shorten(s))
		}
		m.Target = path.Clean(m.Source)
	}
	m.ReadOnly = readOnly
	return m, nil
}

// ResolveMount returns m with what its Source means on this machine, as [Resolve]
// does for the mounts of a config: a host path is cleaned, absolute and without ~,
// in Resolved its symlinks are resolved, and a tail that is missing is kept. The
// name of a volume and a URI stay as they are. A Target that is missing is the
// host path. An error means that no policy can judge the mount.
func ResolveMount(m Mount) (Mount, error) {
	switch {
	case m.Source == "":
		return m, errors.New("mount: no path on the host")
	case strings.Contains(m.Source, "\x00"):
		return m, errors.New("mount: contains a NUL byte")
	}
	resolved, err := (&resolver{}).resolveMount(m)
	if err != nil {
		return resolved, fmt.Errorf("mount %q: %w", shorten(m.Source), err)
	}
	return resolved, nil
}

var (
	drivePattern       = regexp.MustCompile(`^[A-Za-z]:[/\\]`)
	schemePattern      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]+://`)
	namedVolumePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]+$`)
)

// parseDeclaration reads what permission profiles list: PATH, HOST-PATH:CONTAINER-PATH
// or URI:CONTAINER-PATH. A path alone has no Target yet.
func parseDeclaration(s string) (Mount, error) {
	switch {
	case s == "":
		return Mount{}, errors.New("is empty")
	case strings.Contains(s, "\x00"):
		return Mount{}, errors.New("contains a NUL byte")
	}
	// The part in which a colon separates nothing.
	prefix := drivePattern.FindString(s) + schemePattern.FindString(s)
	rest := s[len(prefix):]
	i := strings.LastIndexByte(rest, ':')
	switch {
	case i < 0 && schemePattern.MatchString(s):
		return Mount{}, errors.New("no path in the container")
	case i < 0:
		return Mount{Source: s}, nil
	}
	source, target := prefix+rest[:i], rest[i+1:]
	switch {
	case rest[:i] == "":
		return Mount{}, errors.New("no path on the host")
	case !strings.HasPrefix(target, "/"):
		return Mount{}, errors.New("path in the container is not absolute, or the option is not ro or rw")
	case strings.Contains(rest[:i], ":") && !schemePattern.MatchString(s):
		return Mount{}, errors.New("too many colons")
	}
	return Mount{Source: source, Target: path.Clean(target)}, nil
}

// mounts returns the mounts of cfg's volumes and of its permission profile. One that is there twice is listed once: ToolHive exports a volume as
// a volume and in the profile.
func (r *resolver) mounts(ctx context.Context, cfg *RunConfig) ([]Mount, error) {
	var mounts []Mount
	add := func(field string, m Mount) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		m, err := r.mount(m)
		if err != nil {
			return fmt.Errorf("%s: mount %q: %w", field, m.Source, err)
		}
		if !slices.Contains(mounts, m) {
			mounts = append(mounts, m)
		}
		return nil
	}
	for _, volume := range cfg.Volumes {
		m, err := ParseVolume(volume)
		if err != nil {
			return nil, err
		}
		if err := add("volumes", m); err != nil {
			return nil, err
		}
	}
	if cfg.PermissionProfile == nil {
		return mounts, nil
	}
	for _, list := range []struct {
		field        string
		declarations []string
		readOnly     bool
	}{{"read", cfg.PermissionProfile.Read, true}, {"write", cfg.PermissionProfile.Write, false}} {
		for _, declaration := range list.declarations {
			m, err := parseDeclaration(declaration)
			if err != nil {
				return nil, fmt.Errorf("permission_profile.%s: %w", list.field, err)
			}
			m.ReadOnly = list.readOnly
			if err := add("permission_profile."+list.field, m); err != nil {
				return nil, err
			}
		}
	}
	return mounts, nil
}

// resolveMount fills in what m.Source means on this machine. The source stands
// in m even where it fails.
func (r *resolver) resolveMount(m Mount) (Mount, error) {
	if schemePattern.MatchString(m.Source) || m.Target != "" && namedVolumePattern.MatchString(m.Source) {
		m.Resolved = m.Source
		return m, nil
	}
	source, err := r.hostPath(m.Source)
	if err != nil {
		return m, err
	}
	m.Source = filepath.Clean(source)
	if m.Target == "" {
		m.Target = filepath.ToSlash(m.Source)
	}
	m.Resolved, err = resolveHostPath(source)
	return m, err
}
