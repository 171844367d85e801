//go:build unix

package gate_test

import (
	"log/slog"
	"math"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

// Six kinds of writer publish revision after revision while servers are decided
// about. Each file says at its beginning and at its end of which revision it is,
// and each decision says what it saw of every file.
//
// Where a writer publishes atomically, every decision is of one revision, whole,
// and of none older than what was in force when it was asked. Any other writer
// has a window: from its first write until what it left is in force, a decision
// may be of files of two revisions, or of a file that is half written. After it,
// every decision is of the last revision alone.
func TestConsistency(t *testing.T) {
	decisions, reloads := soak.Times(1_000_000), soak.Times(10_000)
	if soak.Race() {
		decisions, reloads = decisions/10, reloads/10
	}
	writers := consistencyWriters()
	each := (reloads + len(writers) - 1) / len(writers)
	per := (decisions + each*len(writers) - 1) / (each * len(writers))
	// The tests before this one leave little behind, and every decision is garbage.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	var total tally
	t.Run("writers", func(t *testing.T) {
		for _, w := range writers {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				s := newStand(t, w)
				s.run(each, per)
				s.report()
				total.add(&s.tally)
			})
		}
	})
	if t.Failed() {
		return
	}
	require.GreaterOrEqual(t, total.decisions.Load(), int64(decisions))
	require.GreaterOrEqual(t, total.reloads.Load(), int64(reloads))
	require.Positive(t, total.overlapped.Load(), "no decision was under way when a revision came into force")
	soak.Report(t, "%d decisions (%d by a whole gate, the others by its source alone) during %d reloads by %d kinds of writer, %d of them under way when another revision came into force: "+
		"0 mixed for the atomic writers, 0 torn or mixed once settled for the others",
		total.decisions.Load(), total.byGate.Load(), total.reloads.Load(), len(writers), total.overlapped.Load())
}

// stand is one writer, one source and the gate that asks it.
type stand struct {
	t      *testing.T
	writer writer
	store  *rego.Store
	gate   *gate.Gate

	mu        sync.Mutex
	published []revision      // by number; the first is none
	hashes    map[string]int  // numbers by the store's revision
	numbers   map[int]string  // and the other way round
	gaps      []time.Duration // from the end of a write to its effect

	plain   *question
	asked   atomic.Pointer[question]
	turns   atomic.Int64
	begun   atomic.Int64 // the newest revision whose writing has begun
	inForce atomic.Int64 // the newest that was seen in force
	settled atomic.Int64 // that one while nothing is being written, else 0
	tally
}

// question is one to which the policies of a revision say nothing; those of no
// revision, where that is zero.
type question struct {
	of    revision
	input gate.Input
	value ast.Value // the same, as a source is asked
}

func ask(t *testing.T, of revision, in gate.Input) *question {
	in, err := gate.Prepare(in)
	require.NoError(t, err)
	value, err := gate.InputValue(in)
	require.NoError(t, err)
	return &question{of: of, input: in, value: value}
}

// tally counts what was seen.
type tally struct {
	decisions, byGate, reloads, undecided atomic.Int64
	overlapped                            atomic.Int64 // decisions during which another revision came into force
	torn, mixed                           atomic.Int64 // decisions in the window of a writer that is not atomic
}

func (a *tally) add(b *tally) {
	a.decisions.Add(b.decisions.Load())
	a.byGate.Add(b.byGate.Load())
	a.reloads.Add(b.reloads.Load())
	a.overlapped.Add(b.overlapped.Load())
}

func newStand(t *testing.T, w writer) *stand {
	root := t.TempDir()
	s := &stand{t: t, writer: w, published: make([]revision, 1), hashes: map[string]int{}, numbers: map[int]string{}}
	dir := filepath.Join(root, "policy")
	s.writer.root, s.writer.dir = root, dir
	s.plain = ask(t, revision{}, gate.Input{Server: gate.Server{Name: "srv"}})
	var err error
	s.store, err = rego.Open(t.Context(), rego.StoreConfig{
		LoadConfig:      rego.LoadConfig{Name: "policy", Dir: dir, InputSchema: gate.InputSchema(), Log: slog.New(slog.DiscardHandler)},
		DenyUntilLoaded: true,
		Settle:          time.Millisecond,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.store.Close()) })
	// A decision may wait long for one of two cores that many tests share.
	s.gate, err = gate.New(gate.Config{Stores: []*rego.Store{s.store}, Recorder: s, Deadline: time.Minute})
	require.NoError(t, err)
	return s
}

// run publishes a number of revisions and makes so many decisions for each: most
// of them while it is written and loaded, the others when it is in force.
func (s *stand) run(revisions, per int) {
	for range 20 { // there is nothing to load yet
		require.Equal(s.t, seenUndecided, s.decide().kind)
	}
	require.EqualValues(s.t, 20, s.undecided.Load())
	due := make(chan struct{}, per)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range due {
				s.decide()
			}
		})
	}
	defer wg.Wait()
	defer close(due)
	for n := 1; n <= revisions; n++ {
		before := s.published[n-1]
		r := before.next(n, s.writer.fixedFiles)
		s.mu.Lock()
		s.published = append(s.published, r)
		s.mu.Unlock()
		s.settled.Store(0)
		s.begun.Store(int64(n))
		for range per * 2 / 3 {
			due <- struct{}{}
		}
		require.NoError(s.t, s.writer.write(&s.writer, before, r))
		s.await(n, time.Now())
		for range per - per*2/3 {
			due <- struct{}{}
		}
		if s.t.Failed() {
			return
		}
	}
}

// await returns when revision n, which was written at, is in force.
func (s *stand) await(n int, at time.Time) {
	poll := time.NewTicker(200 * time.Microsecond)
	defer poll.Stop()
	looked := ""
	for range poll.C {
		if now := s.store.Policy().Revision(); now != looked {
			looked = now
			if seen := s.decide(); seen.kind == seenWhole && seen.number == n {
				break
			}
		}
		if s.t.Failed() {
			return
		}
		if time.Since(at) > time.Minute {
			s.t.Fatalf("revision %d is not in force a minute after it was written: %v", n, s.store.Status().LastError)
		}
	}
	s.gaps = append(s.gaps, time.Since(at))
	s.reloads.Add(1)
	s.asked.Store(ask(s.t, s.published[n], s.published[n].asks()))
	s.inForce.Store(int64(n))
	s.settled.Store(int64(n))
}

func (s *stand) report() {
	slices.Sort(s.gaps)
	at := func(q float64) time.Duration {
		return s.gaps[int(math.Ceil(q*float64(len(s.gaps))))-1].Round(10 * time.Microsecond)
	}
	window := "0 mixed, 0 torn"
	if !s.writer.atomic {
		window = "0 mixed, 0 torn once settled"
	}
	soak.Report(s.t, "%s: %d decisions, %d reloads, %s; from write to effect p50 %s, p99 %s, max %s; "+
		"in the writer's window %d decisions of files of two revisions, %d of a torn file",
		s.writer.name, s.decisions.Load(), s.reloads.Load(), window, at(0.5), at(0.99), at(1), s.mixed.Load(), s.torn.Load())
}
