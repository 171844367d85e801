package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"

	"github.com/mcp-runner/mcp-runner/runner/internal/wire"
)

// blockedFor is how long a client is told that there is no server.
const blockedFor = 5 * time.Second

// ServeBlocked tells an MCP client on a stdio transport, in its own language,
// that there is no server: every request that it reads from in is answered on
// out with a JSON-RPC error that has code -32000, the text of err and, where
// err wraps an ErrorData, its data. Notifications and anything malformed are
// ignored. It returns at the end of in, when ctx is done or after five seconds,
// whether or not the client reads its answers; an error is that of writing to
// out, or of ctx.
//
// A Read of in or a Write to out that blocks when it returns goes on in a
// goroutine: the caller ends the process, or closes both and uses neither again.
func ServeBlocked(ctx context.Context, in io.Reader, out io.Writer, err error) error {
	timed, cancel := context.WithTimeout(ctx, blockedFor)
	defer cancel()
	answer := errorAnswer(err)
	ended := make(chan error, 1)
	go func() { // ends with in, with out, or with the first line after the caller is gone
		ended <- refuseLines(timed, wire.NewLines(in, wire.MaxMessage), out, answer)
	}()
	select {
	case <-timed.Done():
		return ctx.Err()
	case err := <-ended:
		return err
	}
}

// refuseLines answers every call in lines, until their end or that of ctx.
func refuseLines(ctx context.Context, lines *wire.Lines, out io.Writer, e *jsonrpc.Error) error {
	for {
		line, err := lines.Next()
		if errors.Is(err, wire.ErrTooLong) {
			continue
		}
		if err != nil || ctx.Err() != nil {
			return nil
		}
		if err := refuseLine(out, line, e); err != nil {
			return fmt.Errorf("answer to the client: %w", err)
		}
	}
}

// refuseLine answers every call in line, a batch with a batch.
func refuseLine(out io.Writer, line []byte, e *jsonrpc.Error) error {
	msgs, batch, err := wire.Decode(line)
	if err != nil {
		return nil // malformed: whom to answer is not known
	}
	var answers []jsonrpc.Message
	for _, msg := range msgs {
		if call := wire.Call(msg); call != nil {
			answers = append(answers, &jsonrpc.Response{ID: call.ID, Error: e})
		}
	}
	if len(answers) == 0 {
		return nil
	}
	data, err := jsonrpc.EncodeMessage(answers[0])
	if batch {
		data, err = wire.EncodeBatch(answers)
	}
	if err != nil {
		return err
	}
	_, err = out.Write(append(data, '\n'))
	return err
}

// errorAnswer is err as a client is told it.
func errorAnswer(err error) *jsonrpc.Error {
	answer := &jsonrpc.Error{Code: wire.CodeServer, Message: err.Error()}
	var structured ErrorData
	if errors.As(err, &structured) {
		// Data that cannot be encoded is left out; the text says the same.
		if data, err := json.Marshal(structured.ErrorData()); err == nil {
			answer.Data = data
		}
	}
	return answer
}
