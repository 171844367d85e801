package runner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

func blocked() error {
	return &runner.BlockedError{Err: fmt.Errorf("wrapped: %w", &denial{"a <b>"})}
}

func TestServeBlocked(t *testing.T) {
	const (
		text   = "server creation blocked by policy: wrapped: a <b>"
		answer = `{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"` + text + `","data":{"allowed":false}}}`
	)
	for name, c := range map[string]struct {
		in   string
		want []string // one line each
	}{
		"initialize":     {`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`, []string{fmt.Sprintf(answer, "1")}},
		"discover":       {`{"jsonrpc":"2.0","id":"d","method":"server/discover"}`, []string{fmt.Sprintf(answer, `"d"`)}},
		"several":        {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}\r\n\n{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"b\"}\n", []string{fmt.Sprintf(answer, "1"), fmt.Sprintf(answer, "2")}},
		"notification":   {`{"jsonrpc":"2.0","method":"notifications/initialized"}`, nil},
		"answer":         {`{"jsonrpc":"2.0","id":1,"result":{}}`, nil},
		"not JSON":       {"hello\n{\n", nil},
		"other JSON":     {`{"id":1,"method":"a"}`, nil},
		"batch":          {`[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"n"},{"jsonrpc":"2.0","id":2,"method":"b"}]`, []string{"[" + fmt.Sprintf(answer, "1") + "," + fmt.Sprintf(answer, "2") + "]"}},
		"batch of none":  {`[]`, nil},
		"batch, no call": {`[{"jsonrpc":"2.0","method":"n"}]`, nil},
		"after too long": {strings.Repeat("x", 17<<20) + "\n" + `{"jsonrpc":"2.0","id":1,"method":"a"}`, []string{fmt.Sprintf(answer, "1")}},
		"empty":          {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, runner.ServeBlocked(t.Context(), strings.NewReader(c.in), &out, blocked()))
			lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			if c.want == nil {
				require.Empty(t, out.String())
				return
			}
			require.Len(t, lines, len(c.want))
			for i, want := range c.want {
				require.JSONEq(t, want, lines[i])
			}
		})
	}
}

func TestServeBlockedWithoutData(t *testing.T) {
	var out bytes.Buffer
	in := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize"}`)
	require.NoError(t, runner.ServeBlocked(t.Context(), in, &out, errors.New("no")))
	require.JSONEq(t, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no"}}`, out.String())
}

func TestServeBlockedToARealClient(t *testing.T) {
	in, stdin := io.Pipe()
	stdout, out := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- runner.ServeBlocked(context.Background(), in, out, blocked()) }()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	_, err := client.Connect(t.Context(), &mcp.IOTransport{Reader: stdout, Writer: stdin}, nil)
	require.ErrorContains(t, err, "server creation blocked by policy: wrapped: a <b>")
	var wire *jsonrpc.Error
	require.ErrorAs(t, err, &wire)
	require.JSONEq(t, `{"allowed":false}`, string(wire.Data))
	require.NoError(t, stdin.Close())
	require.NoError(t, <-served)
}

func TestServeBlockedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, stdin := io.Pipe() // nothing is ever sent
		defer stdin.Close()
		began := time.Now()
		require.NoError(t, runner.ServeBlocked(t.Context(), in, io.Discard, blocked()))
		require.Equal(t, 5*time.Second, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, runner.ServeBlocked(ctx, in, io.Discard, blocked()), context.DeadlineExceeded)
	})
}

func TestServeBlockedReportsALostClient(t *testing.T) {
	out, w := io.Pipe()
	require.NoError(t, out.Close())
	in := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize"}`)
	require.ErrorIs(t, runner.ServeBlocked(t.Context(), in, w, blocked()), io.ErrClosedPipe)
}

func TestServeBlockedToAClientThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, c := range map[string]struct {
			timeout, want time.Duration
		}{
			"for good":  {time.Hour, 5 * time.Second},
			"cancelled": {time.Second, time.Second},
		} {
			stdout, out := io.Pipe()
			ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
			began := time.Now()
			err := runner.ServeBlocked(ctx, strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"a"}`), out, blocked())
			require.Equal(t, c.want, time.Since(began), name)
			require.ErrorIs(t, err, ctx.Err(), name)
			require.NoError(t, stdout.Close())
			cancel()
		}
	})
}
