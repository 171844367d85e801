package docker

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mcp-runner/mcp-runner/runner"
)

// checkMounts refuses mounts that could become others before they are mounted,
// where nobody can look afterwards: looks says that verifyMounts will. A source
// that does not exist is refused in any case: an engine would make it.
func checkMounts(cfg *runner.RunConfig, looks bool) error {
	for _, m := range cfg.Resolved.Mounts {
		if !isHostPath(m) {
			continue
		}
		if err := checkSource(m.Resolved, looks); err != nil {
			return fmt.Errorf("mount %q: %w", m.Source, err)
		}
	}
	return nil
}

func checkSource(source string, looks bool) error {
	info, err := os.Lstat(source)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist, and the engine would make a directory there: make it first", source)
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s has become a symbolic link since policy was asked about it", source)
	case looks:
		return nil
	}
	dir := source
	if !info.IsDir() { // who writes to a file does not exchange it
		dir = filepath.Dir(source)
	}
	why, at, err := exchangeable(dir)
	if err != nil {
		return err
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("%s %s, so something else could be put there before the engine mounts it, "+
		"and from here nobody can look at what a container has mounted: mount a path below directories that only you and root can write to", at, why)
}
