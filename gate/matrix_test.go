package gate_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// The moments at which a fault is there.
const (
	atStart    = "start"    // before the source is opened or the gate is made
	atReload   = "reload"   // from a reload on, after a good start
	atAgain    = "again"    // at a reload, after a start with another fault
	atDecision = "decision" // for one decision, between two that are made well
)

var moments = []string{atStart, atReload, atAgain, atDecision}

// minCells is how many cells the matrix has at the least.
const minCells = 120

// TestFailClosed is the matrix of all that can go wrong and of the moments when
// it does. In each cell a runner is asked to create a server that a gate without
// the fault would allow, and does not: its runtime is never called, and the error
// names the fault. Where a reload goes wrong, the policy before it stays in
// force: it still stops what it stopped, and Status says what is wrong.
//
// What makes a cell meaningful is its control: the same runner creates a server
// where nothing is wrong. Each reload and each decision has one in the cell.
func TestFailClosed(t *testing.T) {
	only := os.Getenv(cellsVariable) // this is another process, for some cells
	var table []row
	for _, f := range faults() {
		if f.as != only && only != "" {
			continue
		}
		r := row{name: f.name}
		for _, moment := range moments {
			switch {
			case f.cells[moment] == nil:
				require.NotEmpty(t, f.not[moment], "%s: there is no cell %s, and no reason", f.name, moment)
				r.notes = append(r.notes, f.not[moment])
			case f.as != only:
				r.cells = append(r.cells, moment) // another process runs it
			default:
				r.cells = append(r.cells, moment)
				t.Run(f.name+"/"+moment, func(t *testing.T) { runCell(t, f.cells[moment]) })
			}
		}
		table = append(table, r)
	}
	if only == "" {
		for _, as := range childFaults {
			t.Run("as "+as, func(t *testing.T) { runChild(t, as, table) })
		}
		showTable(t, table)
	}
}

// fault is one row: what goes wrong, with a cell for each moment at which it can
// and a reason for each at which it cannot.
type fault struct {
	name  string
	cells map[string]func(c *cell)
	not   map[string]string
	// as names the kind of process that can have the fault; "" is this one.
	as string
}

// cellsVariable makes TestFailClosed run the cells of one kind of process.
const cellsVariable = "GATE_TEST_CELLS"

func faults() []fault {
	return slices.Concat(controls(), sourceFaults(), evaluationFaults(), gateFaults(), recordFaults(), platformFaults())
}

// row is what the table shows of a fault.
type row struct {
	name         string
	cells, notes []string
}

func showTable(t *testing.T, table []row) {
	cells := 0
	var out strings.Builder
	for _, r := range table {
		fmt.Fprintf(&out, "%-46s", r.name)
		for _, moment := range moments {
			mark := "-"
			if slices.Contains(r.cells, moment) {
				mark = moment
				if !strings.HasPrefix(r.name, "nothing is wrong") {
					cells++
				}
			}
			fmt.Fprintf(&out, " %-9s", mark)
		}
		slices.Sort(r.notes)
		fmt.Fprintf(&out, "%s\n", strings.Join(slices.Compact(r.notes), "; "))
	}
	t.Logf("the fail-closed matrix, and why a cell is not there:\n%s", out.String())
	require.GreaterOrEqual(t, cells, minCells)
	soak.Report(t, "%d cells of %d faults: the runtime was never called", cells, len(table)-1)
}

// cell is one fault at one moment.
type cell struct {
	*testing.T
	// runtime must not be called.
	runtime countingRuntime
}

func runCell(t *testing.T, do func(c *cell)) {
	before := runner.ActivePolicyGate()
	t.Cleanup(func() { runner.RegisterPolicyGate(before) })
	c := &cell{T: t}
	do(c)
	require.Zero(t, c.runtime.setups.Load(), "the server was created")
}

// countingRuntime counts the servers that are created; each has ended.
type countingRuntime struct{ setups atomic.Int32 }

func (r *countingRuntime) Setup(context.Context, *runner.Approved, runner.Stdio) (runner.Server, error) {
	r.setups.Add(1)
	return endedServer{}, nil
}

type endedServer struct{}

func (endedServer) Wait() error                { return nil }
func (endedServer) Stop(context.Context) error { return nil }

// remote is a server that needs nothing of the machine.
func remoteNamed(name string) *runner.RunConfig {
	return &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion, Name: name,
		RemoteURL: "https://mcp.example/mcp", Transport: runner.TransportStreamableHTTP,
	}
}

