//go:build unix

package docker

import (
	"fmt"
	"os"
	"syscall"
)

// ownedAlone returns an error where somebody else than root and us could have
// written the file.
func ownedAlone(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", name)
	case !ok || owner.Uid != 0 && int64(owner.Uid) != int64(os.Geteuid()):
		return fmt.Errorf("%s belongs to another user: it must be yours or root's", name)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written by others: chmod go-w %s", name, name)
	}
	return nil
}
