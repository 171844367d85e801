package runner

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// maxVisits bounds the requests that one session has under way.
const maxVisits = 256

// visit is one request in one session.
type visit struct {
	crowded bool // there are too many
	leave   func()
}

// enter counts a request in. It counts until it left; but the session is idle
// as soon as all clients are gone.
func (s *session) enter(req *http.Request) *visit {
	s.visitor.Add(1)
	post := req.Method == http.MethodPost
	if post {
		s.posts.Add(1)
	}
	s.idle.begin()
	release := sync.OnceFunc(s.idle.end)
	stop := context.AfterFunc(req.Context(), release)
	return &visit{crowded: s.visits.Add(1) > maxVisits, leave: func() {
		stop()
		release()
		s.visits.Add(-1)
		if post {
			s.posts.Done()
		}
		s.visitor.Done()
	}}
}

// post hands msgs to the server and serves the stream with their answers. size
// is that of the body that they came in; opening says that the session begins
// with them.
func (s *session) post(w http.ResponseWriter, req *http.Request, msgs []jsonrpc.Message, batch bool, size int, opening bool) {
	cost := int64(size + messageCost*len(msgs))
	if !s.inFlight.take(cost) {
		tooBusy(w, firstCall(msgs), "too much at once in this session")
		return
	}
	// Held by this request and by each message that the server has still to read.
	done := s.inFlight.share(cost, 1+len(msgs))
	defer done()

	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	r := newReply(w, cancel)
	r.head = func(h http.Header, early bool) {
		if !early && !s.isEstablished() {
			h.Del(headerSession) // of a session that did not come to be
		}
	}
	p := &parcel{msgs: msgs, reply: r, done: done}
	body, err := s.transit.send(p, batch)
	if err != nil {
		s.transit.drop(p)
		http.Error(w, "malformed payload", http.StatusBadRequest)
		return
	}
	inner := req.WithContext(ctx)
	inner.Body = io.NopCloser(strings.NewReader(body))
	inner.ContentLength = int64(len(body))
	s.serve(r, inner, func(stop <-chan struct{}) {
		if opening {
			r.keepAlive(stop, s.proxy.times.initialize, s.proxy.times.keepAlive)
		} else {
			r.keepAlive(stop, 0, s.proxy.times.keepAlive)
		}
	})
	if r.refused() {
		s.transit.drop(p) // else fromClient takes it out
	}
}

// get serves the stream for what the server sends on its own.
func (s *session) get(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	var flush sync.WaitGroup
	r := newReply(w, cancel)
	r.head = func(http.Header, bool) {
		r.register()
		// The transport has claimed the stream but not set it up; it holds the lock
		// that the flush needs until it has.
		flush.Go(s.outbox.flush)
	}
	s.serve(r, req.WithContext(ctx), func(stop <-chan struct{}) {
		// The transport sends the first comment itself.
		r.keepAlive(stop, s.proxy.times.keepAlive, s.proxy.times.keepAlive)
	})
	flush.Wait()
	if r.streams() {
		s.idle.unheard()
	}
}

// serve has the transport answer, and keeps the stream alive meanwhile.
func (s *session) serve(r *reply, req *http.Request, keepAlive func(stop <-chan struct{})) {
	s.mu.Lock()
	s.replies[r] = true
	s.mu.Unlock()
	stop := make(chan struct{})
	var alive sync.WaitGroup
	alive.Go(func() { keepAlive(stop) })
	defer func() {
		close(stop)
		alive.Wait() // nothing may be written once the request is over
		s.mu.Lock()
		delete(s.replies, r)
		s.mu.Unlock()
	}()
	s.transport.ServeHTTP(r, req)
}
