package runner

import (
	"context"
	"time"

	"golang.org/x/net/http/httpguts"
)

const (
	// A stream that broke is opened again after a delay between these.
	minReconnect = time.Second
	maxReconnect = 30 * time.Second
	// maxEventID bounds the IDs that are sent back, in a header.
	maxEventID = 1 << 10
)

// streamEnd is what a stream leaves behind.
type streamEnd struct {
	lastID string        // the last that can be sent back, or ""
	retry  time.Duration // what the server asks for, or 0
	worked bool          // the stream had an event, or lasted for a while
}

// see notes the ID of an event. One that is no header value is ignored.
func (e *streamEnd) see(id string) {
	if id == "" || len(id) > maxEventID || !httpguts.ValidHeaderFieldValue(id) {
		return
	}
	e.worked = e.worked || id != e.lastID
	e.lastID = id
}

// backoff is the delay before the next attempt. It grows while attempts bring
// nothing; the zero value is at its start.
type backoff struct{ own time.Duration }

// after returns the delay after a stream: as long as the server asks for, within
// reason, and no shorter than its own.
func (b *backoff) after(end streamEnd) time.Duration {
	b.own = min(b.own*2, maxReconnect)
	if end.worked || b.own == 0 {
		b.own = minReconnect
	}
	return max(b.own, min(end.retry, maxReconnect))
}

func (s *remoteServer) await(ctx context.Context, c <-chan struct{}) bool {
	select {
	case <-c:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// sleep reports whether ctx lasted for so long.
func (s *remoteServer) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
