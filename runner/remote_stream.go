package runner

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// maxResumes bounds the attempts to get an answer whose stream broke.
const maxResumes = 5

// notify sends a message that has no answer, after what it must wait for.
func (s *remoteServer) notify(msg jsonrpc.Message, after <-chan struct{}) {
	if !s.await(s.calls, after) {
		return
	}
	ctx, cancel := context.WithTimeout(s.calls, remoteNotify)
	defer cancel()
	resp, err := s.conn.post(ctx, msg)
	if err != nil {
		if s.calls.Err() == nil {
			s.fail(err) // the client cannot be told: only requests have answers
		}
		if errors.Is(err, errSessionGone) {
			s.endWith(err)
		}
		return
	}
	s.succeed()
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
	text := ""
	switch gone := s.result(); {
	case s.calls.Err() == nil && err == nil:
		err = s.conn.silent()
		fallthrough
	case s.calls.Err() == nil || errors.Is(err, errSessionGone):
		s.fail(err)
		text = err.Error()
	case errors.Is(gone, errSessionGone):
		text = gone.Error()
	default:
		s.unanswered()
		text = "session ended"
	}
	answer := failedCall(call.ID, text)
	var refused *statusError
	if errors.As(err, &refused) && refused.answer != nil {
		answer.Error = refused.answer
	}
	s.emit(answer)
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
			return s.conn.failure("its answer is no JSON-RPC message", err)
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
	var delay backoff
	last, tries := "", 0
	for {
		end, err := s.readStream(resp, call)
		if err == nil {
			return nil
		}
		if end.lastID != "" && end.lastID != last {
			last, tries = end.lastID, 0
		}
		if tries++; last == "" || tries > maxResumes || !s.sleep(ctx, delay.after(end)) {
			return err
		}
		for resp, err = s.conn.listen(ctx, last); err != nil; resp, err = s.conn.listen(ctx, last) {
			var refused *statusError
			if tries++; errors.As(err, &refused) || tries > maxResumes || !s.sleep(ctx, delay.after(streamEnd{})) {
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
	var delay backoff
	last := ""
	for s.calls.Err() == nil {
		var end streamEnd
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
			end, err = s.readStream(resp, nil)
			last = cmp.Or(end.lastID, last)
		}
		s.log.Debug("stream of the remote server ended", "error", err)
		if !s.sleep(s.calls, delay.after(end)) {
			return
		}
	}
}

// readStream passes the messages of a stream on until the stream ends, or call
// is answered, in which case the error is nil.
func (s *remoteServer) readStream(resp *http.Response, call *jsonrpc.Request) (streamEnd, error) {
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
			return end, s.conn.failure("stream ended before the answer: "+failureKind(err), err)
		}
		end.worked = true
		if event.Name != "" && event.Name != "message" {
			continue
		}
		msgs, _, err := wire.Decode(event.Data)
		if err != nil {
			s.log.Debug("event of the remote server is no JSON-RPC message", "bytes", len(event.Data))
			continue
		}
		if s.deliver(msgs, call) {
			return end, nil
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
			s.succeed()
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
