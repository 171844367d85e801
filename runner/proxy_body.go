package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// bodyTimeout bounds the reading of one body.
const bodyTimeout = 30 * time.Second

// messages reads the body. Where it cannot, it has answered.
func (p *Proxy) messages(w http.ResponseWriter, req *http.Request) (msgs []jsonrpc.Message, batch bool, size int, ok bool) {
	metered := &meteredReader{r: http.MaxBytesReader(w, req.Body, p.opts.MaxBodyBytes), budget: &p.bodies}
	defer metered.release()
	body, err := io.ReadAll(metered)
	// As above; a stream has no such limit.
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, fmt.Sprintf("request body exceeds %d bytes", tooLarge.Limit), http.StatusRequestEntityTooLarge)
		return nil, false, 0, false
	case errors.Is(err, errBusy):
		tooBusy(w, nil, "too many requests at once")
		return nil, false, 0, false
	case err != nil:
		http.Error(w, "request body could not be read", http.StatusBadRequest)
		return nil, false, 0, false
	}
	msgs, batch, err = wire.Decode(body)
	if err != nil {
		// Plain text, as the id that a JSON-RPC error needs was not read.
		http.Error(w, "malformed payload: "+err.Error(), http.StatusBadRequest)
		return nil, false, 0, false
	}
	return msgs, batch, len(body), true
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

// tooBusy refuses and says when to come back.
func tooBusy(w http.ResponseWriter, call *jsonrpc.Request, text string) {
	w.Header().Set("Retry-After", "5")
	refuse(w, http.StatusServiceUnavailable, call, &jsonrpc.Error{Code: wire.CodeServer, Message: text})
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
