package runner

import (
	"context"
	"errors"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// codeCancelled answers a call that the client itself cancelled.
const codeCancelled = -32800

// maxPending bounds the calls that the server of a session did not answer.
const maxPending = 1024

// fromClient takes the client's messages until the session is closed. When the
// server is gone it answers them.
func (s *session) fromClient() {
	defer s.backlog.close()
	for {
		sealed, err := s.conn.Read(context.Background()) // ends by conn.Close
		if err != nil {
			return
		}
		msg, p, err := s.transit.take(sealed)
		if err != nil {
			s.log.Debug("message of the client dropped", "error", err)
			continue
		}
		s.toServer(msg, p)
	}
}

func (s *session) toServer(msg jsonrpc.Message, p *parcel) {
	call := wire.Call(msg)
	if call != nil {
		p.reply.register()
		if e := s.expect(call.ID); e != nil {
			p.done()
			s.answer(&jsonrpc.Response{ID: call.ID, Error: e})
			return
		}
	}
	line, err := wire.Encode(msg)
	if err != nil {
		p.done()
		s.log.Debug("message of the client dropped", "error", err)
		return
	}
	s.backlog.push(line, p.done)
	if req, ok := msg.(*jsonrpc.Request); ok && call == nil {
		// A server need not answer what was cancelled, and the client ignores an
		// answer; but its request must not hang for the rest of the session.
		if id := wire.Cancelled(req); id.IsValid() && s.settle(id) {
			s.answer(&jsonrpc.Response{ID: id, Error: &jsonrpc.Error{Code: codeCancelled, Message: "request cancelled"}})
		}
	}
}

// fromServer passes the server's messages to the client until the server's
// output ends.
func (s *session) fromServer() {
	lines := wire.NewLines(s.stdout, wire.MaxMessage)
	for {
		line, err := lines.Next()
		if errors.Is(err, wire.ErrTooLong) {
			// It could be an answer, whose call would wait for ever.
			s.stopServer("server sent a message that is too long")
			continue
		}
		if err != nil {
			return
		}
		msgs, _, err := wire.Decode(line)
		if err != nil {
			// Many servers print a banner. The line may hold anything: not logged.
			s.log.Debug("line of the server is no JSON-RPC message", "bytes", len(line))
			s.malformed(line)
			continue
		}
		for _, msg := range msgs {
			s.toClient(msg, len(line))
		}
	}
}

// malformed answers the calls that a line meant to answer.
func (s *session) malformed(line []byte) {
	for _, id := range wire.Answered(line) {
		if s.settle(id) {
			s.answer(&jsonrpc.Response{ID: id, Error: &jsonrpc.Error{Code: wire.CodeServer, Message: "server sent a malformed answer"}})
		}
	}
}

func (s *session) toClient(msg jsonrpc.Message, size int) {
	resp, ok := msg.(*jsonrpc.Response)
	if !ok {
		if !s.outbox.push(msg, size) {
			s.log.Debug("message of the server dropped: the client does not listen", "bytes", size)
		}
		return
	}
	if !s.settle(resp.ID) {
		s.log.Debug("answer of the server dropped: nothing asked for it")
		return
	}
	s.answer(resp)
}

// answer sends the answer to a call of the client.
func (s *session) answer(resp *jsonrpc.Response) {
	s.mu.Lock()
	first := resp.ID == s.initialize && !s.established
	if first {
		// Before the write, which sends the header with the session's ID.
		s.established = resp.Error == nil
	}
	s.mu.Unlock()
	// Not s.ctx: a session that is being ended still answers.
	err := s.conn.Write(context.Background(), resp)
	if err != nil {
		s.log.Debug("answer not delivered", "error", err)
	}
	if first && err != nil {
		s.mu.Lock()
		s.established = false
		s.mu.Unlock()
	}
}

// expect registers a call as pending. Where the server is gone, or has too many
// already, it returns the answer instead.
func (s *session) expect(id jsonrpc.ID) *jsonrpc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil {
		return s.failure
	}
	if len(s.pending) >= maxPending {
		return &jsonrpc.Error{Code: wire.CodeServer, Message: "too many calls that the server did not answer"}
	}
	s.pending[id] = true
	return nil
}

// settle reports whether a call was pending, which it is no longer.
func (s *session) settle(id jsonrpc.ID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.pending[id]
	delete(s.pending, id)
	return was
}

func (s *session) isEstablished() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.established
}

// stopServer ends the server at once, and says why to the calls that wait.
func (s *session) stopServer(cause string) {
	s.mu.Lock()
	s.cause = cause
	s.mu.Unlock()
	s.cancel()
}
