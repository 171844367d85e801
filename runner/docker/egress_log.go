package docker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/mcp-runner/mcp-runner/internal/egress"
)

// egressLog passes on what an egress container writes. While it is open, the
// container runs: it ends when its input does.
type egressLog struct {
	conn  client.HijackedResponse
	ready chan struct{} // closed when it listens
	done  chan struct{} // closed when there is nothing more to read
	once  sync.Once
	log   *slog.Logger
	last  string      // the last line before it listened; read after done
	over  atomic.Bool // its end is meant
}

func attachEgress(ctx context.Context, api *engine, id string, log *slog.Logger) (*egressLog, error) {
	// The connection outlives the start.
	attached, err := api.ContainerAttach(context.WithoutCancel(ctx), id, client.ContainerAttachOptions{Stream: true, Stdin: true, Stderr: true})
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.Default()
	}
	l := &egressLog{conn: attached.HijackedResponse, ready: make(chan struct{}), done: make(chan struct{}), log: log}
	go l.read() // ends in close
	return l, nil
}

func (l *egressLog) read() {
	defer close(l.done)
	lines, w := io.Pipe()
	go func() { // ends with the connection
		_, err := stdcopy.StdCopy(io.Discard, w, l.conn.Reader)
		w.CloseWithError(err)
	}()
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		line := scanner.Text()
		if line == egress.Ready {
			l.once.Do(func() { close(l.ready) })
			continue
		}
		select {
		case <-l.ready:
			l.log.Warn(line)
		default:
			l.last = line
		}
	}
	select {
	case <-l.ready:
		if !l.over.Load() {
			l.log.Warn("the egress container has ended: the server reaches nothing more")
		}
	default:
	}
	// A line too long to read ends the container: its output is no longer drained.
	_ = lines.Close()
}

// wait returns once the container listens, with what it said where it does not.
func (l *egressLog) wait(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("it does not listen after %s", timeout))
	defer cancel()
	select {
	case <-l.ready:
		return nil
	case <-l.done:
		if l.last == "" {
			return errors.New("it ended before it listened")
		}
		return fmt.Errorf("it ended before it listened: %s", strings.TrimSpace(l.last))
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close ends the connection, and with it the container where that still runs.
func (l *egressLog) close() {
	l.over.Store(true)
	l.conn.Close()
	<-l.done
}
