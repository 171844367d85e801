package wire_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

func TestLines(t *testing.T) {
	const limit = 100 << 10
	long := strings.Repeat("x", limit+1)
	for name, c := range map[string]struct {
		in   string
		want []string // "!" for a line that is too long
	}{
		"lines":         {"a\nb\n", []string{"a", "b"}},
		"blank, CRLF":   {"\n \r\na\r\n\n", []string{"a"}},
		"no end":        {"a\nb", []string{"a", "b"}},
		"empty":         {"", nil},
		"at the limit":  {long[:limit-1] + "\nb\n", []string{long[:limit-1], "b"}},
		"too long":      {"a\n" + long + "\nb\n", []string{"a", "!", "b"}},
		"too long, end": {long, []string{"!"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(c.in), iotest.HalfReader(strings.NewReader(c.in))} {
				lines, got := wire.NewLines(r, limit), []string(nil)
				for {
					line, err := lines.Next()
					if errors.Is(err, wire.ErrTooLong) {
						line = []byte("!")
					} else if err != nil {
						require.ErrorIs(t, err, io.EOF)
						break
					}
					got = append(got, string(line))
				}
				require.Equal(t, c.want, got)
			}
		})
	}
}

func TestEvents(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []wire.Event
		id   string
	}{
		"data":               {in: "data: a\n\n", want: []wire.Event{{Data: []byte("a")}}},
		"no space":           {in: "data:a\n\n", want: []wire.Event{{Data: []byte("a")}}},
		"lines of data":      {in: "data: a\ndata:  b\n\n", want: []wire.Event{{Data: []byte("a\n b")}}},
		"CRLF and BOM":       {in: "\xef\xbb\xbfevent: message\r\ndata: a\r\n\r\n", want: []wire.Event{{Name: "message", Data: []byte("a")}}},
		"comment":            {in: ": ok\n\ndata: a\n\n", want: []wire.Event{{Data: []byte("a")}}},
		"id stays":           {in: "id: 1\ndata: a\n\ndata: b\n\n", want: []wire.Event{{ID: "1", Data: []byte("a")}, {ID: "1", Data: []byte("b")}}, id: "1"},
		"event of no data":   {in: "event: prime\nid: 1\ndata:\n\ndata: b\n\n", want: []wire.Event{{ID: "1", Data: []byte("b")}}, id: "1"},
		"cut off":            {in: "data: a\n\ndata: b\n", want: []wire.Event{{Data: []byte("a")}}},
		"colons in the data": {in: "data: {\"a\":1}\n\n", want: []wire.Event{{Data: []byte(`{"a":1}`)}}},
	} {
		t.Run(name, func(t *testing.T) {
			events, got := wire.NewEvents(strings.NewReader(c.in), 1<<10), []wire.Event(nil)
			for {
				e, err := events.Next()
				if err != nil {
					require.ErrorIs(t, err, io.EOF)
					break
				}
				got = append(got, e)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.id, events.LastID())
		})
	}
}

func TestEventsAreBounded(t *testing.T) {
	for name, in := range map[string]string{
		"one line":   "data: " + strings.Repeat("x", 2<<10),
		"many lines": strings.Repeat("data: xxxxxxx\n", 1<<10),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := wire.NewEvents(strings.NewReader(in), 1<<10).Next()
			require.ErrorIs(t, err, wire.ErrTooLong)
		})
	}
}

func TestRetry(t *testing.T) {
	events := wire.NewEvents(strings.NewReader("retry: 1500\nretry: -1\nretry: x\ndata: a\n\n"), 1<<10)
	_, err := events.Next()
	require.NoError(t, err)
	require.Equal(t, 1500*time.Millisecond, events.Retry())
}

func TestCancelled(t *testing.T) {
	for name, c := range map[string]struct {
		method, params string
		want           any
	}{
		"string":       {wire.MethodCancelled, `{"requestId":"a"}`, "a"},
		"number":       {wire.MethodCancelled, `{"requestId":7}`, int64(7)},
		"none":         {wire.MethodCancelled, `{}`, nil},
		"other type":   {wire.MethodCancelled, `{"requestId":{}}`, nil},
		"no object":    {wire.MethodCancelled, `[]`, nil},
		"other method": {wire.MethodInitialized, `{"requestId":"a"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			id := wire.Cancelled(&jsonrpc.Request{Method: c.method, Params: []byte(c.params)})
			require.Equal(t, c.want, id.Raw())
		})
	}
}

// FuzzDecode holds that what was decoded can be passed on as one line that
// means the same.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":[1,"\n"]}}`))
	f.Add([]byte(`[{"jsonrpc":"2.0","id":"a","result":{}},{"jsonrpc":"2.0","method":"n"}]`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"m","data":null}} `))
	f.Add([]byte(`[{"jsonrpc":"2.0","method":""}]`))
	f.Add([]byte("{\n\"jsonrpc\":\"2.0\",\n\"method\":\"a\\u0000\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		msgs, _, err := wire.Decode(data)
		if err != nil {
			return
		}
		require.NotEmpty(t, msgs)
		for _, msg := range msgs {
			line, err := wire.Encode(msg)
			require.NoError(t, err)
			require.Equal(t, len(line)-1, bytes.IndexByte(line, '\n'))
			again, batch, err := wire.Decode(line)
			require.NoError(t, err)
			require.False(t, batch)
			require.Len(t, again, 1)
			second, err := wire.Encode(again[0])
			require.NoError(t, err)
			require.Equal(t, string(line), string(second))
		}
	})
}
