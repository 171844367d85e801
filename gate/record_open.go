package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockFile is the lock beside a log. It stays when the log is renamed.
func lockFile(path string) (*flock.Flock, error) {
	path += ".lock"
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no regular file: remove it", filepath.Base(path))
	}
	return flock.New(path), nil
}

// openLog opens a log to read and append, and makes it where it is missing. What
// others could read or write instead is refused.
func openLog(path string) (*os.File, error) {
	const mode = os.O_RDWR | os.O_APPEND | openFlags
	before, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err := os.OpenFile(path, mode|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		return f, closeOn(f, syncDir(filepath.Dir(path)))
	}
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("it is no regular file but %s", fileKind(before.Mode()))
	}
	f, err := os.OpenFile(path, mode, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !os.SameFile(before, info):
		err = errors.New("the file was replaced while it was opened")
	default:
		err = checkLogFile(f, info)
	}
	return f, closeOn(f, err)
}

// closeOn closes f where there is an error.
func closeOn(f *os.File, err error) error {
	if err != nil {
		return errors.Join(err, f.Close())
	}
	return nil
}

func fileKind(mode fs.FileMode) string {
	switch {
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "a pipe or a socket"
	}
}

// appendLine writes a line in one piece and waits until it is on the disk. Where
// that fails, the file is as it was. A last line that is torn, by a crash, gets
// its end first.
func appendLine(f *os.File, line []byte) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	_, err = f.Write(line)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(size))
	}
	return nil
}
