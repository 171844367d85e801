package runner

import (
	"encoding/json"
	"errors"
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// parcel is what one request brought.
type parcel struct {
	id    uint64
	msgs  []jsonrpc.Message // nil where taken
	left  int
	reply *reply
	done  func() // called once for each message
}

// transit holds what is on its way through the SDK's transport, which would
// refuse methods that it does not know and read meaning into some that it does.
// The transport sees a ping for each call and the notification of an initialized
// client for everything else, with a number for what is meant.
type transit struct {
	mu      sync.Mutex
	last    uint64
	parcels map[uint64]*parcel
}

// ticket stands for a message.
type ticket struct {
	Parcel  uint64 `json:"parcel"`
	Message int    `json:"message"`
}

// send returns the body that the transport gets for a parcel.
func (t *transit) send(p *parcel, batch bool) (string, error) {
	t.mu.Lock()
	t.last++
	p.id, p.left = t.last, len(p.msgs)
	t.parcels[p.id] = p
	t.mu.Unlock()
	out := make([]jsonrpc.Message, 0, len(p.msgs))
	for n, msg := range p.msgs {
		sealed, err := seal(msg, ticket{p.id, n})
		if err != nil {
			return "", err
		}
		out = append(out, sealed)
	}
	if batch {
		data, err := wire.EncodeBatch(out)
		return string(data), err
	}
	data, err := jsonrpc.EncodeMessage(out[0])
	return string(data), err
}

// take returns what a message of the transport stands for.
func (t *transit) take(msg jsonrpc.Message) (jsonrpc.Message, *parcel, error) {
	k, err := open(msg)
	if err != nil {
		return nil, nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.parcels[k.Parcel]
	if p == nil || p.msgs[k.Message] == nil {
		return nil, nil, errors.New("its request was refused")
	}
	meant := p.msgs[k.Message]
	p.msgs[k.Message] = nil
	if p.left--; p.left == 0 {
		delete(t.parcels, p.id)
	}
	return meant, p, nil
}

// drop forgets what the transport did not take.
func (t *transit) drop(p *parcel) {
	t.mu.Lock()
	delete(t.parcels, p.id)
	left := p.left
	p.left = 0
	t.mu.Unlock()
	for range left {
		p.done()
	}
}

// seal returns what the transport gets for a message.
func seal(msg jsonrpc.Message, k ticket) (jsonrpc.Message, error) {
	params, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	if call := wire.Call(msg); call != nil {
		return &jsonrpc.Request{ID: call.ID, Method: "ping", Params: params}, nil
	}
	return &jsonrpc.Request{Method: wire.MethodInitialized, Params: params}, nil
}

// open returns what was sealed.
func open(msg jsonrpc.Message) (ticket, error) {
	req, ok := msg.(*jsonrpc.Request)
	if !ok {
		return ticket{}, errors.New("not sealed")
	}
	var k ticket
	err := json.Unmarshal(req.Params, &k)
	return k, err
}
