package runner_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// mcpVariable makes the test binary an MCP server on its stdin and stdout.
const mcpVariable = "RUNNER_TEST_MCP"

// fileVariable names a file for the server that makes one.
const fileVariable = "RUNNER_TEST_FILE"

func init() {
	switch os.Getenv(mcpVariable) {
	case "":
		return
	case "sdk":
		fmt.Println("a banner, as many servers print one")
		must(sdkServer().Run(context.Background(), &mcp.StdioTransport{}))
	case "raw":
		rawServer()
	case "deaf": // reads nothing
		time.Sleep(time.Hour)
	case "crash": // ends at the first message
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		must(err)
		os.Exit(7)
	case "long": // answers with a line that is too long
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		must(err)
		_, err = os.Stdout.Write(append(bytes.Repeat([]byte("x"), 17<<20), '\n'))
		must(err)
		time.Sleep(time.Hour)
	case "flood": // answers once and then never stops to talk
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		must(err)
		fmt.Println(`{"jsonrpc":"2.0","id":1,"result":{}}`)
		for {
			fmt.Printf("{\"jsonrpc\":\"2.0\",\"method\":\"x\",\"params\":{\"x\":%q}}\n", bytes.Repeat([]byte("x"), 64<<10))
		}
	case "tidy": // makes a file at the end of its input
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		must(err)
		fmt.Println(`{"jsonrpc":"2.0","id":1,"result":{}}`)
		_, err = io.Copy(io.Discard, os.Stdin)
		must(err)
		must(os.WriteFile(os.Getenv(fileVariable), nil, 0o600))
	case "mute": // answers once and then does not read
		answerOnce()
		time.Sleep(time.Hour)
	case "closein": // closes its input and answers
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		must(err)
		must(os.Stdin.Close())
		fmt.Println(`{"jsonrpc":"2.0","id":1,"result":{}}`)
		time.Sleep(time.Hour)
	case "closeout": // closes its output instead of a second answer
		in := answerOnce()
		_, err := in.ReadString('\n')
		must(err)
		must(os.Stdout.Close())
		time.Sleep(time.Hour)
	case "malformed": // answers with what the method says
		lines := bufio.NewScanner(answerOnce())
		for lines.Scan() {
			var msg struct{ Method string }
			must(json.Unmarshal(lines.Bytes(), &msg))
			fmt.Println(msg.Method)
		}
	case "stays": // does not end with its input
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		must(err)
		fmt.Println(`{"jsonrpc":"2.0","id":1,"result":{}}`)
		time.Sleep(time.Hour)
	}
	os.Exit(0)
}

func answerOnce() *bufio.Reader {
	in := bufio.NewReader(os.Stdin)
	_, err := in.ReadString('\n')
	must(err)
	fmt.Println(`{"jsonrpc":"2.0","id":1,"result":{}}`)
	return in
}

// mcpConfig runs the test binary as an MCP server.
func mcpConfig(t *testing.T, kind string) *runner.RunConfig {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion,
		Name:          "mcp",
		Command:       self,
		Transport:     runner.TransportStdio,
		EnvVars:       map[string]string{mcpVariable: kind},
	}
}

type textInput struct {
	Text string `json:"text"`
}

// sdkServer is a server that is made with the SDK.
func sdkServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "sdk", Version: "1"}, nil)
	tool := func(name string, f func(ctx context.Context, req *mcp.CallToolRequest, text string) string) {
		mcp.AddTool(server, &mcp.Tool{Name: name}, func(ctx context.Context, req *mcp.CallToolRequest, in textInput) (*mcp.CallToolResult, any, error) {
			text := f(ctx, req, in.Text)
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
		})
	}
	tool("echo", func(_ context.Context, _ *mcp.CallToolRequest, text string) string { return text })
	tool("pid", func(context.Context, *mcp.CallToolRequest, string) string { return strconv.Itoa(os.Getpid()) })
	tool("crash", func(context.Context, *mcp.CallToolRequest, string) string { os.Exit(7); return "" })
	tool("hang", func(ctx context.Context, _ *mcp.CallToolRequest, _ string) string { <-ctx.Done(); return "" })
	tool("grow", func(context.Context, *mcp.CallToolRequest, string) string {
		tool("new", nil) // which the server tells its clients
		return "grown"
	})
	tool("roots", func(ctx context.Context, req *mcp.CallToolRequest, _ string) string {
		//lint:ignore SA1019 what older protocols have
		res, err := req.Session.ListRoots(ctx, nil)
		if err != nil {
			return err.Error()
		}
		return res.Roots[0].URI
	})
	return server
}

// rawServer answers every request with its method. It says something of its own
// first, twice, and never answers the method "silence".
func rawServer() {
	for i := range 2 {
		fmt.Printf("{\"jsonrpc\":\"2.0\",\"method\":\"custom/note\",\"params\":{\"n\":%d}}\n", i)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var msg struct {
			ID     any    `json:"id"`
			Method string `json:"method"`
		}
		must(json.Unmarshal(lines.Bytes(), &msg))
		if msg.ID == nil || msg.Method == "silence" {
			continue
		}
		must(json.NewEncoder(os.Stdout).Encode(map[string]any{"jsonrpc": "2.0", "id": msg.ID, "result": map[string]any{"method": msg.Method}}))
	}
}

// newProxy serves a Proxy until the test ends, and then demands that it left
// nothing behind.
func newProxy(t *testing.T, opts runner.ProxyOptions, set ...func(*runner.Proxy)) (*runner.Proxy, string) {
	t.Helper()
	if opts.Runner == nil {
		opts.Runner = runner.New(runner.Options{StopGrace: time.Second})
	}
	proxy := runner.NewProxy(opts)
	for _, f := range set {
		f(proxy)
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		require.NoError(t, proxy.Close(ctx))
		server.Close()
		require.Eventually(t, func() bool { return len(ours()) == 0 }, 5*time.Second, 10*time.Millisecond, "goroutines are left")
	})
	return proxy, server.URL
}

// ours returns the stacks of the goroutines that run code of the package.
func ours() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var found []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "mcp-runner/runner.") {
			found = append(found, stack)
		}
	}
	return found
}

// connect returns a session of a real client.
func connect(t *testing.T, url string, opts *mcp.ClientOptions) (*mcp.ClientSession, error) {
	t.Helper()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, opts)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{Endpoint: url}, nil)
	if err == nil {
		t.Cleanup(func() { _ = session.Close() }) // mostly closed by the test, or by its server
	}
	return session, err
}

// callTool returns the text that a tool answers.
func callTool(ctx context.Context, session *mcp.ClientSession, name, text string) (string, error) {
	res, err := session.CallTool(ctx, &mcp.CallToolParams{Name: name, Arguments: textInput{Text: text}})
	if err != nil {
		return "", err
	}
	return res.Content[0].(*mcp.TextContent).Text, nil
}
