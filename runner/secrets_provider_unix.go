//go:build !windows

package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const secretFiles = true

// openSecret does not wait for who writes into a FIFO.
func openSecret(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
}

// checkSecretMode asks of a secret what ssh asks of a private key, and takes one
// more: a file of root that is handed to an unprivileged process through its
// group, which is how Kubernetes mounts secrets with an fsGroup.
func checkSecretMode(info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New("its owner cannot be found out")
	}
	euid, owner, mode := os.Geteuid(), int(stat.Uid), info.Mode().Perm()
	others := fs.FileMode(0o077)
	if owner == 0 && euid != 0 {
		others = 0o037
	}
	switch {
	case owner != euid && owner != 0:
		return errors.New("belongs to neither root nor the user of this process")
	case mode&others != 0:
		return fmt.Errorf("others than its owner may read or write it (mode %04o): chmod 600 it, "+
			"or for a secret of Kubernetes set defaultMode: 0400", mode)
	}
	return nil
}
