package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"

	"github.com/mcp-runner/mcp-runner/runner"
)

// drainDelay is how long output may still arrive after the container is gone.
const drainDelay = 2 * time.Second

// server is a container that runs.
type server struct {
	build      *build
	conn       *client.HijackedResponse
	stopSignal string
	grace      time.Duration
	tail       *tail

	waiting  context.Context // of the question how the container ended
	giveUp   context.CancelFunc
	exited   chan struct{} // closed when that is known
	exit     exit          // read after exited
	over     chan struct{} // closed when the client, or what it reads, is gone
	overOnce sync.Once
	copied   chan error // how the output ended
	done     chan struct{}
	err      error // read after done

	mu      sync.Mutex
	session runner.Server // with an HTTP server
	ended   bool          // no session begins any more
}

// exit is how a container ended.
type exit struct {
	code int
	err  error // that it is not known
}

func newServer(b *build, conn *client.HijackedResponse, stopSignal string) *server {
	s := &server{
		build: b, conn: conn, stopSignal: stopSignal,
		grace:  cmp.Or(b.engine.opts.StopGrace, defaultStopGrace),
		tail:   &tail{secrets: b.secrets},
		exited: make(chan struct{}),
		over:   make(chan struct{}),
		copied: make(chan error, 1),
		done:   make(chan struct{}),
	}
	s.waiting, s.giveUp = context.WithCancel(context.Background())
	return s
}

// begin lets the messages through.
func (s *server) begin(stdio runner.Stdio) {
	go s.awaitExit() // ends with the container, or by giveUp
	go s.copyOutput(stdio)
	if talksStdio(s.build.cfg) {
		go s.copyInput(stdio.Stdin) // ends with the client's stream
	}
	go s.run(holdBrokenPipe()) // ends with all that it removes; Wait joins it
}

// Wait returns how the server ended. Nothing is left of it then.
func (s *server) Wait() error {
	<-s.done
	return s.err
}

// Stop closes the server's input, asks it to end and kills it when ctx is done.
func (s *server) Stop(ctx context.Context) error {
	s.closeInput()
	s.end(ctx)
	<-s.done
	return nil
}

func (s *server) closeInput() {
	if !talksStdio(s.build.cfg) {
		return
	}
	if err := s.conn.CloseWrite(); err != nil {
		s.build.log.Debug("input of the server not closed", "error", err)
	}
}

// abort ends a server that was not set up, at once.
func (s *server) abort() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.end(ctx)
	<-s.done
}

// end asks the container to end, and kills it when ctx is done. It returns when
// the container has ended, or when there is no more to be done about it.
func (s *server) end(ctx context.Context) {
	if ctx.Err() == nil {
		s.signal(s.stopSignal)
		select {
		case <-s.exited:
			return
		case <-ctx.Done():
		}
	}
	s.signal("SIGKILL")
	timer := time.NewTimer(cleanupTime)
	defer timer.Stop()
	select {
	case <-s.exited:
	case <-timer.C:
		s.giveUp()
	}
}

func (s *server) signal(name string) {
	select {
	case <-s.exited:
		return
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTime)
	defer cancel()
	if _, err := s.build.api.ContainerKill(ctx, s.build.container, client.ContainerKillOptions{Signal: name}); err != nil {
		s.build.log.Debug("signal to server", "signal", name, "error", err)
	}
}

// awaitExit finds out how the container ends. It is not removed before that, so
// it does not matter when the engine is asked.
func (s *server) awaitExit() {
	defer close(s.exited)
	waited := s.build.api.ContainerWait(s.waiting, s.build.container, client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case result := <-waited.Result:
		s.exit.code = int(result.StatusCode)
		if result.Error != nil && result.Error.Message != "" {
			s.exit.err = errors.New(result.Error.Message)
		}
	case err := <-waited.Error:
		s.exit.err = err
	case <-s.waiting.Done():
		s.exit.err = errors.New("the engine does not say how it ended")
	}
}

// run stays until everything that belongs to the server is gone.
func (s *server) run(release func()) {
	defer close(s.done)
	defer release()
	defer s.giveUp()
	left := false
	select {
	case <-s.exited:
	case <-s.over:
		left = true
		s.endOver()
		<-s.exited
	}
	sessionErr := s.endSession()
	copyErr := s.drain()
	if !left || talksStdio(s.build.cfg) {
		s.err = s.result(sessionErr, copyErr)
	} else {
		s.err = sessionErr // the container ended because of that, by a signal
	}
	s.err = errors.Join(s.err, s.build.remove(context.Background()))
}

// endOver ends a container whose client is gone. A server that talks over stdio
// has seen the end of its input, and has a time to end by itself.
func (s *server) endOver() {
	if talksStdio(s.build.cfg) {
		timer := time.NewTimer(s.grace)
		defer timer.Stop()
		select {
		case <-s.exited:
			return
		case <-timer.C:
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.grace)
	defer cancel()
	s.end(ctx)
}

// endSession ends the session with an HTTP server, and returns how it ended.
func (s *server) endSession() error {
	s.mu.Lock()
	session := s.session
	s.ended = true
	s.mu.Unlock()
	if session == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainDelay)
	defer cancel()
	if err := session.Stop(ctx); err != nil {
		s.build.log.Debug("session not ended", "error", err)
	}
	return session.Wait()
}

func (s *server) result(sessionErr, copyErr error) error {
	name := s.build.cfg.Name
	switch {
	case s.exit.err != nil:
		return fmt.Errorf("container of %s: %w", name, s.exit.err)
	case s.exit.code != 0:
		return &runner.ExitError{Code: s.exit.code}
	case sessionErr != nil:
		return sessionErr
	case copyErr != nil:
		return fmt.Errorf("container of %s: %w", name, copyErr)
	default:
		return nil
	}
}

// setOver says that nobody talks to the server any more.
func (s *server) setOver() { s.overOnce.Do(func() { close(s.over) }) }
