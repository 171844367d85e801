package runner

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
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
// side, and through two pipes, which the server inherits or, where it runs in
// this process, reads and writes.
type session struct {
	id        string
	proxy     *Proxy
	log       *slog.Logger
	transport *mcp.StreamableServerTransport
	conn      mcp.Connection
	transit   transit
	backlog   backlog
	outbox    outbox
	idle      idleTimer
	inFlight  budget       // of what the client sent
	visits    atomic.Int64 // requests that did not leave yet

	stdin, stdout  *os.File // our ends
	theirs         []*os.File
	ctx            context.Context // of Run
	cancel         context.CancelFunc
	ended, deaf    sync.Once
	ending         chan struct{} // closed by end
	gone           chan struct{} // closed when the server is gone
	done           chan struct{} // closed when the server and every goroutine is gone
	posts, visitor sync.WaitGroup
	pumps          sync.WaitGroup

	mu          sync.Mutex
	pending     map[jsonrpc.ID]bool // calls that the server has and did not answer
	initialize  jsonrpc.ID
	established bool           // the answer to initialize reached the client
	cause       string         // why we ended the server, if we did
	endedBy     string         // what end was told
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
		gone:    make(chan struct{}),
		done:    make(chan struct{}),
		pending: make(map[jsonrpc.ID]bool),
		replies: make(map[*reply]bool),
	}
	s.inFlight.limit = maxInFlight
	s.transit.parcels = make(map[uint64]*parcel)
	s.backlog.more = make(chan struct{}, 1)
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
	s.idle.start(p.opts.IdleTimeout, p.times.linger, func() { p.expire(s) })
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

// Who or what ended a session, as the log and waiting calls are told.
const (
	endedByClient = "the client ended it"
	endedByRunner = "the runner ended it"
	endedByTime   = "it was idle"
	endedForPlace = "it was idle, and a new session needed its place"
	endedUnborn   = "the client left before it began"
)

// end begins to end the session. It does not wait.
func (s *session) end(by string) {
	s.ended.Do(func() {
		s.proxy.retire(s)
		s.mu.Lock()
		s.endedBy = by
		s.mu.Unlock()
		close(s.ending)
	})
}

// run is the life of the server, and of everything around it.
func (s *session) run() {
	defer close(s.done)
	defer s.proxy.remove(s)

	read := make(chan struct{})
	s.pumps.Go(s.fromClient)
	s.pumps.Go(func() { s.backlog.write(s.stdin, s.inputFailed) })
	s.pumps.Go(s.closeInput)
	s.pumps.Go(func() {
		defer close(read)
		s.fromServer()
		if !closed(s.gone) {
			s.deafened("server closed its output")
		}
	})

	err := s.proxy.opts.Runner.run(s.ctx, s.proxy.opts.Config,
		Stdio{Stdin: s.theirs[0], Stdout: s.theirs[1], Stderr: s.proxy.opts.Stderr}, s.started)
	close(s.gone)
	s.proxy.retire(s)
	s.idle.stop()
	closeAll(s.theirs)
	if !within(sessionDrain, read) {
		s.abort()
		closeAll([]*os.File{s.stdout})
		<-read
	}
	closeAll([]*os.File{s.stdout, s.stdin})

	s.fail(s.explain(err))
	// Each POST returns once its calls are answered, which is now.
	posts := make(chan struct{})
	s.pumps.Go(func() {
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
	s.pumps.Wait()
	s.cancel()
}

// started gives a process its ends of the pipes for good: with ours open too,
// its output would not end when it closes it. Other runtimes read and write them
// in this process.
func (s *session) started(server Server) {
	if _, ok := server.(*process); ok {
		closeAll(s.theirs)
	}
}

// closeInput ends the server as the MCP specification says: close its stdin,
// wait, and only then have it signalled, which is what Run does with a context
// that is done.
func (s *session) closeInput() {
	select {
	case <-s.gone:
		return
	case <-s.ending:
	}
	closeAll([]*os.File{s.stdin})
	if !within(s.proxy.opts.Runner.opts.StopGrace, s.gone) {
		s.cancel()
	}
}

// explain logs why there is no server any more, and says it to the client.
func (s *session) explain(err error) *jsonrpc.Error {
	var blocked *BlockedError
	var stopped *StoppedError
	var exit *ExitError
	s.mu.Lock()
	reason, by := s.cause, s.endedBy
	s.mu.Unlock()
	text := ""
	switch {
	case errors.As(err, &blocked):
		s.log.Info("session denied", "reason", blocked.Err)
		return errorAnswer(err)
	case errors.As(err, &stopped):
		s.log.Warn("session stopped", "reason", stopped.Err)
		return errorAnswer(err)
	case reason != "":
	case closed(s.ending):
		reason, text = by, "session ended: "+by // whatever the server's exit code
	case errors.As(err, &exit):
		reason = exit.Error()
	case err == nil:
		reason = "server ended"
	default:
		reason = "server could not be run: " + err.Error()
	}
	s.log.Info("session ended", "reason", reason)
	return &jsonrpc.Error{Code: wire.CodeServer, Message: cmp.Or(text, reason)}
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
