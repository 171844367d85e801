package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

const (
	// remoteOpening bounds the time from the request for a stream to the event
	// that says where messages are sent.
	remoteOpening = 30 * time.Second
	// maxEndpoint bounds what that event may say.
	maxEndpoint = 8 << 10
	// maxTaken is what is read of the response to a message that was taken, so that
	// its connection can be used again.
	maxTaken = 4 << 10
)

var errNoEndpoint = fmt.Errorf("its stream does not say within %v where messages are sent", remoteOpening)

// olderTransport is the HTTP+SSE transport of protocol version 2024-11-05: one
// stream brings all messages of the server, and its first event names the URL
// that the client's are sent to. The stream is the session: nothing resumes it.
type olderTransport struct {
	s     *remoteServer
	posts chan struct{} // a place for each call's request under way

	mu      sync.Mutex
	opening *opening // nil where the next message opens the stream
}

// opening is one attempt to open the stream.
type opening struct {
	done chan struct{} // closed when the others are set
	post *url.URL
	err  error
}

func newOlderTransport(s *remoteServer) *olderTransport {
	return &olderTransport{s: s, posts: make(chan struct{}, maxRemoteCalls)}
}

func (t *olderTransport) notify(ctx context.Context, msg jsonrpc.Message) error {
	to, err := t.open(ctx)
	if err != nil {
		return err
	}
	return t.post(ctx, to, msg)
}

func (t *olderTransport) converse(ctx context.Context, call *jsonrpc.Request, taken func()) error {
	defer context.AfterFunc(ctx, taken)() // who answered has it
	to, err := t.open(ctx)
	if err != nil {
		return err
	}
	select {
	case t.posts <- struct{}{}:
	case <-ctx.Done():
		return t.s.conn.failed(ctx.Err())
	}
	// A server may answer on the stream before it has taken the message. Its
	// request is not cut off for that.
	sending, cancel := context.WithCancel(t.s.calls)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		t.s.sleep(sending, remoteDrain)
		cancel()
	})()
	late := time.AfterFunc(remoteTaking, taken)
	err = t.post(sending, to, call)
	late.Stop()
	<-t.posts
	if taken(); err != nil {
		return err
	}
	<-ctx.Done() // by the answer, or with the session
	return ctx.Err()
}

func (t *olderTransport) initialized() {}

// end does nothing: the end of the stream is the end of the session.
func (t *olderTransport) end(context.Context) error { return nil }

func (t *olderTransport) post(ctx context.Context, to *url.URL, msg jsonrpc.Message) error {
	data, err := jsonrpc.EncodeMessage(msg)
	if err != nil {
		return err
	}
	resp, err := t.s.conn.send(ctx, remoteRequest{method: http.MethodPost, to: to, body: data})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.CopyN(io.Discard, resp.Body, maxTaken); err != nil && !errors.Is(err, io.EOF) {
		t.s.log.Debug("response to a message that was taken is cut off", "error", failureKind(err))
	}
	return nil
}

// open returns where messages are sent. The first message opens the stream, and
// so does each one after an attempt that failed.
func (t *olderTransport) open(ctx context.Context) (*url.URL, error) {
	t.mu.Lock()
	o := t.opening
	if o == nil {
		o = &opening{done: make(chan struct{})}
		t.opening = o
		t.s.tasks.Go(func() { t.run(o) }) // the caller is one of tasks
	}
	t.mu.Unlock()
	select {
	case <-o.done:
		return o.post, o.err
	case <-ctx.Done():
		return nil, t.s.conn.failed(ctx.Err())
	}
}

// run opens the stream and passes its messages on until it ends, and with it the
// session.
func (t *olderTransport) run(o *opening) {
	ctx, cancel := context.WithCancelCause(t.s.calls)
	defer cancel(nil)
	late := time.AfterFunc(remoteOpening, func() { cancel(errNoEndpoint) })
	resp, err := t.listen(ctx)
	var events *wire.Events
	if err == nil {
		defer resp.Body.Close()
		events = wire.NewEvents(resp.Body, wire.MaxMessage)
		o.post, err = t.first(events)
	}
	if !late.Stop() && context.Cause(ctx) == errNoEndpoint {
		err = t.s.conn.failure(errNoEndpoint.Error(), errNoEndpoint)
	}
	if err != nil {
		o.err = err
		t.mu.Lock()
		t.opening = nil
		t.mu.Unlock()
		close(o.done)
		return
	}
	close(o.done)
	err = t.read(events)
	if t.s.calls.Err() == nil {
		err = &remoteError{fmt.Sprintf("remote server %s ended the stream, and the session with it: %s",
			t.s.conn.endpoint.Host, failureKind(err)), errSessionGone}
		t.s.fail(err)
		t.s.endWith(err)
	}
}

func (t *olderTransport) listen(ctx context.Context) (*http.Response, error) {
	resp, err := t.s.conn.listen(ctx, "")
	switch refused, ok := errors.AsType[*statusError](err); {
	case ok && refused.oneOf(http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable):
		refused.hint = "; if it speaks streamable HTTP, leave --transport sse out"
		return nil, err
	case err != nil:
		return nil, err
	case mediaType(resp.Header.Get("Content-Type")) != "text/event-stream":
		_ = resp.Body.Close() // not what was asked for
		return nil, t.s.conn.failure("offers no stream of events there, as the transport sse needs it", errNoStream)
	}
	return resp, nil
}

var errNoStream = errors.New("no stream of events")

// first returns where the first event of the stream says that messages are sent.
func (t *olderTransport) first(events *wire.Events) (*url.URL, error) {
	conn := t.s.conn
	event, err := events.Next()
	if err != nil {
		return nil, conn.failure("stream ended before it said where messages are sent: "+failureKind(err), err)
	}
	if event.Name != "endpoint" {
		return nil, conn.failure("stream does not begin with where messages are sent", errNoEndpoint)
	}
	to, err := endpointURL(conn.endpoint, string(event.Data))
	if err != nil {
		return nil, conn.failure("endpoint for messages refused: "+err.Error(), err)
	}
	return to, nil
}

// endpointURL is what the server at base says about where it takes messages: a
// URL of the scheme, host and port that policies were told, and of no other.
// Errors quote no more of it than its host.
func endpointURL(base *url.URL, text string) (*url.URL, error) {
	if len(text) > maxEndpoint {
		return nil, errors.New("it is too long")
	}
	to, err := base.Parse(text)
	switch {
	case err != nil:
		return nil, errors.New("it is no URL")
	case to.Scheme != base.Scheme && (to.Scheme == "http" || to.Scheme == "https"):
		return nil, fmt.Errorf("it leads from %s to %s", base.Scheme, to.Scheme)
	case to.Scheme != base.Scheme || to.Opaque != "":
		return nil, errors.New("it is no URL with " + base.Scheme)
	case to.User != nil:
		return nil, errors.New("it holds a user")
	case hostPort(to) != hostPort(base):
		return nil, errors.New("it leads to another host, " + shorten(to.Host))
	}
	to.Host, to.Fragment, to.RawFragment = base.Host, "", ""
	return to, nil
}

// read passes messages on until the stream ends.
func (t *olderTransport) read(events *wire.Events) error {
	for {
		event, err := events.Next()
		if err != nil {
			return err
		}
		if event.Name != "" && event.Name != "message" {
			continue // another endpoint too: there is one for a session
		}
		msgs, _, err := wire.Decode(event.Data)
		if err != nil {
			t.s.log.Debug("event of the remote server is no JSON-RPC message", "bytes", len(event.Data))
			continue
		}
		t.s.deliver(msgs, nil)
	}
}
