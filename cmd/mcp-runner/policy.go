package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/diagnostics"
	"github.com/mcp-runner/mcp-runner/rego"
)

// recordDeadline is how long the record of a decision may take: many servers may
// start at once, and wait for each other and for the disk.
const recordDeadline = 10 * time.Second

// policySources is the gate of one process with the stores behind it.
type policySources struct {
	gate      *gate.Gate
	stores    []*rego.Store
	decisions *shownDecisions
	counted   *diagnostics.Recorder
	lost      func() uint64 // nil where no decision goes without a record
}

// openPolicy opens every source of policy and the gate over them. Each decision
// that the gate records is shown too.
func openPolicy(ctx context.Context, f *serverFlags, show func(*gate.Decision), log *slog.Logger) (*policySources, error) {
	record, err := f.log.recorder(log)
	if err != nil {
		return nil, err
	}
	sources, err := f.sources(log)
	if err != nil {
		return nil, err
	}
	if os.Getenv("GOGC") == "" {
		// A fourth of the time of a start went into collecting what loading leaves
		// behind, which can wait.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	stores, err := gate.OpenSources(ctx, sources)
	if err != nil {
		return nil, err
	}
	p := &policySources{stores: stores, decisions: &shownDecisions{next: record, show: show}}
	p.counted = diagnostics.NewRecorder(p.decisions)
	if lossy, ok := record.(gate.LossyRecorder); ok {
		p.lost = lossy.Lost
	}
	p.gate, err = gate.New(gate.Config{
		Stores:   stores,
		Recorder: p.counted,

		RecordDeadline: recordDeadline,
		Context:        gateContext(),
		Log:            log,
	})
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// gateContext is what a gate of this program knows of itself.
func gateContext() gate.Context {
	return gate.Context{
		Runner:      gate.Runner{Name: "mcp-runner", Version: buildVersion()},
		Environment: os.Getenv(gate.EnvironmentVariable),
	}
}

// Close ends the watching of all sources.
func (p *policySources) Close() error {
	var errs []error
	for _, s := range p.stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// shownDecisions is a recorder that passes decisions on and shows the person
// what they should know: why a server was not allowed, and what warns.
type shownDecisions struct {
	next gate.Recorder
	show func(*gate.Decision) // nil shows nothing

	mu   sync.Mutex
	last *gate.Decision
}

// Record implements [gate.Recorder].
func (s *shownDecisions) Record(ctx context.Context, d *gate.Decision) error {
	if err := s.next.Record(ctx, d); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = d
	if s.show != nil {
		s.show(d)
	}
	return nil
}

// shown returns the last decision that was recorded, or nil.
func (s *shownDecisions) shown() *gate.Decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}
