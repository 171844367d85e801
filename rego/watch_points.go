package rego

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// points are the directories to watch, by their real paths. Everything in one
// concerns the source where the names are nil, else only these names do.
type points map[string]map[string]bool

// whole notes that everything in a directory concerns the source.
func (p points) whole(dir string) { p[dir] = nil }

// entry notes that one name in a directory does.
func (p points) entry(path string) {
	dir, name := filepath.Dir(path), filepath.Base(path)
	names, ok := p[dir]
	if ok && names == nil {
		return
	}
	if !ok {
		names = map[string]bool{}
		p[dir] = names
	}
	names[name] = true
}

// watchPoints lists what has to be watched for no change of the source in dir to
// go without an event: every directory in it; the nearest directory above it
// that exists; and, where a symlink stands on the way to dir or in it, what
// holds the link and what it leads to. It lists as much as it can: the error is
// the first directory that cannot be listed.
func watchPoints(dir string) (points, error) {
	p := points{}
	real, err := p.follow("", dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // it is noticed when it is made
		}
		return p, err
	}
	p.entry(real)
	l := lister{points: p, root: real}
	l.list(real, 0)
	return p, first(l.errs)
}

// follow is [follow] that notes each symlink, and on an error the name that the
// way ends at.
func (p points) follow(at, name string) (string, error) {
	return follow(at, name, func(path string) (fs.FileInfo, error) {
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink != 0 {
			p.entry(path)
		}
		return info, err
	})
}

// lister notes the directories of a source.
type lister struct {
	points points
	root   string
	errs   []error
}

func (l *lister) list(dir string, depth int) {
	if names, seen := l.points[dir]; seen && names == nil {
		return
	}
	l.points.whole(dir)
	if len(l.points) > defaultLimits.files || depth > defaultLimits.depth {
		return // the load refuses it
	}
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		l.errs = append(l.errs, err)
	}
	for _, e := range list {
		if skippedName(e.Name()) != "" {
			continue
		}
		switch {
		case e.IsDir():
			l.list(filepath.Join(dir, e.Name()), depth+1)
		case e.Type()&fs.ModeSymlink != 0:
			l.link(dir, e.Name(), depth)
		}
	}
}

// link notes where a symlink leads. One that leads out of the source does not
// load.
func (l *lister) link(dir, name string, depth int) {
	real, err := l.points.follow(dir, name)
	if err != nil || real != l.root && !below(real, l.root) {
		return
	}
	l.points.entry(real)
	if info, err := os.Stat(real); err == nil && info.IsDir() {
		l.list(real, depth+1)
	}
}

func below(name, dir string) bool {
	return strings.HasPrefix(name, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}
