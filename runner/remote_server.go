package runner

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

const (
	// maxRemoteCalls bounds the calls that wait for an answer at once, and
	// maxRemoteNotices the other messages that wait to be taken.
	maxRemoteCalls   = 256
	maxRemoteNotices = 256
	// remoteDrain is how long calls may go on after the end of the input, and
	// then how long the remote server has to hear of it.
	remoteDrain = 5 * time.Second
	// remoteNotify bounds the sending of what has no answer.
	remoteNotify = 30 * time.Second
)

// remoteServer passes messages between two streams and a remote server.
type remoteServer struct {
	conn *remoteConn
	in   io.Reader
	out  io.Writer
	log  *slog.Logger

	ctx    context.Context // of everything that it sends and writes
	cancel context.CancelFunc
	calls  context.Context // of requests and streams; ends before ctx
	hangUp context.CancelFunc
	tasks  sync.WaitGroup // everything that uses calls
	lines  chan []byte    // to out

	stop     chan struct{}
	stopOnce sync.Once
	gone     chan struct{} // the session is no more, or out takes no more
	goneOnce sync.Once
	done     chan struct{}
	err      error // read after done

	answered sync.WaitGroup // the calls among tasks
	notices  chan struct{}  // a place for each message without answer under way

	mu        sync.Mutex
	pending   map[jsonrpc.ID]context.CancelFunc
	cause     error // why gone is closed
	listening bool
}

func newRemoteServer(conn *remoteConn, stdio Stdio, log *slog.Logger) *remoteServer {
	s := &remoteServer{
		conn: conn, in: stdio.Stdin, out: stdio.Stdout, log: log,
		lines:   make(chan []byte),
		stop:    make(chan struct{}),
		gone:    make(chan struct{}),
		done:    make(chan struct{}),
		notices: make(chan struct{}, maxRemoteNotices),
		pending: make(map[jsonrpc.ID]context.CancelFunc),
	}
	if s.in == nil {
		s.in = http.NoBody
	}
	if s.out == nil {
		s.out = io.Discard
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.calls, s.hangUp = context.WithCancel(s.ctx)
	return s
}

// Wait returns how the session ended.
func (s *remoteServer) Wait() error {
	<-s.done
	return s.err
}

// Stop ends the session.
func (s *remoteServer) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stop) })
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
	go s.write(written)    // ends below
	input := s.readLines() // ends with in

	// What a message must wait for: the notification or initialize before it.
	var after <-chan struct{} = closedChan()
	for reading := true; reading; {
		select {
		case line, ok := <-input:
			if reading = ok; ok {
				after = s.take(line, after)
			}
		case <-s.gone:
			reading = false
		case <-s.stop:
			reading = false
		}
	}
	s.finish()
	s.hangUp()
	s.tasks.Wait()
	close(s.lines)
	select {
	case <-written:
	case <-s.ctx.Done(): // by Stop: whoever reads out does not
	}
	s.mu.Lock()
	s.err = s.cause
	s.mu.Unlock()
	if errors.Is(s.err, errSessionGone) {
		return // and need not be told
	}
	ctx, cancel := context.WithTimeout(s.ctx, remoteDrain)
	defer cancel()
	if err := s.conn.end(ctx); err != nil {
		s.log.Debug("session of the remote server not ended", "error", err)
	}
}

// finish lets the calls under way end, if the client merely has no more.
func (s *remoteServer) finish() {
	answered := make(chan struct{})
	go func() { // ends when the calls do, which hangUp sees to
		s.answered.Wait()
		close(answered)
	}()
	timer := time.NewTimer(remoteDrain)
	defer timer.Stop()
	select {
	case <-answered:
	case <-timer.C:
	case <-s.gone:
	case <-s.stop:
	}
}

// take starts to send what is in line. It returns what the next message must
// wait for.
func (s *remoteServer) take(line []byte, after <-chan struct{}) <-chan struct{} {
	msgs, _, err := wire.Decode(line)
	if err != nil {
		s.log.Debug("line of the client is no JSON-RPC message", "bytes", len(line))
		return after
	}
	for _, msg := range msgs {
		call := wire.Call(msg)
		switch {
		case call == nil:
			after = s.startNotice(msg, after)
		case call.Method == wire.MethodDiscover || wire.RequestVersion(call) >= wire.FirstSessionless:
			s.emit(&jsonrpc.Response{ID: call.ID, Error: wire.Unsupported(wire.RequestVersion(call))})
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
	case <-s.stop:
		return after
	}
	sent := make(chan struct{})
	s.tasks.Go(func() {
		defer close(sent)
		s.notify(msg, after)
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
		s.emit(failedCall(call.ID, "too many calls at once, or two with one id"))
		return after
	}
	answered := make(chan struct{})
	s.answered.Add(1)
	s.tasks.Go(func() {
		defer s.answered.Done()
		defer close(answered)
		defer cancel()
		s.call(ctx, call, after)
	})
	if call.Method == wire.MethodInitialize {
		return answered // the session's ID and version come with the answer
	}
	return after
}

// emit writes one message to the client.
func (s *remoteServer) emit(msg jsonrpc.Message) {
	line, err := wire.Encode(msg)
	if err != nil {
		s.log.Debug("message of the remote server dropped", "error", err)
		return
	}
	select {
	case s.lines <- line:
	case <-s.ctx.Done():
	}
}

// write is the only one that writes to out.
func (s *remoteServer) write(written chan<- struct{}) {
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

// endWith ends the session because of err.
func (s *remoteServer) endWith(err error) {
	s.goneOnce.Do(func() {
		s.mu.Lock()
		s.cause = err
		s.mu.Unlock()
		close(s.gone)
	})
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

func closedChan() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
