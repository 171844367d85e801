package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// Answered returns the IDs that a malformed answer, or batch of answers, has.
func Answered(data []byte) []jsonrpc.ID {
	raw := []json.RawMessage{data}
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '[' {
		if err := json.Unmarshal(data, &raw); err != nil {
			return nil
		}
	}
	var ids []jsonrpc.ID
	for _, r := range raw {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(r, &members); err != nil {
			continue // not an object
		}
		if _, request := members["method"]; request {
			continue
		}
		if id, err := exactID(members["id"]); err == nil && id.IsValid() {
			ids = append(ids, id)
		}
	}
	return ids
}

// sameID returns an error where msg, which was decoded from data, would be passed
// on with another ID: its answer would answer nothing, or another call.
func sameID(data []byte, msg jsonrpc.Message) error {
	var has struct {
		ID json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(data, &has); err != nil {
		return err
	}
	want, err := exactID(has.ID)
	if err != nil {
		return err
	}
	var got jsonrpc.ID
	switch m := msg.(type) {
	case *jsonrpc.Request:
		got = m.ID
	case *jsonrpc.Response:
		got = m.ID
	}
	if got != want {
		return errors.New("id stands in the message more than once, or with another spelling")
	}
	return nil
}

var errID = errors.New("id must be a string or a whole number that a double holds exactly")

// exactID decodes an ID that encodes to the same value again. No ID, and null,
// is the one that is not valid.
func exactID(raw json.RawMessage) (jsonrpc.ID, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return jsonrpc.ID{}, nil
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil || strings.ContainsRune(s, utf8.RuneError) {
			return jsonrpc.ID{}, errID // half a surrogate pair, or no UTF-8
		}
		return jsonrpc.MakeID(s)
	}
	whole, fraction, _ := strings.Cut(string(raw), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != whole || strings.Trim(fraction, "0") != "" || int64(float64(n)) != n {
		return jsonrpc.ID{}, errID
	}
	return jsonrpc.MakeID(float64(n))
}
