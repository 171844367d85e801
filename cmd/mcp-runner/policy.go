package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// environmentVariable holds the operator's label of where this runs: prod, dev.
const environmentVariable = "MCP_RUNNER_ENVIRONMENT"

// policySources is the gate of one process with the stores behind it.
type policySources struct {
	gate   *gate.Gate
	stores []*rego.Store
	last   *lastDecision
}

// openPolicy opens every source of policy and the gate over them.
func openPolicy(ctx context.Context, f *serverFlags, log *slog.Logger) (*policySources, error) {
	stores, err := gate.OpenSources(ctx, gate.SourcesConfig{
		Policies:  f.policies,
		NoBuiltin: f.noBuiltin,
		Getenv:    os.Getenv,
		Log:       log,
	})
	if err != nil {
		return nil, err
	}
	p := &policySources{stores: stores, last: &lastDecision{next: gate.LogRecorder(log)}}
	p.gate, err = gate.New(gate.Config{
		Stores:   stores,
		Recorder: p.last,
		Context: gate.Context{
			Runner:      gate.Runner{Name: "mcp-runner", Version: buildVersion()},
			Environment: os.Getenv(environmentVariable),
		},
		Log: log,
	})
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Close ends the watching of all sources.
func (p *policySources) Close() error {
	var errs []error
	for _, s := range p.stores {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// lastDecision keeps the last decision on its way to the record, so that it can
// be shown to the person.
type lastDecision struct {
	next gate.Recorder

	mu sync.Mutex
	d  *gate.Decision
}

// Record implements [gate.Recorder].
func (l *lastDecision) Record(ctx context.Context, d *gate.Decision) error {
	if err := l.next.Record(ctx, d); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.d = d
	return nil
}

func (l *lastDecision) decision() *gate.Decision {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.d
}
