package runner

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// take starts to send what is in line, or answers it where there is no session
// any more. It returns what the next message must wait for.
func (s *remoteServer) take(line []byte, after <-chan struct{}) <-chan struct{} {
	msgs, _, err := wire.Decode(line)
	if err != nil {
		s.log.Debug("line of the client is no JSON-RPC message", "bytes", len(line))
		return after
	}
	for _, msg := range msgs {
		call := wire.Call(msg)
		switch {
		case closed(s.gone):
			if call != nil {
				s.refuse(failedCall(call.ID, s.result().Error()))
			}
		case call == nil:
			after = s.startNotice(msg, after)
		case call.Method == wire.MethodDiscover || wire.RequestVersion(call) >= wire.FirstSessionless:
			s.refuse(&jsonrpc.Response{ID: call.ID, Error: wire.Unsupported(wire.RequestVersion(call))})
		default:
			after = s.startCall(call, after)
		}
	}
	return after
}

func (s *remoteServer) startNotice(msg jsonrpc.Message, after <-chan struct{}) <-chan struct{} {
	select {
	case s.notices <- struct{}{}:
	case <-s.gone:
		return after
	case <-s.reading.Done():
		return after
	}
	// An answer does not wait for calls to be taken: the server may want it first.
	var calls []<-chan struct{}
	if _, notification := msg.(*jsonrpc.Request); notification {
		calls, s.untaken = s.untaken, nil
	}
	sent := make(chan struct{})
	s.messages.Add(1)
	s.tasks.Go(func() {
		defer s.messages.Done()
		defer close(sent)
		s.notify(msg, append(calls, after)...)
		<-s.notices
	})
	return sent
}

func (s *remoteServer) startCall(call *jsonrpc.Request, after <-chan struct{}) <-chan struct{} {
	ctx, cancel := context.WithCancel(s.calls)
	s.mu.Lock()
	_, twice := s.pending[call.ID]
	full := len(s.pending) >= maxRemoteCalls
	if !twice && !full {
		s.pending[call.ID] = cancel
	}
	s.mu.Unlock()
	if twice || full {
		cancel()
		s.refuse(failedCall(call.ID, "too many calls at once, or two with one id"))
		return after
	}
	answered, took := make(chan struct{}), make(chan struct{})
	s.untaken = append(slices.DeleteFunc(s.untaken, closed), took)
	taken := sync.OnceFunc(func() { close(took) })
	s.messages.Add(1)
	s.tasks.Go(func() {
		defer s.messages.Done()
		defer close(answered)
		defer taken()
		defer cancel()
		s.call(ctx, call, after, taken)
	})
	if call.Method == wire.MethodInitialize {
		return answered // the session's ID and version come with the answer
	}
	return after
}

// refuse answers in place of the remote server. Nothing is read meanwhile, so
// that a client that sends and never reads ends the session.
func (s *remoteServer) refuse(answer *jsonrpc.Response) {
	ctx, cancel := context.WithTimeout(s.reading, remoteNotify)
	defer cancel()
	if s.write(ctx, answer); errors.Is(ctx.Err(), context.DeadlineExceeded) {
		s.endWith(errUnread)
	}
}

// emit passes one message on to the client.
func (s *remoteServer) emit(msg jsonrpc.Message) { s.write(s.output, msg) }

// write has one message written, unless ctx ends before it can be.
func (s *remoteServer) write(ctx context.Context, msg jsonrpc.Message) {
	line, err := wire.Encode(msg)
	if err != nil {
		s.log.Debug("message of the remote server dropped", "error", err)
		return
	}
	select {
	case s.lines <- line:
	case <-ctx.Done():
	}
}

// writeLines is the only one that writes to out.
func (s *remoteServer) writeLines(written chan<- struct{}) {
	defer close(written)
	broken := false
	for line := range s.lines {
		if broken {
			continue
		}
		if _, err := s.out.Write(line); err != nil {
			broken = true
			s.endWith(err)
		}
	}
}

// readLines reads in until its end, or until the first line after the server
// has ended.
func (s *remoteServer) readLines() <-chan []byte {
	input := make(chan []byte)
	go func() {
		defer close(input)
		lines := wire.NewLines(s.in, wire.MaxMessage)
		for {
			line, err := lines.Next()
			if errors.Is(err, wire.ErrTooLong) {
				s.endWith(errors.New("client sent a message that is too long"))
				return
			}
			if err != nil {
				return
			}
			select {
			case input <- line:
			case <-s.done:
				return
			}
		}
	}()
	return input
}

func failedCall(id jsonrpc.ID, text string) *jsonrpc.Response {
	return &jsonrpc.Response{ID: id, Error: &jsonrpc.Error{Code: wire.CodeServer, Message: text}}
}
