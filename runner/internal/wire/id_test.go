package wire_test

import (
	"fmt"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

func TestIDIsKeptOrRefused(t *testing.T) {
	for id, want := range map[string]any{
		`1`:                    int64(1),
		`-7`:                   int64(-7),
		`1.0`:                  int64(1),
		`9007199254740992`:     int64(9007199254740992),
		`"a"`:                  "a",
		`""`:                   "",
		`"\u00fc"`:             "ü",
		`9007199254740993`:     nil,
		`1.5`:                  nil,
		`1e30`:                 nil,
		`-0`:                   nil,
		`9223372036854775807`:  nil,
		`99999999999999999999`: nil,
		`"\ud800"`:             nil,
		"\"\xff\"":             nil,
		`true`:                 nil,
		`{}`:                   nil,
		`1,"id":2`:             int64(2),
		`1,"ID":2`:             nil,
	} {
		t.Run(id, func(t *testing.T) {
			for _, rest := range []string{`"method":"x"`, `"result":{}`} {
				msgs, _, err := wire.Decode(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,%s}`, id, rest))
				if want == nil {
					require.Error(t, err)
					continue
				}
				require.NoError(t, err)
				switch msg := msgs[0].(type) {
				case *jsonrpc.Request:
					require.Equal(t, want, msg.ID.Raw())
				case *jsonrpc.Response:
					require.Equal(t, want, msg.ID.Raw())
				}
			}
			cancel := &jsonrpc.Request{Method: wire.MethodCancelled, Params: fmt.Appendf(nil, `{"requestId":%s}`, id)}
			if want == nil && id != `1,"ID":2` {
				require.False(t, wire.Cancelled(cancel).IsValid())
			}
		})
	}
}

func TestAnswered(t *testing.T) {
	for in, want := range map[string][]any{
		`{"id":2,"error":"boom"}`:             {int64(2)},
		`{"id":"a"}`:                          {"a"},
		`[{"id":1},2,{"id":"b","result":{}}]`: {int64(1), "b"},
		`{"id":2,"method":"x"}`:               nil,
		`{"id":1.5}`:                          nil,
		`{"id":null}`:                         nil,
		`{}`:                                  nil,
		`"x"`:                                 nil,
		`[`:                                   nil,
		`a banner`:                            nil,
		``:                                    nil,
	} {
		t.Run(in, func(t *testing.T) {
			var got []any
			for _, id := range wire.Answered([]byte(in)) {
				got = append(got, id.Raw())
			}
			require.Equal(t, want, got)
		})
	}
}

func TestEmptyAnswerIsRefused(t *testing.T) {
	_, _, err := wire.Decode([]byte(`{"jsonrpc":"2.0","id":1,"error":null}`))
	require.Error(t, err)
}
