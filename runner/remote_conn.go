package runner

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// maxErrorBody bounds what is read of a response that refuses a request.
const maxErrorBody = 64 << 10

// remoteConn sends requests to one endpoint and knows its session, which the
// older transport has none of.
//
// It is not the SDK's client connection: that one ends with the first response
// of 400 or 401, and starts the stream for the server's own messages, and names
// the protocol version, only for the SDK's own client.
type remoteConn struct {
	endpoint *url.URL // without userinfo
	headers  http.Header
	client   *http.Client
	release  func()

	mu      sync.Mutex
	session string
	version string
}

func newRemoteConn(endpoint *url.URL, headers http.Header, client *http.Client) *remoteConn {
	c := &remoteConn{endpoint: endpoint, headers: headers}
	c.client, c.release = remoteClient(client, len(headers) > 0)
	return c
}

// remoteRequest is one request to the host of a remoteConn.
type remoteRequest struct {
	method    string
	to        *url.URL // nil means the endpoint
	body      []byte
	accept    string
	lastEvent string
}

// send sends one request and returns the response, if its status is one of
// success. Of a failed one the body is closed.
func (c *remoteConn) send(ctx context.Context, r remoteRequest) (*http.Response, error) {
	var reader io.Reader
	if r.body != nil {
		reader = bytes.NewReader(r.body)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, cmp.Or(r.to, c.endpoint).String(), reader)
	if err != nil {
		return nil, c.failed(err)
	}
	req.Header = c.headers.Clone()
	set := func(name, value string) {
		// What the protocol says is not the config's to say.
		if req.Header.Del(name); value != "" {
			req.Header.Set(name, value)
		}
	}
	set("Accept", r.accept)
	set("Last-Event-ID", r.lastEvent)
	set("Content-Type", "")
	if r.body != nil {
		set("Content-Type", "application/json")
	}
	c.mu.Lock()
	session := c.session
	set(headerSession, session)
	set(headerVersion, c.version)
	c.mu.Unlock()

	resp, err := c.client.Do(req)
	if err != nil {
		return nil, c.failed(err)
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusNotFound && session != "" && r.method == http.MethodPost {
		return nil, &remoteError{fmt.Sprintf("remote server %s ended the session", c.endpoint.Host), errSessionGone}
	}
	refused := &statusError{host: c.endpoint.Host, code: resp.StatusCode}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	if err != nil {
		return nil, refused
	}
	if msgs, _, err := wire.Decode(data); err == nil {
		if answer, ok := msgs[0].(*jsonrpc.Response); ok {
			errors.As(answer.Error, &refused.answer)
		}
	}
	return nil, refused
}

// post sends one message.
func (c *remoteConn) post(ctx context.Context, msg jsonrpc.Message) (*http.Response, error) {
	data, err := jsonrpc.EncodeMessage(msg)
	if err != nil {
		return nil, err
	}
	first := false
	if call := wire.Call(msg); call != nil && call.Method == wire.MethodInitialize {
		first = true
		c.begin("", "")
	}
	resp, err := c.send(ctx, remoteRequest{method: http.MethodPost, body: data, accept: "application/json, text/event-stream"})
	switch refused, ok := errors.AsType[*statusError](err); {
	case !first:
	case err == nil:
		c.begin(resp.Header.Get(headerSession), "")
	case ok && refused.answer == nil && refused.oneOf(http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed):
		// Where the specification has a client try the older transport. It is not
		// tried here: policies were told which transport it is.
		refused.hint = "; if it speaks only the older HTTP+SSE transport, say --transport sse"
	}
	return resp, err
}

// listen opens the stream of what the server sends on its own, or resumes the
// stream that had the event with the given ID.
func (c *remoteConn) listen(ctx context.Context, lastEvent string) (*http.Response, error) {
	return c.send(ctx, remoteRequest{method: http.MethodGet, accept: "text/event-stream", lastEvent: lastEvent})
}

// end tells the remote server that the session is over, where there is one.
func (c *remoteConn) end(ctx context.Context) error {
	c.mu.Lock()
	session := c.session
	c.mu.Unlock()
	if session == "" {
		return nil
	}
	resp, err := c.send(ctx, remoteRequest{method: http.MethodDelete})
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (c *remoteConn) begin(session, version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session, c.version = session, version
}

// speak sets the protocol version that was agreed on.
func (c *remoteConn) speak(version string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.version = version
}

// failed says what went wrong, in words that quote nothing.
func (c *remoteConn) failed(err error) error { return c.failure(failureKind(err), err) }

// failure is err, told as text.
func (c *remoteConn) failure(text string, err error) error {
	return &remoteError{fmt.Sprintf("remote server %s: %s", c.endpoint.Host, text), err}
}

// silent is the failure of a call that was taken and not answered.
func (c *remoteConn) silent() error {
	return fmt.Errorf("remote server %s did not answer the request", c.endpoint.Host)
}
