package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mountFiles finds out which files the sources of mounts are.
func mountFiles(mounts []Mount) ([]FileID, error) {
	var ids []FileID
	for _, m := range mounts {
		var id FileID
		if filepath.IsAbs(m.Resolved) {
			var err error
			if id, err = fileID(m.Resolved); err != nil && !errors.Is(err, unix.ENOENT) {
				return nil, fmt.Errorf("mount %q: %w", m.Source, err)
			}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// fileID identifies the file at an absolute path that has no symbolic links. That
// one of its parts is a link is an error: it has become one since the path was
// resolved, and leads somewhere that nobody was asked about.
func fileID(path string) (FileID, error) {
	at, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return FileID{}, &os.PathError{Op: "open", Path: "/", Err: err}
	}
	defer func() { _ = unix.Close(at) }() // nothing was written
	var stat unix.Stat_t
	for part := range strings.SplitSeq(filepath.Clean(path), "/") {
		if part == "" {
			continue
		}
		next, err := unix.Openat(at, part, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err != nil {
			return FileID{}, &os.PathError{Op: "open", Path: path, Err: err}
		}
		_ = unix.Close(at) // nothing was written
		at = next
		if err := unix.Fstat(at, &stat); err != nil {
			return FileID{}, &os.PathError{Op: "stat", Path: path, Err: err}
		}
		if stat.Mode&unix.S_IFMT == unix.S_IFLNK {
			return FileID{}, fmt.Errorf("%s: %s has become a symbolic link meanwhile", path, part)
		}
	}
	if err := unix.Fstat(at, &stat); err != nil {
		return FileID{}, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return FileID{Device: uint64(stat.Dev), Inode: stat.Ino}, nil
}
