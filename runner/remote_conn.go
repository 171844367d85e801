package runner

import (
	"bytes"
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

// remoteConn sends requests to one endpoint and knows its session.
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

// send sends one request and returns the response, if its status is one of
// success. Of a failed one the body is closed.
func (c *remoteConn) send(ctx context.Context, method string, body []byte, accept, lastEvent string) (*http.Response, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint.String(), reader)
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
	set("Accept", accept)
	set("Last-Event-ID", lastEvent)
	set("Content-Type", "")
	if body != nil {
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
	if resp.StatusCode == http.StatusNotFound && session != "" && method == http.MethodPost {
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
	resp, err := c.send(ctx, http.MethodPost, data, "application/json, text/event-stream", "")
	if err == nil && first {
		c.begin(resp.Header.Get(headerSession), "")
	}
	return resp, err
}

// listen opens the stream of what the server sends on its own, or resumes the
// stream that had the event with the given ID.
func (c *remoteConn) listen(ctx context.Context, lastEvent string) (*http.Response, error) {
	return c.send(ctx, http.MethodGet, nil, "text/event-stream", lastEvent)
}

// end tells the remote server that the session is over, where there is one.
func (c *remoteConn) end(ctx context.Context) error {
	c.mu.Lock()
	session := c.session
	c.mu.Unlock()
	if session == "" {
		return nil
	}
	resp, err := c.send(ctx, http.MethodDelete, nil, "", "")
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
