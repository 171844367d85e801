package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/clients"
)

// auditedFile is a configuration, or why it could not be read.
type auditedFile struct {
	clients.File
	err error
}

// read reads the files that are named, or else those that are found. They stand
// in their order, whichever is read first.
func (f *auditFlags) read(ctx context.Context, m clients.Machine, args []string) ([]auditedFile, error) {
	var locations []clients.Location
	var unread []auditedFile
	if len(args) > 0 {
		for _, name := range args {
			path, err := filepath.Abs(name)
			if err != nil {
				return nil, err
			}
			locations = append(locations, clients.Location{Path: path, Home: m.Home, OS: m.OS})
		}
	} else {
		found, problems := clients.Find(ctx, m)
		locations = found
		for _, p := range problems {
			unread = append(unread, auditedFile{File: clients.File{
				Location: clients.Location{Path: p.Path, Client: clients.Unknown}, Problems: []clients.Problem{p},
			}})
		}
	}
	files := make([]auditedFile, len(locations))
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, loc := range locations {
		if working.Err() != nil {
			break
		}
		g.Go(func() error {
			file, err := clients.Read(working, loc)
			if working.Err() != nil {
				return context.Cause(working)
			}
			if err != nil {
				if loc.Client.ID == "" {
					loc.Client = clients.Unknown
				}
				file = &clients.File{Location: loc}
			}
			files[i] = auditedFile{File: *file, err: err}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	files = append(files, unread...)
	if len(f.clients) > 0 {
		files = slices.DeleteFunc(files, func(file auditedFile) bool { return !slices.Contains(f.clients, file.Client.ID) })
	}
	return files, ctx.Err()
}

// report is the file as the report shows it.
func (f auditedFile) report() audit.File {
	r := audit.File{
		Path: gate.RedactText(f.Path), Client: f.Client.ID, Scope: f.Scope, Syntax: string(f.Syntax), Servers: len(f.Servers), Problems: []audit.Problem{},
	}
	// A file that lists nothing, and in which something is odd, may list what
	// nobody sees.
	r.Unreadable = f.err != nil || len(f.Problems) > 0 && len(f.Servers) == 0
	if f.err != nil {
		r.Problems = append(r.Problems, problemOf(f.Path, f.err))
	}
	for _, p := range f.Problems {
		r.Problems = append(r.Problems, audit.Problem{Line: p.Line, Column: p.Column, Msg: gate.RedactText(p.Msg)})
	}
	return r
}

var errorPlace = regexp.MustCompile(`^:?(\d+):(\d+): `)

// problemOf takes an error about the file at path apart: it begins with the path,
// and perhaps a place.
func problemOf(path string, err error) audit.Problem {
	text := strings.TrimPrefix(err.Error(), path)
	if cause, ok := err.(*os.PathError); ok {
		text = cause.Err.Error()
	}
	var p audit.Problem
	if m := errorPlace.FindStringSubmatch(text); m != nil {
		p.Line, p.Column = number(m[1]), number(m[2])
		text = text[len(m[0]):]
	}
	p.Msg = gate.RedactText(strings.TrimPrefix(text, ": "))
	return p
}

// number is digits as a number; one that is too large is no place.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
