package toolhive

import (
	"context"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"github.com/stacklok/toolhive/pkg/container/runtime"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// recordDeadline is how long the record of a decision may take: many servers may
// start at once, and wait for each other and for the disk.
const recordDeadline = 10 * time.Second

// recordWindow is for how long one record stands for all questions about one
// server: ToolHive asks up to five times for one start, in two processes, and may
// pull an image in between.
const recordWindow = 15 * time.Minute

// Options say how the gates are set up. The zero value is what thv-gated has.
type Options struct {
	// LookupEnv reads the environment; nil means os.LookupEnv.
	LookupEnv func(string) (string, bool)
	// LogDecisions writes decisions to Stderr, one JSON object a line, where
	// MCP_RUNNER_DECISION_LOG names no file. In Kubernetes that is so anyway: the
	// file system of a container is mostly read-only there.
	LogDecisions bool
	// Stderr takes what LogDecisions says; nil means os.Stderr.
	Stderr io.Writer
	// Log takes what nobody else reports; nil means slog.Default().
	Log *slog.Logger
}

func (o *Options) complete() {
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
}

func (o *Options) getenv(name string) string {
	value, _ := o.LookupEnv(name)
	return value
}

// envReader is what o reads, as ToolHive wants it.
type envReader struct{ o *Options }

func (e envReader) Getenv(name string) string            { return e.o.getenv(name) }
func (e envReader) LookupEnv(name string) (string, bool) { return e.o.LookupEnv(name) }

// FromEnvironment returns the policy of section 2 of docs/contract.md without its
// flags: a detached worker of ToolHive inherits nothing but the environment.
func FromEnvironment(opts Options) *Policy {
	opts.complete()
	return newPolicy(opts, opts.sources, opts.over)
}

// sources opens every source of policy.
func (o *Options) sources(ctx context.Context) ([]*rego.Store, error) {
	keys, err := gate.KeysFromEnvironment(o.LookupEnv)
	if err != nil {
		return nil, err
	}
	return o.stores(ctx, keys)
}

// over returns the gate over the sources.
func (o *Options) over(stores []*rego.Store) (*gate.Gate, error) {
	return gate.New(gate.Config{
		Stores:         stores,
		Recorder:       o.recorder(),
		RecordDeadline: recordDeadline,
		Context: gate.Context{
			Runner:      gate.Runner{Name: "toolhive", Version: version()},
			Environment: o.getenv(gate.EnvironmentVariable),
		},
		Log: o.Log,
	})
}

func (o *Options) stores(ctx context.Context, keys *rego.Keys) ([]*rego.Store, error) {
	if o.getenv("GOGC") == "" {
		// A fourth of the time of a start went into collecting what loading leaves
		// behind, which can wait.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	return gate.OpenSources(ctx, gate.SourcesConfig{Keys: keys, Getenv: o.getenv, Log: o.Log})
}

// recorder writes decisions to the file that mcp-runner writes to in the same
// environment. What is wrong with the file is the error of a decision, so that it
// denies.
func (o *Options) recorder() gate.Recorder {
	path := o.getenv(gate.DecisionLogVariable)
	if path == "" && (o.LogDecisions || runtime.IsKubernetesRuntimeWithEnv(envReader{o})) {
		return gate.LogRecorder(slog.New(slog.NewJSONHandler(o.Stderr, nil)))
	}
	var err error
	if path == "" {
		path, err = gate.DefaultDecisionLog(o.getenv)
	}
	var next gate.Recorder
	if err == nil {
		next, err = gate.NewFileRecorder(gate.FileRecorderConfig{Path: path, Window: recordWindow, Labels: o.labels(), Log: o.Log})
	}
	return &advisedRecorder{next: next, err: err}
}

// labels stand in each record.
func (o *Options) labels() map[string]string {
	labels := map[string]string{"app": "toolhive", "version": version()}
	if label := o.getenv(gate.EnvironmentVariable); label != "" {
		labels["environment"] = label
	}
	return labels
}
