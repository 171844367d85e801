package runner

import (
	"sync"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
)

// The outbox of one session holds at most this much.
const (
	maxOutbox      = 1024
	maxOutboxBytes = 4 << 20
)

// outbox delivers what the server sends on its own, in order. It keeps what
// there is no stream for, up to a limit.
type outbox struct {
	write func(jsonrpc.Message) error

	mu    sync.Mutex
	queue []jsonrpc.Message
	sizes []int
	bytes int
}

// push delivers or keeps a message; it reports false where it did neither.
func (o *outbox) push(msg jsonrpc.Message, size int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 && o.write(msg) == nil {
		return true
	}
	if len(o.queue) >= maxOutbox || o.bytes+size > maxOutboxBytes {
		return false
	}
	o.queue, o.sizes, o.bytes = append(o.queue, msg), append(o.sizes, size), o.bytes+size
	return true
}

// flush delivers what was kept, now that there is a stream. What fails again
// waits for the next one.
func (o *outbox) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) > 0 && o.write(o.queue[0]) == nil {
		o.bytes -= o.sizes[0]
		o.queue, o.sizes = o.queue[1:], o.sizes[1:]
	}
}
