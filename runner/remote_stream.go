package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

const (
	// A stream that broke is opened again after a delay between these.
	minReconnect = time.Second
	maxReconnect = 30 * time.Second
	// maxResumes bounds the attempts to get an answer whose stream broke.
	maxResumes = 5
)

// notify sends a message that has no answer, after what it must wait for.
func (s *remoteServer) notify(msg jsonrpc.Message, after <-chan struct{}) {
	if !s.await(s.calls, after) {
		return
	}
	ctx, cancel := context.WithTimeout(s.calls, remoteNotify)
	defer cancel()
	resp, err := s.conn.post(ctx, msg)
	if err != nil {
		// A client cannot be told: only requests have answers.
		s.log.Warn("message to the remote server not delivered", "error", err)
		if errors.Is(err, errSessionGone) {
			s.endWith(err)
		}
		return
	}
	_ = resp.Body.Close() // a body here means nothing
	req, ok := msg.(*jsonrpc.Request)
	if !ok {
		return
	}
	if id := wire.Cancelled(req); id.IsValid() {
		s.settle(id) // the server need not answer, nor end the stream
	}
	if req.Method == wire.MethodInitialized {
		s.listenOnce()
	}
}

// call sends a call and stays until it is answered.
func (s *remoteServer) call(ctx context.Context, call *jsonrpc.Request, after <-chan struct{}) {
	err := context.Canceled
	if s.await(ctx, after) {
		err = s.converse(ctx, call)
	}
	if errors.Is(err, errSessionGone) {
		s.endWith(err)
	}
	if !s.settle(call.ID) {
		return // answered, or cancelled
	}
	var refused *statusError
	switch {
	case errors.As(err, &refused) && refused.answer != nil:
		s.emit(&jsonrpc.Response{ID: call.ID, Error: refused.answer})
	case err != nil && !errors.Is(err, errSessionGone) && s.calls.Err() != nil:
		s.emit(failedCall(call.ID, "session ended"))
	case err == nil:
		s.emit(failedCall(call.ID, fmt.Sprintf("remote server %s did not answer the request", s.conn.endpoint.Host)))
	default:
		s.emit(failedCall(call.ID, err.Error()))
	}
}

func (s *remoteServer) converse(ctx context.Context, call *jsonrpc.Request) error {
	resp, err := s.conn.post(ctx, call)
	if err != nil {
		return err
	}
	switch mediaType(resp.Header.Get("Content-Type")) {
	case "application/json":
		defer resp.Body.Close()
		data, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxMessage+1))
		if err != nil {
			return s.conn.failed(err)
		}
		if len(data) > wire.MaxMessage {
			return s.conn.failed(wire.ErrTooLong)
		}
		msgs, _, err := wire.Decode(data)
		if err != nil {
			return s.conn.failed(errors.New("its answer is no JSON-RPC message"))
		}
		s.deliver(msgs, call)
		return nil
	case "text/event-stream":
		return s.follow(ctx, resp, call)
	default:
		return resp.Body.Close()
	}
}

// follow reads the stream of a call until the call is answered. A stream that
// broke is resumed, where the server gave its events IDs.
func (s *remoteServer) follow(ctx context.Context, resp *http.Response, call *jsonrpc.Request) error {
	last, tries := "", 0
	for {
		id, wait, err := s.readStream(resp, call)
		if err == nil {
			return nil
		}
		if id != "" && id != last {
			last, tries = id, 0
		}
		if tries++; last == "" || tries > maxResumes || !s.sleep(ctx, reconnectDelay(wait, minReconnect)) {
			return err
		}
		for resp, err = s.conn.listen(ctx, last); err != nil; resp, err = s.conn.listen(ctx, last) {
			var refused *statusError
			if tries++; errors.As(err, &refused) || tries > maxResumes || !s.sleep(ctx, minReconnect) {
				return err
			}
		}
	}
}

// listenOnce opens the stream of what the server sends on its own.
func (s *remoteServer) listenOnce() {
	s.mu.Lock()
	first := !s.listening
	s.listening = true
	s.mu.Unlock()
	if first {
		s.tasks.Go(s.listen) // the caller is one of tasks
	}
}

// listen keeps the stream open, if the server offers one.
func (s *remoteServer) listen() {
	last, delay := "", minReconnect
	for s.calls.Err() == nil {
		var wait time.Duration
		began := time.Now()
		resp, err := s.conn.listen(s.calls, last)
		var refused *statusError
		if errors.As(err, &refused) && refused.code < 500 && refused.code != http.StatusTooManyRequests {
			s.log.Debug("remote server offers no stream", "status", refused.code)
			return
		}
		if err == nil {
			if mediaType(resp.Header.Get("Content-Type")) != "text/event-stream" {
				s.log.Debug("remote server offers no stream")
				_ = resp.Body.Close() // not what was asked for
				return
			}
			var id string
			id, wait, err = s.readStream(resp, nil)
			last = cmp.Or(id, last)
		}
		if time.Since(began) > maxReconnect {
			delay = minReconnect // it worked for a while
		}
		s.log.Debug("stream of the remote server ended", "error", err)
		if !s.sleep(s.calls, reconnectDelay(wait, delay)) {
			return
		}
		delay = min(delay*2, maxReconnect)
	}
}

// reconnectDelay is what the server asks for, within reason, or else the client's own.
func reconnectDelay(asked, own time.Duration) time.Duration {
	if asked == 0 {
		return own
	}
	return min(max(asked, 100*time.Millisecond), maxReconnect)
}

// readStream passes the messages of a stream on until the stream ends, or call
// is answered, in which case the error is nil. It returns the last event's ID
// and how long the server asks to wait.
func (s *remoteServer) readStream(resp *http.Response, call *jsonrpc.Request) (string, time.Duration, error) {
	defer resp.Body.Close()
	events := wire.NewEvents(resp.Body, wire.MaxMessage)
	for {
		event, err := events.Next()
		if err != nil {
			return events.LastID(), events.Retry(), s.conn.failed(fmt.Errorf("stream ended before the answer: %w", err))
		}
		if event.Name != "" && event.Name != "message" {
			continue
		}
		msgs, _, err := wire.Decode(event.Data)
		if err != nil {
			s.log.Debug("event of the remote server is no JSON-RPC message", "bytes", len(event.Data))
			continue
		}
		if s.deliver(msgs, call) {
			return events.LastID(), 0, nil
		}
	}
}

// deliver passes messages on; it reports whether call was answered.
func (s *remoteServer) deliver(msgs []jsonrpc.Message, call *jsonrpc.Request) (answered bool) {
	for _, msg := range msgs {
		resp, ok := msg.(*jsonrpc.Response)
		if !ok {
			s.emit(msg)
			continue
		}
		own := call != nil && resp.ID == call.ID
		answered = answered || own
		if own && call.Method == wire.MethodInitialize && resp.Error == nil {
			s.agree(resp.Result)
		}
		if s.settle(resp.ID) {
			s.emit(resp)
		}
	}
	return answered
}

// settle takes a call from those that wait for an answer, and ends its request;
// it reports whether it was one.
func (s *remoteServer) settle(id jsonrpc.ID) bool {
	s.mu.Lock()
	cancel, ok := s.pending[id]
	delete(s.pending, id)
	s.mu.Unlock()
	if ok {
		cancel()
	}
	return ok
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

func failedCall(id jsonrpc.ID, text string) *jsonrpc.Response {
	return &jsonrpc.Response{ID: id, Error: &jsonrpc.Error{Code: wire.CodeServer, Message: text}}
}
