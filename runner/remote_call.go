package runner

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// notify sends a message that has no answer, after what it must wait for.
func (s *remoteServer) notify(msg jsonrpc.Message, after ...<-chan struct{}) {
	for _, one := range after {
		if !s.await(s.calls, one) {
			return
		}
	}
	ctx, cancel := context.WithTimeout(s.calls, remoteNotify)
	defer cancel()
	if err := s.by.notify(ctx, msg); err != nil {
		if s.calls.Err() == nil {
			s.fail(err) // the client cannot be told: only requests have answers
		}
		if errors.Is(err, errSessionGone) {
			s.endWith(err)
		}
		return
	}
	s.succeed()
	req, ok := msg.(*jsonrpc.Request)
	if !ok {
		return
	}
	if id := wire.Cancelled(req); id.IsValid() {
		s.settle(id) // the server need not answer, nor end the stream
	}
	if req.Method == wire.MethodInitialized {
		s.by.initialized()
	}
}

// call sends a call and stays until it is answered.
func (s *remoteServer) call(ctx context.Context, call *jsonrpc.Request, after <-chan struct{}, taken func()) {
	err := context.Canceled
	if s.await(ctx, after) {
		err = s.by.converse(ctx, call, taken)
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

// agree notes the protocol version in the answer to initialize.
func (s *remoteServer) agree(result json.RawMessage) {
	var r struct {
		Version string `json:"protocolVersion"`
	}
	if err := json.Unmarshal(result, &r); err != nil {
		s.log.Debug("answer to initialize has no protocol version", "error", err)
		return
	}
	s.conn.speak(r.Version)
}
