package toolhive_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/toolhive"
)

func TestManyQuestionsAtOnce(t *testing.T) {
	p, k := judged(t, evil)
	var all sync.WaitGroup
	var wrong atomic.Int32
	for i := range 64 {
		all.Go(func() {
			name, cfg := "demo", server("demo")
			if i%2 == 0 {
				name, cfg = "evil", server("evil")
			}
			for range 5 {
				var denied *gate.DeniedError
				if err := p.Servers().CheckCreateServer(t.Context(), cfg); errors.As(err, &denied) != (name == "evil") {
					wrong.Add(1)
				}
			}
		})
	}
	all.Wait()
	require.Zero(t, wrong.Load())
	require.Len(t, k.all(), 64*5)
}

// held is a recorder that ends when it is let go.
type held struct {
	entered, free chan struct{}
	ended         atomic.Bool
}

func (h *held) Record(context.Context, *gate.Decision) error {
	close(h.entered)
	<-h.free
	h.ended.Store(true)
	return nil
}

func TestCloseWaitsForQuestions(t *testing.T) {
	h := &held{entered: make(chan struct{}), free: make(chan struct{})}
	g, err := gate.New(gate.Config{Recorder: h, RecordDeadline: time.Minute})
	require.NoError(t, err)
	p := toolhive.New(g)
	var asked sync.WaitGroup
	asked.Go(func() { _ = p.Servers().CheckCreateServer(t.Context(), server("demo")) })
	<-h.entered
	closed := make(chan bool)
	go func() {
		err := p.Close()
		closed <- err == nil && h.ended.Load()
	}()
	// From here on Close has begun: nobody is let in any more.
	require.Eventually(t, func() bool { _, err := p.Gate(t.Context()); return err != nil }, time.Minute, time.Millisecond)
	close(h.free)
	require.True(t, <-closed)
	asked.Wait()
}
