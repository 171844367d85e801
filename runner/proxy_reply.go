package runner

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// writeTimeout is how long a client may take to accept one message.
const writeTimeout = 10 * time.Second

// reply is a response whose client must keep reading: a stream that is stuck
// would hold up the server's other messages, and the end of the session.
type reply struct {
	http.ResponseWriter
	rc       *http.ResponseController
	cancel   context.CancelFunc      // ends the request
	head     func(http.Header, bool) // called before the header of a stream is sent; early: before any answer
	ready    chan struct{}           // closed when the transport has set the stream up
	register func()                  // closes it

	writing sync.Mutex // one message, or comment, after the other
	status  int        // 0 until the header is sent

	mu      sync.Mutex
	aborted bool
}

func newReply(w http.ResponseWriter, cancel context.CancelFunc) *reply {
	r := &reply{ResponseWriter: w, rc: http.NewResponseController(w), cancel: cancel, ready: make(chan struct{})}
	r.register = sync.OnceFunc(func() { close(r.ready) })
	return r
}

func (r *reply) WriteHeader(status int) {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.begin(status, false)
}

// Write sends p at once: of an error the transport learns here, or never.
func (r *reply) Write(p []byte) (int, error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.begin(http.StatusOK, false)
	return r.send(p)
}

// FlushError is what http.ResponseController calls for Flush. Write has sent
// what there is.
func (r *reply) FlushError() error { return nil }

// comment sends what clients ignore. It reports whether the stream goes on.
func (r *reply) comment(text string) bool {
	r.writing.Lock()
	defer r.writing.Unlock()
	r.begin(http.StatusOK, true)
	if r.status != http.StatusOK {
		return false
	}
	_, err := r.send([]byte(": " + text + "\n\n"))
	return err == nil
}

// begin sends the header, once. Like send it is called with the lock held.
func (r *reply) begin(status int, early bool) {
	if r.status != 0 {
		return
	}
	r.status = status
	if status == http.StatusOK {
		r.head(r.Header(), early)
	} else {
		r.Header().Del(headerSession)
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *reply) send(p []byte) (int, error) {
	r.deadline(time.Now().Add(writeTimeout))
	defer r.deadline(time.Time{})
	n, err := r.ResponseWriter.Write(p)
	if err == nil {
		err = r.rc.Flush()
		if errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
	}
	if err != nil {
		r.cancel() // nobody is there
	}
	return n, err
}

// keepAlive comments on a stream, once it is set up and the first delay is over,
// until stop. Clients give up on a response without header or without a byte
// for minutes, and a client that is gone without a word shows only here.
func (r *reply) keepAlive(stop <-chan struct{}, first, every time.Duration) {
	select {
	case <-r.ready:
	case <-stop:
		return
	}
	timer := time.NewTimer(first)
	defer timer.Stop()
	for text := "ok"; ; text = "keep-alive" {
		select {
		case <-timer.C:
		case <-stop:
			return
		}
		if !r.comment(text) {
			return
		}
		timer.Reset(every)
	}
}

func (r *reply) streams() bool {
	r.writing.Lock()
	defer r.writing.Unlock()
	return r.status == http.StatusOK
}

// refused reports whether the transport did not take the request.
func (r *reply) refused() bool {
	r.writing.Lock()
	defer r.writing.Unlock()
	return r.status >= http.StatusBadRequest
}

func (r *reply) abort() {
	r.deadline(time.Unix(1, 0))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.aborted = true
}

func (r *reply) deadline(t time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.aborted {
		// A ResponseWriter without deadlines is one that no network is behind.
		_ = r.rc.SetWriteDeadline(t)
	}
}
