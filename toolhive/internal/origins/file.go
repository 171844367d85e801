package origins

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// maxEntry bounds what is read of a file.
const maxEntry = 1 << 20

// checkDir refuses a directory in which others could put files.
func checkDir(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is no directory: remove it", dir)
	}
	if err := checkOwner(info); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return nil
}

// write puts a file in place at once: who reads it sees all of it or none.
func write(dir, name string, text []byte) (err error) {
	f, err := os.CreateTemp(dir, ".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, name))
}

// read returns the text of a regular file that only this user can have written.
func read(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, err
	}
	text, err := readOpen(f, before)
	return text, errors.Join(err, f.Close())
}

func readOpen(f *os.File, before os.FileInfo) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(before, info) {
		return nil, errors.New("the file was replaced while it was opened")
	}
	if err := checkOwner(info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxEntry+1))
	if err == nil && len(text) > maxEntry {
		err = fmt.Errorf("it is larger than %d bytes", maxEntry)
	}
	return text, err
}
