package rego

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Permissions says what becomes of a source that others than its user and root
// could have written.
type Permissions int

const (
	// PermissionsRefuse refuses to load it.
	PermissionsRefuse Permissions = iota
	// PermissionsWarn loads it with a warning.
	PermissionsWarn
	// PermissionsIgnore does not look, for the author who works on it.
	PermissionsIgnore
)

// openDir opens the directory of the source, to be looked at as c says.
func (c LoadConfig) openDir() (*tree, error) {
	t, err := openDir(c.Dir)
	if err != nil {
		return nil, err
	}
	t.dir, t.permissions, t.keys = c.Dir, c.Permissions, c.Keys
	return t, nil
}

// look is a survey of the tree that is an error, too, where others may write what
// it found.
func (t *tree) look(ctx context.Context, lim limits) (*walker, error) {
	w, err := t.survey(ctx, lim)
	if err == nil {
		err = t.permitted(ctx, w.entries)
	}
	return w, err
}

// lookAgain is look without what was passed over.
func (t *tree) lookAgain(ctx context.Context, lim limits) ([]entry, error) {
	w, err := t.look(ctx, lim)
	return w.entries, err
}

// permitted says who else may write the files and directories of a walk, and the
// directories and symlinks that lead there. A file system has no others.
func (t *tree) permitted(ctx context.Context, entries []entry) error {
	if t.dir == "" || t.permissions == PermissionsIgnore {
		return nil
	}
	found, err := looseIn(ctx, t.dir, entries)
	if err != nil {
		return err
	}
	if t.permissions != PermissionsWarn {
		return found
	}
	t.loose = nil
	if found != nil {
		t.loose = strings.Split(found.Error(), "\n")
	}
	return nil
}

// looseIn makes one error of all that others could write in and above dir.
func looseIn(ctx context.Context, dir string, entries []entry) (found, err error) {
	ps, err := sitesOf(ctx, dir, entries)
	switch {
	case errors.Is(err, errChanging), errors.Is(err, fs.ErrNotExist):
		return nil, errChanging // the walk found it a moment ago
	case err != nil:
		return nil, fmt.Errorf("who may write it: %w", err)
	}
	j := &judge{}
	var all []error
	for _, p := range ps {
		problem, fix := j.of(p)
		if problem == "" {
			continue
		}
		if p.name == "" || p.name == "." {
			problem = p.path + ": " + problem
		}
		f := fault("file-permissions", p.name, fix, "%s", problem)
		if p.name == "." {
			f.File = ""
		}
		all = append(all, f)
	}
	return bounded(join(all)), nil
}

// site is one file, directory or symlink that decides what a source holds.
type site struct {
	// path is where it is, with no symlink on the way.
	path string
	info fs.FileInfo
	// name is that of the entry of the source, or "" for what leads there.
	name string
}

// inSource says that p is a part of the source: who may add to the directory
// adds to the policy. Elsewhere a directory counts only for whether what it holds
// can be replaced.
func (p *site) inSource() bool { return p.name != "" }

func (p *site) isLink() bool { return p.info.Mode()&fs.ModeSymlink != 0 }

// siteFinder finds what decides what a path leads to.
type siteFinder struct {
	byPath map[string]*site
	sorted []*site // as they were found
}

// sitesOf lists the entries and all that leads to them: the directories from
// the root of the file system on, as dir names them and as symlinks resolve. So
// the directories of a ConfigMap's links are among them.
func sitesOf(ctx context.Context, dir string, entries []entry) ([]*site, error) {
	ps := &siteFinder{byPath: map[string]*site{}}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	real := map[string]string{} // of the directories of the source
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		at, rest := "", dir
		if e.name != "." {
			// A walk lists a directory before what is in it.
			at, rest = real[path.Dir(e.name)], path.Base(e.name)
		}
		found, err := follow(at, rest, func(path string) (fs.FileInfo, error) {
			p, err := ps.see(path)
			if err != nil {
				return nil, err
			}
			return p.info, nil
		})
		if err != nil {
			return nil, err
		}
		p, err := ps.see(found)
		if err != nil {
			return nil, err
		}
		if !os.SameFile(p.info, e.info) {
			return nil, errChanging
		}
		if p.name == "" {
			p.name = e.name
		}
		real[e.name] = p.path
	}
	return ps.sorted, nil
}

// see notes the site at path.
func (ps *siteFinder) see(path string) (*site, error) {
	if p := ps.byPath[path]; p != nil {
		return p, nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	p := &site{path: path, info: info}
	ps.byPath[path] = p
	ps.sorted = append(ps.sorted, p)
	return p, nil
}

// noteLoose logs who could have written the source, once per change of it.
func (s *Store) noteLoose(ctx context.Context, loose []string) {
	if slices.Equal(loose, s.loose) {
		return
	}
	s.loose = loose
	for _, warning := range loose {
		s.cfg.log().WarnContext(ctx, "others could have written the policy", "source", s.cfg.Name, "warning", warning)
	}
}
