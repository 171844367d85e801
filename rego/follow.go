package rego

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLinks is how many symlinks may follow each other, as on Linux.
const maxLinks = 40

// follow returns what name leads to from the directory at, as a path without
// symlinks. at has none; name is absolute where at is "". Each step on the way, a
// symlink as well, is told to see, which says what is there as [os.Lstat] does. On
// an error the path is where the way ends.
func follow(at, name string, see func(path string) (fs.FileInfo, error)) (string, error) {
	var todo []string
	turn := func(to string) error {
		volume := filepath.VolumeName(to)
		rest := to[len(volume):]
		if rest != "" && os.IsPathSeparator(rest[0]) {
			if volume == "" {
				volume = filepath.VolumeName(at)
			}
			at = volume + string(filepath.Separator)
			if _, err := see(at); err != nil {
				return err
			}
		} else if volume != "" {
			return fmt.Errorf("%s is relative to a volume", to)
		}
		todo = append(strings.FieldsFunc(rest, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(byte(r)) }), todo...)
		return nil
	}
	if err := turn(name); err != nil {
		return at, err
	}
	for links := 0; len(todo) > 0; {
		step := todo[0]
		todo = todo[1:]
		switch step {
		case ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, step)
		info, err := see(next)
		if err != nil {
			return next, err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return next, fmt.Errorf("%s: more than %d symlinks", next, maxLinks)
		}
		to, err := os.Readlink(next)
		if err != nil {
			return next, err
		}
		if err := turn(to); err != nil {
			return next, err
		}
	}
	return at, nil
}
