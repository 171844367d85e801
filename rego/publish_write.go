package rego

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// with is the destination as it will be: with the archive in it, or nothing but
// the archive.
func (d *destination) with(packed []byte, alone bool) fs.FS {
	f := publishedFS{root: d.root, name: d.name, content: packed, alone: alone}
	hdr := &tar.Header{Typeflag: tar.TypeReg, Name: d.name, Size: int64(len(packed)), Mode: 0o644}
	f.info = hdr.FileInfo()
	return f
}

// publishedFS is a directory with one file in place of the one of that name.
type publishedFS struct {
	root    *os.Root
	name    string
	content []byte
	info    fs.FileInfo
	alone   bool
}

func (f publishedFS) Open(name string) (fs.File, error) {
	switch {
	case name == f.name:
		return &memoryFile{Reader: bytes.NewReader(f.content), info: f.info}, nil
	case f.alone && name != ".":
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	file, err := f.root.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil || name != "." {
		return file, err
	}
	return &publishedDir{File: file, of: f}, nil
}

func (f publishedFS) Lstat(name string) (fs.FileInfo, error) {
	if name == f.name {
		return f.info, nil
	}
	return f.root.Lstat(name)
}

func (f publishedFS) Stat(name string) (fs.FileInfo, error) {
	if name == f.name {
		return f.info, nil
	}
	return f.root.Stat(name)
}

func (f publishedFS) ReadLink(name string) (string, error) {
	if name == f.name {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	return f.root.Readlink(name)
}

// publishedDir is the directory itself.
type publishedDir struct {
	fs.File
	of   publishedFS
	list []fs.DirEntry // what was not handed out yet
	read bool
}

func (d *publishedDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.read {
		if file, ok := d.File.(fs.ReadDirFile); ok && !d.of.alone {
			var err error
			if d.list, err = file.ReadDir(-1); err != nil {
				return nil, err
			}
		}
		d.list = slices.DeleteFunc(d.list, func(e fs.DirEntry) bool { return e.Name() == d.of.name })
		d.list, d.read = append(d.list, fs.FileInfoToDirEntry(d.of.info)), true
	}
	if n <= 0 || n > len(d.list) {
		if n > 0 && len(d.list) == 0 {
			return nil, io.EOF
		}
		n = len(d.list)
	}
	out := d.list[:n]
	d.list = d.list[n:]
	return out, nil
}

type memoryFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memoryFile) Close() error               { return nil }

// write puts the archive into the directory: beside it, to the disk, read back,
// and in its place at once.
func (d *destination) write(ctx context.Context, packed []byte) error {
	if info, err := d.root.Lstat(d.name); err == nil && !info.Mode().IsRegular() && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s is no file", d.name)
	}
	if err := d.clean(); err != nil {
		return err
	}
	if err := d.replace(ctx, packed); err != nil {
		return err
	}
	if err := d.sync(); err != nil {
		return fmt.Errorf("%s is published, and may be lost if the machine stops now: %w", d.name, err)
	}
	return nil
}

func (d *destination) replace(ctx context.Context, packed []byte) (err error) {
	temp := fmt.Sprintf(tempPrefix+"%s.%d.%s", thisHost(), os.Getpid(), rand.Text())
	f, err := d.root.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.root.Remove(temp))
		}
	}()
	_, err = f.Write(packed)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	// What was checked is what is there, to the last byte.
	back, err := d.root.ReadFile(temp)
	if err != nil {
		return err
	}
	if !bytes.Equal(back, packed) {
		return fmt.Errorf("%s: what was written is not what is read", temp)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return d.root.Rename(temp, d.name)
}

// Temporary files begin with a dot, so that no loader takes one, and name the
// host and the process that writes it.
const tempPrefix = ".mcp-runner-publish."

var tempName = regexp.MustCompile(`^` + regexp.QuoteMeta(tempPrefix) + `([0-9a-f]{12})\.([0-9]{1,9})\.[A-Z2-7]{26}$`)

// staleAfter is when a temporary file is nobody's any more, whatever its process.
const staleAfter = time.Hour

// clean removes what publishes left behind that were killed.
func (d *destination) clean() error {
	dir, err := d.root.Open(".")
	if err != nil {
		return err
	}
	names, err := dir.Readdirnames(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return err
	}
	for _, name := range names {
		m := tempName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		info, err := d.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		pid, err := strconv.Atoi(m[2])
		ended := err == nil && m[1] == thisHost() && !alive(pid)
		if !info.Mode().IsRegular() || !ended && time.Since(info.ModTime()) < staleAfter {
			continue
		}
		if err := d.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// thisHost names the host in a file name, whatever signs are in its own.
func thisHost() string {
	name, err := os.Hostname()
	if err != nil {
		name = rand.Text() // like no other: age alone tells
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:6])
}