// allowed is the control: g allows the server, and it is created.
func (c *cell) allowed(g runner.PolicyGate, cfg *runner.RunConfig) {
	c.Helper()
	runner.RegisterPolicyGate(g)
	var rt countingRuntime
	require.NoError(c, runner.New(runner.Options{Runtime: &rt}).Run(c.Context(), cfg, runner.Stdio{}))
	require.EqualValues(c, 1, rt.setups.Load())
}

// over waits until the fault is: what did not return in time has returned.
func (c *cell) over(g runner.PolicyGate) {
	c.Helper()
	c.await("the fault is over", func() bool { return g.CheckCreateServer(context.Background(), remoteNamed("fine")) == nil })
	c.allowed(g, remoteNamed("fine"))
}

// run asks for a server that must not be created.
func (c *cell) run(ctx context.Context, g runner.PolicyGate, cfg *runner.RunConfig) error {
	runner.RegisterPolicyGate(g)
	return runner.New(runner.Options{Runtime: &c.runtime}).Run(ctx, cfg, runner.Stdio{})
}

// undecided holds that there is no verdict about a server, for a reason that
// matches.
func (c *cell) undecided(g runner.PolicyGate, cfg *runner.RunConfig, reason string) {
	c.Helper()
	c.isUndecided(c.run(c.Context(), g, cfg), reason)
}

func (c *cell) isUndecided(err error, reason string) {
	c.Helper()
	blocked, ok := errors.AsType[*runner.BlockedError](err)
	require.True(c, ok, "%v", err)
	require.ErrorIs(c, blocked, gate.ErrUndecided)
	_, denied := errors.AsType[*gate.DeniedError](err)
	require.False(c, denied, "%v", err)
	require.Regexp(c, regexp.MustCompile(reason), err.Error())
}

// denied holds that a policy denies a server.
func (c *cell) denied(g runner.PolicyGate, cfg *runner.RunConfig, reason string) {
	c.Helper()
	err := c.run(c.Context(), g, cfg)
	blocked, ok := errors.AsType[*runner.BlockedError](err)
	require.True(c, ok, "%v", err)
	_, denied := errors.AsType[*gate.DeniedError](blocked.Err)
	require.True(c, denied, "%v", err)
	require.NotErrorIs(c, err, gate.ErrUndecided)
	require.Regexp(c, regexp.MustCompile(reason), err.Error())
}

// open opens the source in dir and makes a gate that asks it. It denies until the
// source loads.
func (c *cell) open(dir string, configure ...func(*rego.StoreConfig)) (*gate.Gate, *rego.Store) {
	c.Helper()
	cfg := rego.StoreConfig{
		LoadConfig:      rego.LoadConfig{Name: "policy", Dir: dir, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)},
		DenyUntilLoaded: true,
		Settle:          2 * time.Millisecond,
		Tick:            50 * time.Millisecond,
	}
	for _, set := range configure {
		set(&cfg)
	}
	store, err := rego.Open(c.Context(), cfg)
	require.NoError(c, err)
	c.Cleanup(func() { require.NoError(c, store.Close()) })
	return c.gate(gate.Config{Stores: []*rego.Store{store}}), store
}

// gate makes a gate that records nowhere, unless cfg says where.
func (c *cell) gate(cfg gate.Config) *gate.Gate {
	c.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	cfg.Deadline = cmp.Or(cfg.Deadline, time.Minute) // a busy machine is no fault
	g, err := gate.New(cfg)
	require.NoError(c, err)
	return g
}

// await waits until ok.
func (c *cell) await(what string, ok func() bool) {
	c.Helper()
	require.Eventually(c, ok, 20*time.Second, time.Millisecond, what)
}

// awaitError waits until a reload failed for a reason that matches.
func (c *cell) awaitError(store *rego.Store, reason string) {
	c.Helper()
	matches := regexp.MustCompile(reason)
	last := error(nil)
	defer func() {
		if c.Failed() {
			c.Logf("the last error is %v", last)
		}
	}()
	c.await("Status says what is wrong", func() bool {
		last = store.Status().LastError
		return last != nil && matches.MatchString(last.Error())
	})
}

// put writes files below dir.
func putFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		// Whole at once, for a store that looks.
		next := filepath.Join(filepath.Dir(path), ".next")
		require.NoError(t, os.WriteFile(next, []byte(content), 0o644))
		require.NoError(t, os.Rename(next, path))
	}
}
