package runner

import (
	"net/http"
	"slices"
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
)

func (p *Proxy) servePOST(w http.ResponseWriter, req *http.Request) {
	// Also for what net/http reads of a body that was refused. Not every
	// ResponseWriter has deadlines; the limit on the size stays.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyTimeout))
	if mediaType(req.Header.Get("Content-Type")) != "application/json" {
		http.Error(w, "Content-Type must be application/json", http.StatusUnsupportedMediaType)
		return
	}
	if !accepts(req, "application/json") || !accepts(req, "text/event-stream") {
		http.Error(w, "Accept must contain application/json and text/event-stream", http.StatusNotAcceptable)
		return
	}
	if req.Header.Values("Last-Event-ID") != nil {
		// The transport refuses it too, but only once there is a server.
		http.Error(w, "a POST must not have a Last-Event-ID", http.StatusBadRequest)
		return
	}
	// Before the body, which nobody need read for a session that is not there.
	var s *session
	if id := req.Header.Get(headerSession); id != "" {
		var v *visit
		if s, v = p.enter(req, id); s == nil {
			w.Header().Set("Connection", "close") // or net/http would read it
			noSession(w)
			return
		}
		defer v.leave()
		if v.crowded {
			tooBusy(w, nil, "too many requests at once in this session")
			return
		}
	}
	msgs, batch, size, ok := p.messages(w, req)
	switch {
	case !ok || !versionOK(w, req, msgs, batch):
	case s == nil:
		p.create(w, req, msgs, size)
	default:
		s.post(w, req, msgs, batch, size, false)
	}
}

func (p *Proxy) serveGET(w http.ResponseWriter, req *http.Request) {
	if !accepts(req, "text/event-stream") {
		http.Error(w, "Accept must contain text/event-stream", http.StatusNotAcceptable)
		return
	}
	if s, v := p.named(w, req); s != nil {
		defer v.leave()
		if v.crowded {
			tooBusy(w, nil, "too many requests at once in this session")
			return
		}
		s.get(w, req)
	}
}

func (p *Proxy) serveDELETE(w http.ResponseWriter, req *http.Request) {
	if s, v := p.named(w, req); s != nil {
		defer v.leave()
		s.end(endedByClient)
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
func (p *Proxy) create(w http.ResponseWriter, req *http.Request, msgs []jsonrpc.Message, size int) {
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
	if !p.place(req.Context(), s) {
		s.discard()
		tooBusy(w, call, "too many sessions, try again later")
		return
	}
	s.start(call.ID)
	// The transport sets this header by the method, which it does not see.
	w.Header().Set(headerSession, s.id)
	s.post(w, req, msgs, false, size, true)
	if !s.isEstablished() {
		s.end(endedUnborn) // nobody knows its ID
	}
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

func firstCall(msgs []jsonrpc.Message) *jsonrpc.Request {
	for _, msg := range msgs {
		if call := wire.Call(msg); call != nil {
			return call
		}
	}
	return nil
}
