package gate_test

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// A log that nobody reads any more, such as stderr into a pipe that is full, denies
// in time.
func TestLogThatHangs(t *testing.T) {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	full := make(chan error, 1)
	go func() {
		_, err := w.Write(make([]byte, 1<<20)) // more than any pipe holds
		full <- err
	}()
	g, err := gate.New(gate.Config{
		Stores: []*rego.Store{open(t, "s", allowing)}, Deadline: time.Minute, RecordDeadline: 20 * time.Millisecond,
		Recorder: gate.LogRecorder(slog.New(slog.NewJSONHandler(w, nil))),
	})
	require.NoError(t, err)
	err = g.CheckCreateServer(t.Context(), named("fetch"))
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.ErrorContains(t, err, "decision could not be recorded: log: the deadline of 20ms passed")
	require.NoError(t, r.Close())
	require.Error(t, <-full)
	require.NoError(t, w.Close())
}
