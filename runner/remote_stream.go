package runner

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// maxResumes bounds the attempts to get an answer whose stream broke.
const maxResumes = 5

// streamable is the streamable HTTP transport.
type streamable struct {
	s         *remoteServer
	listening sync.Once
}

func (t *streamable) notify(ctx context.Context, msg jsonrpc.Message) error {
	resp, err := t.s.conn.post(ctx, msg)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // a body here means nothing
	return nil
}

func (t *streamable) converse(ctx context.Context, call *jsonrpc.Request, taken func()) error {
	defer context.AfterFunc(ctx, taken)() // who answered has it
	late := time.AfterFunc(remoteTaking, taken)
	resp, err := t.s.conn.post(ctx, call)
	late.Stop()
	taken()
	if err != nil {
		return err
	}
	switch mediaType(resp.Header.Get("Content-Type")) {
	case "application/json":
		defer resp.Body.Close()
		data, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxMessage+1))
		if err != nil {
			return t.s.conn.failed(err)
		}
		if len(data) > wire.MaxMessage {
			return t.s.conn.failed(wire.ErrTooLong)
		}
		msgs, _, err := wire.Decode(data)
		if err != nil {
			return t.s.conn.failure("its answer is no JSON-RPC message", err)
		}
		t.s.deliver(msgs, call)
		return nil
	case "text/event-stream":
		return t.follow(ctx, resp, call)
	default:
		return resp.Body.Close()
	}
}

// follow reads the stream of a call until the call is answered. A stream that
// broke is resumed, where the server gave its events IDs.
func (t *streamable) follow(ctx context.Context, resp *http.Response, call *jsonrpc.Request) error {
	var delay backoff
	last, tries := "", 0
	for {
		end, err := t.readStream(resp, call)
		if err == nil {
			return nil
		}
		if end.lastID != "" && end.lastID != last {
			last, tries = end.lastID, 0
		}
		if tries++; last == "" || tries > maxResumes || !t.s.sleep(ctx, delay.after(end)) {
			return err
		}
		for resp, err = t.s.conn.listen(ctx, last); err != nil; resp, err = t.s.conn.listen(ctx, last) {
			var refused *statusError
			if tries++; errors.As(err, &refused) || tries > maxResumes || !t.s.sleep(ctx, delay.after(streamEnd{})) {
				return err
			}
		}
	}
}

// initialized opens the stream of what the server sends on its own.
func (t *streamable) initialized() {
	t.listening.Do(func() { t.s.tasks.Go(t.listen) }) // the caller is one of tasks
}

// end ends the session at the remote server.
func (t *streamable) end(ctx context.Context) error { return t.s.conn.end(ctx) }

// listen keeps the stream open, if the server offers one.
func (t *streamable) listen() {
	var delay backoff
	last := ""
	for t.s.calls.Err() == nil {
		var end streamEnd
		resp, err := t.s.conn.listen(t.s.calls, last)
		var refused *statusError
		if errors.As(err, &refused) && refused.code < 500 && refused.code != http.StatusTooManyRequests {
			t.s.log.Debug("remote server offers no stream", "status", refused.code)
			return
		}
		if err == nil {
			if mediaType(resp.Header.Get("Content-Type")) != "text/event-stream" {
				t.s.log.Debug("remote server offers no stream")
				_ = resp.Body.Close() // not what was asked for
				return
			}
			end, err = t.readStream(resp, nil)
			last = cmp.Or(end.lastID, last)
		}
		t.s.log.Debug("stream of the remote server ended", "error", err)
		if !t.s.sleep(t.s.calls, delay.after(end)) {
			return
		}
	}
}

// readStream passes the messages of a stream on until the stream ends, or call
// is answered, in which case the error is nil.
func (t *streamable) readStream(resp *http.Response, call *jsonrpc.Request) (streamEnd, error) {
	defer resp.Body.Close()
	began := time.Now()
	events := wire.NewEvents(resp.Body, wire.MaxMessage)
	var end streamEnd
	for {
		event, err := events.Next()
		end.see(events.LastID())
		if err != nil {
			end.retry = events.Retry()
			end.worked = end.worked || time.Since(began) > maxReconnect
			return end, t.s.conn.failure("stream ended before the answer: "+failureKind(err), err)
		}
		end.worked = true
		if event.Name != "" && event.Name != "message" {
			continue
		}
		msgs, _, err := wire.Decode(event.Data)
		if err != nil {
			t.s.log.Debug("event of the remote server is no JSON-RPC message", "bytes", len(event.Data))
			continue
		}
		if t.s.deliver(msgs, call) {
			return end, nil
		}
	}
}
