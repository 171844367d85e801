//go:build unix

package docker

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// exchangeable finds out whether somebody else than this process's user and root
// could put another directory in the place of dir: by writing to it or to one
// above it, or by owning one. It says why, and at which. A sticky bit does not
// count for anything: it protects a name only while somebody has it. Linux shows
// in the permissions of the group what its access control lists allow at most;
// those of macOS and of network file systems are not looked at.
func exchangeable(dir string) (why, at string, err error) {
	for {
		info, err := os.Lstat(dir)
		if err != nil {
			return "", "", err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		switch {
		case !ok:
			return "is of a kind that tells nothing of its owner", dir, nil
		case !info.IsDir():
			return "is not the directory any more that policy was asked about", dir, nil
		case info.Mode().Perm()&0o022 != 0:
			return fmt.Sprintf("can be written by others (mode %04o)", info.Mode().Perm()), dir, nil
		case stat.Uid != 0 && int(stat.Uid) != os.Geteuid():
			return fmt.Sprintf("belongs to another user (%d)", stat.Uid), dir, nil
		}
		above := filepath.Dir(dir)
		if above == dir {
			return "", "", nil
		}
		dir = above
	}
}
