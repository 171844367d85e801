package runner

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

const (
	// maxVisits bounds the requests that one session has under way.
	maxVisits = 256
	// writeTimeout is how long a client may take to accept one message.
	writeTimeout = 10 * time.Second
	// The outbox of one session holds at most this much.
	maxOutbox      = 1024
	maxOutboxBytes = 4 << 20
)

// visit is one request in one session.
type visit struct {
	leave func()
}

// enter counts a request in. The session is not idle until it left or its
// client is gone.
func (s *session) enter(req *http.Request) *visit {
	s.visitor.Add(1)
	post := req.Method == http.MethodPost
	if post {
		s.posts.Add(1)
	}
	s.idle.begin()
	release := sync.OnceFunc(s.idle.end)
	stop := context.AfterFunc(req.Context(), release)
	return &visit{leave: func() {
		stop()
		release()
		if post {
			s.posts.Done()
		}
		s.visitor.Done()
	}}
}

// post hands msgs to the server and serves the stream with their answers.
func (s *session) post(w http.ResponseWriter, req *http.Request, msgs []jsonrpc.Message, batch bool) {
	if s.idle.count() > maxVisits {
		w.Header().Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, firstCall(msgs),
			&jsonrpc.Error{Code: wire.CodeServer, Message: "too many requests at once in this session"})
		return
	}
	body, err := seal(msgs, batch)
	if err != nil {
		http.Error(w, "malformed payload", http.StatusBadRequest)
		return
	}
	inner := req.WithContext(req.Context())
	inner.Body = io.NopCloser(bytes.NewReader(body))
	inner.ContentLength = int64(len(body))
	s.serve(w, inner, func(h http.Header, _ int) {
		if !s.isEstablished() {
			h.Del(headerSession) // of a session that did not come to be
		}
	})
}

// get serves the stream for what the server sends on its own.
func (s *session) get(w http.ResponseWriter, req *http.Request) {
	var flush sync.WaitGroup
	s.serve(w, req, func(_ http.Header, status int) {
		if status == http.StatusOK {
			// The transport has claimed the stream but not set it up; it holds the
			// lock that the flush needs until it has.
			flush.Go(s.outbox.flush)
		}
	})
	flush.Wait()
}

func (s *session) serve(w http.ResponseWriter, req *http.Request, head func(http.Header, int)) {
	r := &reply{ResponseWriter: w, rc: http.NewResponseController(w), head: head}
	s.mu.Lock()
	s.replies[r] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.replies, r)
		s.mu.Unlock()
	}()
	s.transport.ServeHTTP(r, req)
}

// reply is a response whose client must keep reading: a stream that is stuck
// would hold up the server's other messages, and the end of the session.
type reply struct {
	http.ResponseWriter
	rc   *http.ResponseController
	head func(h http.Header, status int) // called once, before the header is sent
	sent bool

	mu      sync.Mutex
	aborted bool
}

func (r *reply) WriteHeader(status int) {
	if !r.sent {
		r.sent = true
		r.head(r.Header(), status)
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *reply) Write(p []byte) (int, error) {
	if !r.sent {
		r.WriteHeader(http.StatusOK)
	}
	r.deadline(time.Now().Add(writeTimeout))
	defer r.deadline(time.Time{})
	return r.ResponseWriter.Write(p)
}

// FlushError is what http.ResponseController calls for Flush.
func (r *reply) FlushError() error {
	r.deadline(time.Now().Add(writeTimeout))
	defer r.deadline(time.Time{})
	return r.rc.Flush()
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

// outbox delivers what the server sends on its own, in order. It keeps what
// there is no stream for, up to a limit.
type outbox struct {
	write func(jsonrpc.Message) error

	mu    sync.Mutex
	queue []jsonrpc.Message
	sizes []int
	bytes int
}

// push delivers or keeps a message; it reports false where it did neither.
func (o *outbox) push(msg jsonrpc.Message, size int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 && o.write(msg) == nil {
		return true
	}
	if len(o.queue) >= maxOutbox || o.bytes+size > maxOutboxBytes {
		return false
	}
	o.queue, o.sizes, o.bytes = append(o.queue, msg), append(o.sizes, size), o.bytes+size
	return true
}

// flush delivers what was kept, now that there is a stream. What fails again
// waits for the next one.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) > 0 && o.write(o.queue[0]) == nil {
		o.bytes -= o.sizes[0]
		o.queue, o.sizes = o.queue[1:], o.sizes[1:]
	}
}

// idleTimer calls back once nothing was under way for some time.
type idleTimer struct {
	mu      sync.Mutex
	after   time.Duration
	timer   *time.Timer
	active  int
	stopped bool
}

func (t *idleTimer) start(after time.Duration, idle func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.after = after
	t.timer = time.AfterFunc(after, func() {
		if t.count() == 0 {
			idle()
		}
	})
}

func (t *idleTimer) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.active++
	t.timer.Stop()
}

func (t *idleTimer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.active--; t.active == 0 && !t.stopped {
		t.timer.Reset(t.after)
	}
}

func (t *idleTimer) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	t.timer.Stop()
}

func (t *idleTimer) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.active
}
