package wrap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// What is added to the name of a file.
const (
	backupSuffix = ".mcp-runner.bak"
	lockSuffix   = ".mcp-runner.lock"
)

// lockTime is how long another wrap of the same file may take.
const lockTime = 10 * time.Second

// File is a configuration that is changed as a whole or not at all.
type File struct {
	// Path is where it is, symbolic links resolved.
	Path string
	Data []byte
	info fs.FileInfo
	lock *flock.Flock
}

// Lock opens a file for a change. Until Close no other Lock of it succeeds.
func Lock(ctx context.Context, path string) (*File, error) {
	real, err := realPath(path)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(ctx, real+lockSuffix)
	if err != nil {
		return nil, err
	}
	f, err := Open(path)
	if err == nil {
		f.lock = lock
		err = f.changeable()
	}
	if err != nil {
		return nil, errors.Join(err, release(lock))
	}
	return f, nil
}

// Open opens a file to look at.
func Open(path string) (*File, error) {
	real, err := realPath(path)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(real)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is no regular file", path)
	case info.Size() > clients.MaxFileBytes:
		return nil, fmt.Errorf("%s: is larger than %d MiB", path, clients.MaxFileBytes>>20)
	}
	data, err := os.ReadFile(real)
	if err != nil {
		return nil, err
	}
	return &File{Path: real, Data: data, info: info}, nil
}

// realPath is path with symbolic links resolved. A loop of them is an error
// without a path.
func realPath(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if _, ok := errors.AsType[*fs.PathError](err); err != nil && !ok {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return real, err
}

// Close lets others change the file.
func (f *File) Close() error {
	if f.lock == nil {
		return nil
	}
	return release(f.lock)
}

// changeable refuses what a new file in its place would not be the same as.
func (f *File) changeable() error {
	switch {
	case f.info.Mode().Perm()&0o200 == 0:
		return fmt.Errorf("%s: is read-only: make it writable first", f.Path)
	case names(f.info) > 1:
		return fmt.Errorf("%s: has another name, a hard link, which would keep the old text: make it a file of its own", f.Path)
	}
	return nil
}

// BackupPath is where the text before any change is kept.
func (f *File) BackupPath() string { return f.Path + backupSuffix }

// Backup returns the backup, or nil where there is none.
func (f *File) Backup() ([]byte, error) {
	info, err := os.Lstat(f.BackupPath())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is no regular file: remove it", f.BackupPath())
	case info.Size() > clients.MaxFileBytes:
		return nil, fmt.Errorf("%s: is larger than %d MiB", f.BackupPath(), clients.MaxFileBytes>>20)
	}
	data, err := os.ReadFile(f.BackupPath())
	if data == nil {
		data = []byte{}
	}
	return data, err
}

// WriteBackup keeps data as the backup, for the same people as the file.
func (f *File) WriteBackup(data []byte) error { return f.put(f.BackupPath(), data, nil) }

// RemoveBackup takes it away where there is one.
func (f *File) RemoveBackup() error {
	err := os.Remove(f.BackupPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Replace puts data in the place of the file: a reader sees the old text or the
// new one, whatever happens. Where somebody else has changed the file since it
// was read, it stays as it is.
func (f *File) Replace(data []byte) error {
	return f.put(f.Path, data, func() error {
		now, err := Open(f.Path)
		switch {
		case err != nil:
			return err
		case !bytes.Equal(now.Data, f.Data) || now.info.Mode() != f.info.Mode() || now.Path != f.Path:
			return fmt.Errorf("%s: was changed by another program meanwhile: nothing is written, try again", f.Path)
		}
		return nil
	})
}

// put writes a file with the owner and the mode of f beside it and gives it its
// name at once. last is asked just before that.
func (f *File) put(path string, data []byte, last func() error) (err error) {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".mcp-runner-*.tmp") // open to its owner only
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	_, err = io.Copy(tmp, bytes.NewReader(data))
	if err == nil {
		err = f.like(tmp)
	}
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if last != nil {
		if err := last(); err != nil {
			return err
		}
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// lockFile takes a lock, and makes sure that its file is still the one with that
// name: who held it before has removed it.
func lockFile(ctx context.Context, path string) (*flock.Flock, error) {
	ctx, cancel := context.WithTimeout(ctx, lockTime)
	defer cancel()
	for {
		if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
			return nil, fmt.Errorf("%s: is no regular file: remove it", path)
		}
		lock := flock.New(path, flock.SetPermissions(0o600))
		locked, err := lock.TryLockContext(ctx, 10*time.Millisecond)
		if errors.Is(err, context.DeadlineExceeded) || err == nil && !locked {
			return nil, fmt.Errorf("%s: another wrap or unwrap of this file takes too long: end it and try again", path)
		}
		if err != nil {
			return nil, err
		}
		mine, err := lock.Stat()
		named, nameErr := os.Lstat(path)
		if err == nil && nameErr == nil && os.SameFile(mine, named) {
			return lock, nil
		}
		if err := lock.Close(); err != nil {
			return nil, err
		}
	}
}

// release removes the file of a lock while it is held where the system can do
// that, so that nobody else takes the name for theirs.
func release(lock *flock.Flock) error {
	removed := os.Remove(lock.Path())
	err := lock.Close()
	if removed != nil && !errors.Is(removed, fs.ErrNotExist) {
		// Windows removes no open file. One that another waits for stays until then.
		_ = os.Remove(lock.Path())
	}
	return err
}
