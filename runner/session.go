package runner

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// sessionDrain bounds each step of ending a session in which something is still
// read or delivered after the server is gone.
const sessionDrain = 2 * time.Second

// session is one client's session and the server that it got.
//
// Messages go through the SDK's transport for one session, which keeps the HTTP
// side, and through two pipes, which the server inherits.
type session struct {
	id        string
	proxy     *Proxy
	log       *slog.Logger
	transport *mcp.StreamableServerTransport
	conn      mcp.Connection
	outbox    outbox
	idle      idleTimer

	stdin, stdout  *os.File // our ends
	theirs         []*os.File
	ctx            context.Context // of Run
	cancel         context.CancelFunc
	ended          sync.Once
	ending         chan struct{} // closed by end
	done           chan struct{} // closed when the server and every goroutine is gone
	posts, visitor sync.WaitGroup

	mu          sync.Mutex
	pending     map[jsonrpc.ID]bool // calls that the server has and did not answer
	initialize  jsonrpc.ID
	established bool           // the answer to initialize reached the client
	cause       string         // why we ended the server, if we did
	failure     *jsonrpc.Error // what calls are answered with, once the server is gone
	replies     map[*reply]bool
}

// newSession prepares a session; it is started, or discarded.
func newSession(p *Proxy) (*session, error) {
	theirIn, stdin, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	stdout, theirOut, err := os.Pipe()
	if err != nil {
		closeAll([]*os.File{theirIn, stdin})
		return nil, err
	}
	s := &session{
		id:      rand.Text(),
		proxy:   p,
		stdin:   stdin,
		stdout:  stdout,
		theirs:  []*os.File{theirIn, theirOut},
		ending:  make(chan struct{}),
		done:    make(chan struct{}),
		pending: make(map[jsonrpc.ID]bool),
		replies: make(map[*reply]bool),
	}
	// The session's own context: it outlives the request that began it.
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.log = p.log.With("session", s.id[:8]) // the whole ID is a key to the session
	// Without an EventStore: that of the SDK replays what was delivered already
	// and fails a stream for good once it has dropped something. The outbox keeps
	// what could not be delivered, and only that.
	s.transport = &mcp.StreamableServerTransport{SessionID: s.id}
	if s.conn, err = s.transport.Connect(s.ctx); err != nil {
		s.discard()
		return nil, err
	}
	s.outbox.write = func(msg jsonrpc.Message) error { return s.conn.Write(s.ctx, msg) }
	s.idle.start(p.opts.IdleTimeout, s.end)
	return s, nil
}

// discard releases a session that was not started.
func (s *session) discard() {
	s.idle.stop()
	s.cancel()
	closeAll(append(s.theirs, s.stdin, s.stdout))
}

// start runs the server; initialize is the call that the session begins with.
func (s *session) start(initialize jsonrpc.ID) {
	s.initialize = initialize
	select {
	case <-s.ending:
		s.cancel() // by Close: no server is started any more
	default:
	}
	go s.run() // ends with the session; done says so
}

// end begins to end the session. It does not wait.
func (s *session) end() {
	s.ended.Do(func() {
		s.proxy.retire(s)
		close(s.ending)
	})
}

// run is the life of the server, and of everything around it.
func (s *session) run() {
	defer close(s.done)
	defer s.proxy.remove(s)

	var pumps sync.WaitGroup
	gone, read := make(chan struct{}), make(chan struct{})
	pumps.Go(s.fromClient)
	pumps.Go(func() { s.closeInput(gone) })
	go func() { // joined below
		defer close(read)
		s.fromServer()
	}()

	err := s.proxy.opts.Runner.Run(s.ctx, s.proxy.opts.Config,
		Stdio{Stdin: s.theirs[0], Stdout: s.theirs[1], Stderr: s.proxy.opts.Stderr})
	close(gone)
	s.proxy.retire(s)
	s.idle.stop()
	closeAll(s.theirs)
	if !within(sessionDrain, read) {
		s.abort()
		closeAll([]*os.File{s.stdout})
		<-read
	}
	closeAll([]*os.File{s.stdout, s.stdin})

	failure := s.explain(err)
	s.log.Info("session ended", "reason", failure.Message)
	s.fail(failure)
	// Each POST returns once its calls are answered, which is now.
	posts := make(chan struct{})
	pumps.Go(func() {
		s.posts.Wait()
		close(posts)
	})
	within(sessionDrain, posts)
	s.abort()
	// Closing releases every request that still hangs, and fromClient.
	if err := s.conn.Close(); err != nil {
		s.log.Debug("session not closed cleanly", "error", err)
	}
	s.visitor.Wait()
	pumps.Wait()
	s.cancel()
}

// closeInput ends the server as the MCP specification says: close its stdin,
// wait, and only then have it signalled, which is what Run does with a context
// that is done.
func (s *session) closeInput(gone <-chan struct{}) {
	select {
	case <-gone:
		return
	case <-s.ending:
	}
	closeAll([]*os.File{s.stdin})
	if !within(s.proxy.opts.Runner.opts.StopGrace, gone) {
		s.cancel()
	}
}

// explain says to the client why there is no server.
func (s *session) explain(err error) *jsonrpc.Error {
	var blocked *BlockedError
	var exit *ExitError
	s.mu.Lock()
	text := s.cause
	s.mu.Unlock()
	switch {
	case errors.As(err, &blocked):
		return errorAnswer(err)
	case text != "":
	case closed(s.ending):
		text = "session ended" // by us, whatever the server's exit code
	case errors.As(err, &exit):
		text = exit.Error()
	case err == nil:
		text = "server ended"
	default:
		text = "server could not be run: " + err.Error()
	}
	return &jsonrpc.Error{Code: wire.CodeServer, Message: text}
}

// fail answers every pending call, and has every later one answered, with e.
func (s *session) fail(e *jsonrpc.Error) {
	s.mu.Lock()
	s.failure = e
	pending := s.pending
	s.pending = nil
	s.mu.Unlock()
	for id := range pending {
		s.answer(&jsonrpc.Response{ID: id, Error: e})
	}
}

// abort gives up on clients that do not take what they are sent.
func (s *session) abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r := range s.replies {
		r.abort()
	}
}

// within waits for c, and reports whether it was closed in time.
func within(d time.Duration, c <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
