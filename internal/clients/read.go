package clients

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// Limits of what is read.
const (
	// MaxFileBytes bounds a configuration.
	MaxFileBytes = 8 << 20
	// MaxServers bounds the servers of a configuration.
	MaxServers = 10_000
)

// Read reads the configuration at loc. Where loc says no client, it is found out
// as Detect does. What is wrong with one server is said in its Problem, what the
// client would put up with in Problems; an error means that nothing of the file
// is known. It begins with the path and, where it is about one place, the line
// and the column, and quotes nothing of the file.
func Read(ctx context.Context, loc Location) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := readRegular(loc.Path)
	if err != nil {
		return nil, err
	}
	return ReadData(ctx, loc, data)
}

// ReadData is Read for a configuration whose text is there already.
func ReadData(ctx context.Context, loc Location, data []byte) (*File, error) {
	text, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", loc.Path, err)
	}
	detected, syntax, err := Detect(loc.Path, data)
	switch {
	case loc.Client.ID == "" && err != nil:
		return nil, err
	case loc.Client.ID == "":
		loc.Client = detected
	case err != nil:
		syntax = syntaxOf(loc.Path, text)
	}
	loc = loc.complete()
	r := &reader{
		ctx: ctx, d: dialectOf(loc.Client),
		file: &File{Location: loc, Syntax: syntax},
	}
	if r.doc, err = parse(text, syntax); err != nil {
		if fault, ok := errors.AsType[*tree.SyntaxError](err); ok {
			return nil, fmt.Errorf("%s:%w", loc.Path, fault)
		}
		return nil, fmt.Errorf("%s: %w", loc.Path, err)
	}
	read := readEntries
	if r.d.read != nil {
		read = r.d.read
	}
	if err := read(r); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return r.file, nil
}

// complete fills in what loc leaves to this process and to the path.
func (loc Location) complete() Location {
	if loc.OS == "" {
		loc.OS = runtime.GOOS
	}
	if loc.Home == "" {
		if home, err := os.UserHomeDir(); err == nil { // without one, ~ stays as it is written
			loc.Home = home
		}
	}
	if loc.Scope == "" {
		loc.Scope, loc.Project = placeOf(loc)
	}
	return loc
}

// placeOf says to which scope a file belongs by its path, and to which project.
// A file that is in no known place is one of the user.
func placeOf(loc Location) (scope, project string) {
	path := loc.Path
	if abs, err := filepath.Abs(path); err == nil { // else the path is all there is
		path = abs
	}
	slashed := filepath.ToSlash(path)
	scope = ScopeUser
	for _, p := range dialectOf(loc.Client).places {
		depth, ok := matchTail(p.ending(), slashed)
		if !ok {
			continue
		}
		dir := path
		for range depth {
			dir = filepath.Dir(dir)
		}
		switch {
		case p.scope == ScopeProject && dir != filepath.Clean(loc.Home):
			return ScopeProject, dir
		case p.scope == ScopeUser && p.root().name == "HOME" && dir == filepath.Clean(loc.Home):
			return ScopeUser, ""
		case p.scope == ScopeSystem && dir == filepath.FromSlash(p.root().below[loc.OS]):
			return ScopeSystem, ""
		}
	}
	return scope, ""
}

// reader reads one file.
type reader struct {
	ctx    context.Context
	d      *dialect
	doc    *tree.Document
	file   *File
	inputs map[string]bool
}

// problem notes what is wrong at an offset of the file. The text must quote no
// value.
func (r *reader) problem(offset int, format string, args ...any) {
	line, column := r.doc.Place(offset)
	r.file.Problems = append(r.file.Problems, Problem{
		Path: r.file.Path, Line: line, Column: column, Msg: fmt.Sprintf(format, args...),
	})
}

// readEntries reads a file that lists servers as most clients do.
func readEntries(r *reader) error {
	root := r.doc.Root
	if root.Kind == tree.Null {
		return nil
	}
	if root.Kind != tree.Object {
		return fmt.Errorf("%s:1:1: is not an object", r.file.Path)
	}
	r.checkContainers()
	r.inputs = readInputs(root)
	entries, replaced := r.d.entries(root)
	if len(entries) > MaxServers {
		return fmt.Errorf("%s: has more than %d servers", r.file.Path, MaxServers)
	}
	for _, e := range replaced {
		r.problem(e.NameStart, "server %q is there twice: the last one counts", shorten(e.Name))
	}
	for _, e := range entries {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.file.Servers = append(r.file.Servers, r.server(e))
	}
	return nil
}

// checkContainers notes a list of servers that is of another type, and names on
// the way to it that are there twice.
func (r *reader) checkContainers() {
	for _, path := range r.d.containers {
		n := r.doc.Root
		for _, name := range path {
			if name == "*" {
				break
			}
			var found []tree.Member
			for _, m := range n.Members {
				if m.Name == name {
					found = append(found, m)
				}
			}
			if len(found) == 0 {
				break
			}
			for _, m := range found[:len(found)-1] {
				r.problem(m.NameStart, "%s is there twice: the last one counts", name)
			}
			n = found[len(found)-1].Value
			if n.Kind != tree.Object && n.Kind != tree.Array && n.Kind != tree.Null {
				r.problem(n.Start, "%s is %s, want an object", name, kindName(n.Kind))
				break
			}
		}
	}
}

// readRegular reads a regular file, and never waits for another process as for
// a pipe.
func readRegular(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|openWithoutWaiting, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: is not a regular file", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxFileBytes:
		return nil, fmt.Errorf("%s: is larger than %d MiB", path, MaxFileBytes>>20)
	}
	return data, nil
}

func kindName(k tree.Kind) string {
	switch k {
	case tree.Null:
		return "null"
	case tree.Bool:
		return "true or false"
	case tree.Number:
		return "a number"
	case tree.String:
		return "a string"
	case tree.Array:
		return "a list"
	}
	return "an object"
}

// shorten keeps a name from filling a message.
func shorten(s string) string {
	const most = 64
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
