package clients

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Find returns the configurations that are on m, in the order of Known, each
// real file once: symbolic links are followed, and Path is the link. What cannot
// be read or is no regular file is a problem. Projects that Claude Code and
// editors of VS Code's family know are looked into, too.
func Find(ctx context.Context, m Machine) ([]Location, []Problem) {
	f := &finder{m: m, seen: map[string]bool{}}
	projects := slices.Clone(m.Projects)
	for _, project := range knownProjects(ctx, m) {
		if !slices.Contains(projects, project) {
			projects = append(projects, project)
		}
	}
	for _, d := range dialects {
		for _, p := range d.places {
			if !p.on(m.OS) {
				continue
			}
			if p.scope != ScopeProject {
				f.look(ctx, d.client, p, "")
				continue
			}
			for _, project := range projects {
				f.look(ctx, d.client, p, project)
			}
		}
	}
	return f.locations, f.problems
}

// finder collects files.
type finder struct {
	m         Machine
	seen      map[string]bool
	locations []Location
	problems  []Problem
}

func (f *finder) look(ctx context.Context, c Client, p place, project string) {
	unlisted := func(dir string, err error) { f.problem(dir, reason(err)) }
	for _, path := range p.files(f.m, project, unlisted) {
		if ctx.Err() != nil {
			return // the caller knows that it gave up
		}
		real, err := filepath.EvalSymlinks(path)
		if missing(err) {
			// A link to nothing is a file that its owner means to be there.
			if _, linkErr := os.Lstat(path); linkErr == nil && err != nil {
				f.problem(path, "is a symbolic link to nothing")
			}
			continue
		}
		if err == nil && f.seen[real] {
			continue
		}
		if err == nil {
			f.seen[real] = true
			err = readable(real)
		}
		if err != nil {
			f.problem(path, reason(err))
			continue
		}
		f.locations = append(f.locations, Location{
			Client: c, Path: path, Scope: p.scope, Project: project, Home: f.m.Home, OS: f.m.OS,
		})
	}
}

func (f *finder) problem(path, msg string) {
	problem := Problem{Path: path, Msg: msg}
	if !slices.Contains(f.problems, problem) {
		f.problems = append(f.problems, problem)
	}
}

// missing reports whether a path is not there: a part of it may be a file.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotDirectory)
}

// readable says why a file cannot be read, by opening it.
func readable(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|openWithoutWaiting, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("is not a regular file")
	}
	return err
}

// reason is err without the path, which a Problem has.
func reason(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err.Error()
	}
	return err.Error()
}
