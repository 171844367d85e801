package runner

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

const (
	// maxRemoteCalls bounds the calls that wait for an answer at once, and
	// maxRemoteNotices the other messages that wait to be taken.
	maxRemoteCalls   = 256
	maxRemoteNotices = 256
	// remoteDrain is how long calls may go on after the end of the input, and
	// then how long the remote server has to hear of it.
	remoteDrain = 5 * time.Second
	// remoteTaking bounds how long notifications wait for the response to a call that
	// the client sent before them. Some servers give it only when they have worked.
	remoteTaking = time.Second
	// remoteNotify bounds the sending of what has no answer.
	remoteNotify = 30 * time.Second
)

var errUnread = errors.New("client does not read what it is sent")

// remoteTransport is how the messages of a remoteServer travel. Its methods are
// called by tasks of the server.
type remoteTransport interface {
	// notify sends a message that has no answer.
	notify(ctx context.Context, msg jsonrpc.Message) error
	// converse sends a call. It returns once the call was answered, ctx is done, or
	// there will be no answer. It calls taken, once or more, when the notifications
	// that the client sent after the call need wait no longer: requests are
	// concurrent, and one that cancels the call must not overtake it.
	converse(ctx context.Context, call *jsonrpc.Request, taken func()) error
	// initialized is called when the remote server knows that the client is ready.
	initialized()
	// end tells the remote server that the session is over.
	end(ctx context.Context) error
}

// remoteServer passes messages between two streams and a remote server.
type remoteServer struct {
	conn *remoteConn
	by   remoteTransport
	in   io.Reader
	out  io.Writer
	log  *slog.Logger

	// ctx is that of everything below; each ends before the one above it does.
	ctx        context.Context
	cancel     context.CancelFunc
	output     context.Context // of messages that wait to be written
	mute       context.CancelFunc
	calls      context.Context // of requests and streams
	hangUp     context.CancelFunc
	reading    context.Context // of the client's messages
	endReading context.CancelFunc

	tasks    sync.WaitGroup    // everything that uses calls
	messages sync.WaitGroup    // the client's messages among tasks
	notices  chan struct{}     // a place for each message without answer under way
	lines    chan []byte       // to out
	untaken  []<-chan struct{} // of calls, of which each is closed when it was taken; of read alone
	gone     chan struct{}     // closed by endWith
	goneOnce sync.Once
	done     chan struct{}
	err      error // read after done

	mu        sync.Mutex
	pending   map[jsonrpc.ID]context.CancelFunc
	cause     error // why gone is closed
	failure   error // the first of a request
	warned    map[string]bool
	succeeded bool
}

// newRemoteServer prepares a session over transport, which is sse for the older
// HTTP+SSE transport; run runs it.
func newRemoteServer(conn *remoteConn, transport string, stdio Stdio, log *slog.Logger) *remoteServer {
	s := &remoteServer{
		conn: conn, in: stdio.Stdin, out: stdio.Stdout, log: log,
		lines:   make(chan []byte),
		gone:    make(chan struct{}),
		done:    make(chan struct{}),
		notices: make(chan struct{}, maxRemoteNotices),
		pending: make(map[jsonrpc.ID]context.CancelFunc),
		warned:  make(map[string]bool),
	}
	if s.by = (&streamable{s: s}); transport == TransportSSE {
		s.by = newOlderTransport(s)
	}
	if s.in == nil {
		s.in = http.NoBody
	}
	if s.out == nil {
		s.out = io.Discard
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.output, s.mute = context.WithCancel(s.ctx)
	s.calls, s.hangUp = context.WithCancel(s.ctx)
	s.reading, s.endReading = context.WithCancel(s.ctx)
	return s
}

// Wait returns how the session ended.
func (s *remoteServer) Wait() error {
	<-s.done
	return s.err
}

// Stop ends the session.
func (s *remoteServer) Stop(ctx context.Context) error {
	s.endReading()
	select {
	case <-s.done:
	case <-ctx.Done():
		s.cancel()
		<-s.done
	}
	return nil
}

// run reads the client's messages until there are no more, and ends the session.
func (s *remoteServer) run() {
	defer close(s.done)
	defer s.conn.release()
	defer s.cancel()
	written := make(chan struct{})
	go s.writeLines(written) // ends in drain, or with a Write that blocks
	s.read()
	s.finish()
	s.hangUp()
	s.drain(written)
	s.err = s.result()
	if errors.Is(s.err, errSessionGone) {
		return // and need not be told
	}
	ctx, cancel := context.WithTimeout(s.ctx, remoteDrain)
	defer cancel()
	if err := s.by.end(ctx); err != nil {
		s.log.Debug("session of the remote server not ended", "error", err)
	}
}

// read takes the client's messages. A session that the remote server ended is
// read for a while still: whoever takes a line from the client must answer it,
// and the client did not hear yet that there will be no answers.
func (s *remoteServer) read() {
	input := s.readLines() // ends with in
	gone := s.gone
	// What a message must wait for: the notification or initialize before it.
	var after <-chan struct{} = closedChan()
	for {
		select {
		case line, ok := <-input:
			if !ok {
				return
			}
			after = s.take(line, after)
		case <-gone:
			if !errors.Is(s.result(), errSessionGone) {
				return
			}
			gone = nil
		case <-s.reading.Done():
			return
		}
	}
}

// finish lets what is under way end, if the client merely has no more.
func (s *remoteServer) finish() {
	sent := make(chan struct{})
	go func() { // ends when the messages do, which hangUp sees to
		s.messages.Wait()
		close(sent)
	}()
	timer := time.NewTimer(remoteDrain)
	defer timer.Stop()
	select {
	case <-sent:
	case <-timer.C:
	case <-s.gone:
	case <-s.reading.Done(): // by Stop
	}
}

// drain waits until everything is written, but not for a client that does not
// read.
func (s *remoteServer) drain(written <-chan struct{}) {
	timer := time.AfterFunc(remoteDrain, func() {
		s.endWith(errUnread)
		s.mute()
	})
	defer timer.Stop()
	s.tasks.Wait()
	close(s.lines)
	select {
	case <-written:
	case <-s.output.Done():
	}
}

// endWith ends the session because of err. Where the remote server ended it,
// the time for which the client is told so begins here and not in read, which
// may be waiting for a client that does not take its answer.
func (s *remoteServer) endWith(err error) {
	s.goneOnce.Do(func() {
		s.mu.Lock()
		s.cause = err
		s.mu.Unlock()
		close(s.gone)
		if errors.Is(err, errSessionGone) {
			s.hangUp()                               // answers what is under way
			time.AfterFunc(blockedFor, s.endReading) // nothing to stop: after the end it does nothing
		}
	})
}

func closedChan() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
