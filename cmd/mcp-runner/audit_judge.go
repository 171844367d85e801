package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/audit"
	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/runner"
)

// judge decides about the servers of files.
type judge struct {
	gate *gate.Gate
	home string
	all  bool
	// self is the digest of this program, to know other copies of it by.
	self string
}

func newJudge(ctx context.Context, g *gate.Gate, home string, all bool) (*judge, error) {
	j := &judge{gate: g, home: home, all: all}
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("file of this program: %w", err)
	}
	self, err := runner.Resolve(ctx, &runner.RunConfig{Command: path})
	if err != nil {
		return nil, err
	}
	j.self = self.Resolved.Command.SHA256
	return j, nil
}

// servers decides about all servers, in the order of the files.
func (j *judge) servers(ctx context.Context, files []auditedFile, bar *progress) ([]audit.Server, error) {
	type entry struct{ file, server int }
	var entries []entry
	for i, f := range files {
		for k := range f.Servers {
			entries = append(entries, entry{i, k})
		}
	}
	bar.Total(len(entries))
	servers := make([]audit.Server, len(entries))
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range entries {
		if working.Err() != nil {
			break
		}
		g.Go(func() error {
			file := &files[e.file]
			servers[i] = j.server(working, file.File, file.Servers[e.server])
			bar.Add(1)
			return working.Err() // a decision that was cut short is none
		})
	}
	err := g.Wait()
	return servers, cmp.Or(context.Cause(ctx), err)
}

func (j *judge) server(ctx context.Context, file clients.File, entry clients.Server) audit.Server {
	s := audit.Server{
		Client:    file.Client.ID,
		File:      gate.RedactText(file.Path),
		Line:      entry.Line,
		Column:    entry.Column,
		Name:      gate.RedactText(entry.Name),
		Disabled:  entry.Disabled,
		Counts:    j.all || !entry.Disabled,
		Gate:      audit.Gate{Policy: []string{}},
		Notes:     []string{},
		Variables: slices.Sorted(slices.Values(entry.Variables)),
	}
	if s.Variables == nil {
		s.Variables = []string{}
	}
	for i, name := range s.Variables {
		s.Variables[i] = gate.RedactText(name)
	}
	switch {
	case entry.Problem != "":
		// The file stands above the reason already.
		s.Decided(j.gate.Undecided(ctx, errors.New(errorPlace.ReplaceAllString(entry.Problem, "line $1, column $2: "))))
	case entry.Config == nil:
		s.Decided(j.gate.Undecided(ctx, errors.New("the file does not say what the server is")))
	default:
		s.Decided(j.decide(ctx, file, entry, &s))
	}
	return s
}

// decide asks the gate about an entry, or about what stands behind the gate that
// the entry goes through already.
func (j *judge) decide(ctx context.Context, file clients.File, entry clients.Server, s *audit.Server) *gate.Decision {
	place := runner.Place{Dir: entry.Dir, Home: j.home}
	if place.Dir == "" {
		place.Dir = j.home // nobody knows where such a client starts its servers
	}
	if !filepath.IsAbs(place.Dir) {
		place.Dir = filepath.Join(j.home, place.Dir)
	}
	cfg, doubtful, err := j.through(ctx, entry.Config, place, s)
	if err != nil {
		return j.gate.Undecided(ctx, err)
	}
	if s.Gate.Through == "" {
		s.Gate.Through = throughClient[file.Client.ID]
	}
	place.BuildsImages = s.Gate.Through == audit.ThroughToolHive
	d := j.ask(ctx, cfg, place)
	for _, program := range doubtful {
		if !d.Allowed {
			break
		}
		if other := j.ask(ctx, program, place); !other.Allowed {
			d = other
		}
	}
	return d
}

// ask decides about what cfg starts at a place.
func (j *judge) ask(ctx context.Context, cfg *runner.RunConfig, place runner.Place) *gate.Decision {
	resolved, notes, err := runner.Survey(ctx, cfg, place)
	if err != nil {
		return j.gate.Undecided(ctx, err)
	}
	// An error says what the decision says too.
	d, _ := j.gate.DecideConfig(ctx, resolved)
	for _, note := range notes {
		d.Warnings = append(d.Warnings, gate.RedactText(note))
	}
	return d
}

// throughClient are the clients whose servers are started by another program
// than the client of MCP.
var throughClient = map[string]string{"toolhive": audit.ThroughToolHive, "docker-mcp": audit.ThroughDocker}
