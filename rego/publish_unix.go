//go:build unix

package rego

import (
	"errors"
	"syscall"
)

// alive says whether there is a process of this id.
func alive(pid int) bool {
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// sync writes the directory to the disk, and with it what was renamed. Some
// network file systems do so by themselves and know no such request.
func (d *destination) sync() error {
	dir, err := d.root.Open(".")
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, dir.Close())
}
