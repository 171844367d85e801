//go:build unix

package wrap

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// names is the number of names that a file has.
func names(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}

// like gives tmp the owner, the mode and the access list of f. A new owner is an
// error: others could read then what they could not read before.
func (f *File) like(tmp *os.File) error {
	info, err := tmp.Stat()
	if err != nil {
		return err
	}
	want, ok := f.info.Sys().(*syscall.Stat_t)
	have, ok2 := info.Sys().(*syscall.Stat_t)
	if !ok || !ok2 {
		return fmt.Errorf("%s: its owner is not known", f.Path)
	}
	if want.Uid != have.Uid || want.Gid != have.Gid {
		if err := tmp.Chown(int(want.Uid), int(want.Gid)); err != nil {
			return fmt.Errorf("%s: belongs to user %d and group %d, which this user cannot give a file to: run this as its owner", f.Path, want.Uid, want.Gid)
		}
	}
	// Behind Chown, which takes bits away.
	if err := tmp.Chmod(f.info.Mode()); err != nil {
		return err
	}
	return copyAttributes(f.Path, tmp)
}

// syncDir waits until the names in a directory are on the disk. Some file
// systems cannot say.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
