// Package wire reads and writes JSON-RPC messages as they stand on a stream:
// one per line, or in server-sent events.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// MaxMessage bounds one message, in bytes.
const MaxMessage = 16 << 20

// CodeServer is the first of the codes that JSON-RPC leaves to servers.
const CodeServer = -32000

// Methods that something on the way must know.
const (
	MethodInitialize  = "initialize"
	MethodDiscover    = "server/discover"
	MethodInitialized = "notifications/initialized"
	MethodCancelled   = "notifications/cancelled"
)

// FirstSessionless is the first protocol version without sessions. Whoever
// speaks it is told to fall back to an older one.
const FirstSessionless = "2026-07-28"

const maxBatch = 1000

// Decode reads one message, or the messages of one batch.
func Decode(data []byte) (msgs []jsonrpc.Message, batch bool, err error) {
	// The decoder below stops at the end of the first value.
	if !json.Valid(data) {
		return nil, false, errors.New("message is not JSON")
	}
	if data = bytes.TrimSpace(data); data[0] != '[' {
		msg, err := decode(data)
		if err != nil {
			return nil, false, err
		}
		return []jsonrpc.Message{msg}, false, nil
	}
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, true, err
	}
	if len(raw) == 0 || len(raw) > maxBatch {
		return nil, true, fmt.Errorf("batch of %d messages, want 1 to %d", len(raw), maxBatch)
	}
	for _, r := range raw {
		msg, err := decode(r)
		if err != nil {
			return nil, true, err
		}
		msgs = append(msgs, msg)
	}
	return msgs, true, nil
}

func decode(data []byte) (jsonrpc.Message, error) {
	msg, err := jsonrpc.DecodeMessage(data)
	if err != nil {
		return nil, err
	}
	if req, ok := msg.(*jsonrpc.Request); ok && req.Method == "" {
		return nil, errors.New("request without method") // would be passed on as something else
	}
	if resp, ok := msg.(*jsonrpc.Response); ok && resp.Error == nil && len(resp.Result) == 0 {
		return nil, errors.New("answer with neither result nor error")
	}
	if err := sameID(data, msg); err != nil {
		return nil, err
	}
	return msg, nil
}

// Encode writes one message as a line.
func Encode(msg jsonrpc.Message) ([]byte, error) {
	data, err := jsonrpc.EncodeMessage(msg)
	if err != nil {
		return nil, err
	}
	return append(data, '\n'), nil
}

// EncodeBatch writes messages as a JSON array, without a line end.
func EncodeBatch(msgs []jsonrpc.Message) ([]byte, error) {
	raw := make([]json.RawMessage, 0, len(msgs))
	for _, msg := range msgs {
		data, err := jsonrpc.EncodeMessage(msg)
		if err != nil {
			return nil, err
		}
		raw = append(raw, data)
	}
	return json.Marshal(raw)
}

// Call returns msg where it is a request that wants an answer, else nil.
func Call(msg jsonrpc.Message) *jsonrpc.Request {
	if req, ok := msg.(*jsonrpc.Request); ok && req.IsCall() {
		return req
	}
	return nil
}

// Cancelled returns the ID that a cancellation is about; it is not valid where
// msg is none.
func Cancelled(req *jsonrpc.Request) jsonrpc.ID {
	if req.Method != MethodCancelled {
		return jsonrpc.ID{}
	}
	var params struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	if err := json.Unmarshal(req.Params, &params); err != nil {
		return jsonrpc.ID{}
	}
	id, err := exactID(params.RequestID)
	if err != nil {
		return jsonrpc.ID{}
	}
	return id
}

// RequestVersion returns the protocol version that a request carries in its
// _meta, as requests of protocols without sessions do; else "".
func RequestVersion(req *jsonrpc.Request) string {
	if !bytes.Contains(req.Params, []byte(mcp.MetaKeyProtocolVersion)) {
		return ""
	}
	var params struct {
		Meta map[string]any `json:"_meta"`
	}
	if err := json.Unmarshal(req.Params, &params); err != nil {
		return ""
	}
	v, ok := params.Meta[mcp.MetaKeyProtocolVersion].(string)
	if !ok {
		return ""
	}
	return v
}

// Unsupported is the error that makes a client fall back to initialize.
func Unsupported(requested string) *jsonrpc.Error {
	data := mcp.UnsupportedProtocolVersionData{Requested: requested}
	for _, v := range mcp.SupportedProtocolVersions() {
		if v < FirstSessionless {
			data.Supported = append(data.Supported, v)
		}
	}
	raw, err := json.Marshal(data)
	if err != nil {
		raw = nil // cannot happen: the value holds strings only
	}
	return &jsonrpc.Error{
		Code:    mcp.CodeUnsupportedProtocolVersion,
		Message: fmt.Sprintf("protocol version %q is not supported, use initialize", requested),
		Data:    raw,
	}
}
