package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

const (
	headerSession = "Mcp-Session-Id"
	headerVersion = "Mcp-Protocol-Version"

	// firstWithoutBatch is the first protocol version that has no batches.
	firstWithoutBatch = "2025-06-18"
	// bodyTimeout bounds the reading of one body.
	bodyTimeout = 30 * time.Second
)

func (p *Proxy) servePOST(w http.ResponseWriter, req *http.Request) {
	if mediaType(req.Header.Get("Content-Type")) != "application/json" {
		http.Error(w, "Content-Type must be application/json", http.StatusUnsupportedMediaType)
		return
	}
	if !accepts(req, "application/json") || !accepts(req, "text/event-stream") {
		http.Error(w, "Accept must contain application/json and text/event-stream", http.StatusNotAcceptable)
		return
	}
	msgs, batch, ok := p.messages(w, req)
	if !ok || !versionOK(w, req, msgs, batch) {
		return
	}
	id := req.Header.Get(headerSession)
	if id == "" {
		p.create(w, req, msgs)
		return
	}
	s, v := p.enter(req, id)
	if s == nil {
		noSession(w)
		return
	}
	defer v.leave()
	s.post(w, req, msgs, batch)
}

func (p *Proxy) serveGET(w http.ResponseWriter, req *http.Request) {
	if !accepts(req, "text/event-stream") {
		http.Error(w, "Accept must contain text/event-stream", http.StatusNotAcceptable)
		return
	}
	if s, v := p.named(w, req); s != nil {
		defer v.leave()
		s.get(w, req)
	}
}

func (p *Proxy) serveDELETE(w http.ResponseWriter, req *http.Request) {
	if s, v := p.named(w, req); s != nil {
		defer v.leave()
		s.end()
		w.WriteHeader(http.StatusNoContent)
	}
}

// named enters the session that a request without a body names.
func (p *Proxy) named(w http.ResponseWriter, req *http.Request) (*session, *visit) {
	if !versionOK(w, req, nil, false) {
		return nil, nil
	}
	id := req.Header.Get(headerSession)
	if id == "" {
		http.Error(w, "the Mcp-Session-Id header is missing", http.StatusBadRequest)
		return nil, nil
	}
	s, v := p.enter(req, id)
	if s == nil {
		noSession(w)
	}
	return s, v
}

// create starts a session for an initialize request, and for nothing else. One
// such request is one server and one question to the gate, which is why it
// cannot stand in a batch.
func (p *Proxy) create(w http.ResponseWriter, req *http.Request, msgs []jsonrpc.Message) {
	call := wire.Call(msgs[0])
	if len(msgs) != 1 || call == nil || call.Method != wire.MethodInitialize {
		refuse(w, http.StatusBadRequest, firstCall(msgs), &jsonrpc.Error{
			Code:    jsonrpc.CodeInvalidRequest,
			Message: "no session: send initialize first, alone, and then the Mcp-Session-Id of its answer",
		})
		return
	}
	s, err := newSession(p)
	if err != nil {
		p.log.Error("session not started", "error", err)
		refuse(w, http.StatusInternalServerError, call, &jsonrpc.Error{Code: wire.CodeServer, Message: "server could not be started"})
		return
	}
	v := s.enter(req)
	defer v.leave()
	if !p.add(s) {
		s.discard()
		w.Header().Set("Retry-After", "10")
		refuse(w, http.StatusServiceUnavailable, call, &jsonrpc.Error{Code: wire.CodeServer, Message: "too many sessions, try again later"})
		return
	}
	s.start(call.ID)
	// The transport sets this header by the method, which it does not see.
	w.Header().Set(headerSession, s.id)
	s.post(w, req, msgs, false)
	if !s.isEstablished() {
		s.end() // nobody knows its ID
	}
}

// messages reads the body. Where it cannot, it has answered.
func (p *Proxy) messages(w http.ResponseWriter, req *http.Request) (msgs []jsonrpc.Message, batch, ok bool) {
	rc := http.NewResponseController(w)
	// Not every ResponseWriter has deadlines; the limit on the size stays.
	_ = rc.SetReadDeadline(time.Now().Add(bodyTimeout))
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, p.opts.MaxBodyBytes))
	_ = rc.SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, fmt.Sprintf("request body exceeds %d bytes", tooLarge.Limit), http.StatusRequestEntityTooLarge)
		return nil, false, false
	case err != nil:
		http.Error(w, "request body could not be read", http.StatusBadRequest)
		return nil, false, false
	}
	msgs, batch, err = wire.Decode(body)
	if err != nil {
		// Plain text, as the id that a JSON-RPC error needs was not read.
		http.Error(w, "malformed payload: "+err.Error(), http.StatusBadRequest)
		return nil, false, false
	}
	return msgs, batch, true
}

// versionOK refuses protocol versions that this transport does not speak. It
// says so to newer clients in the way that makes them fall back to initialize.
func versionOK(w http.ResponseWriter, req *http.Request, msgs []jsonrpc.Message, batch bool) bool {
	version := req.Header.Get(headerVersion)
	for _, msg := range msgs {
		r, ok := msg.(*jsonrpc.Request)
		if !ok {
			continue
		}
		requested := max(version, wire.RequestVersion(r))
		if requested >= wire.FirstSessionless || r.Method == wire.MethodDiscover {
			refuse(w, http.StatusBadRequest, firstCall(msgs), wire.Unsupported(requested))
			return false
		}
	}
	switch {
	case version == "":
		return true
	case version >= wire.FirstSessionless || !slices.Contains(mcp.SupportedProtocolVersions(), version):
		http.Error(w, "unsupported protocol version", http.StatusBadRequest)
		return false
	case batch && version >= firstWithoutBatch:
		http.Error(w, "batches are not part of this protocol version", http.StatusBadRequest)
		return false
	}
	return true
}

// noSession is plain text: clients take a JSON-RPC error for the answer to one
// request, and this is about the whole session.
func noSession(w http.ResponseWriter) {
	http.Error(w, "session not found", http.StatusNotFound)
}

// refuse answers call, which may be nil, with an error.
func refuse(w http.ResponseWriter, status int, call *jsonrpc.Request, e *jsonrpc.Error) {
	answer := struct {
		Version string         `json:"jsonrpc"`
		ID      any            `json:"id"` // null where unknown, never absent
		Error   *jsonrpc.Error `json:"error"`
	}{Version: "2.0", Error: e}
	if call != nil {
		answer.ID = call.ID.Raw()
	}
	data, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, e.Message, status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client is gone
}

func firstCall(msgs []jsonrpc.Message) *jsonrpc.Request {
	for _, msg := range msgs {
		if call := wire.Call(msg); call != nil {
			return call
		}
	}
	return nil
}

func mediaType(value string) string {
	t, _, err := mime.ParseMediaType(value)
	if err != nil {
		return ""
	}
	return t
}

// accepts reports whether the Accept headers name a media type, or a range with
// it. No header accepts nothing, as the specification demands one.
func accepts(req *http.Request, want string) bool {
	group, _, _ := strings.Cut(want, "/")
	for _, value := range req.Header.Values("Accept") {
		for part := range strings.SplitSeq(value, ",") {
			name, _, _ := strings.Cut(part, ";")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case want, group + "/*", "*/*":
				return true
			}
		}
	}
	return false
}
