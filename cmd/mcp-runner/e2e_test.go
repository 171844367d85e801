package main_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
)

// binary is the real program, built once for all end-to-end tests.
var binary string

func TestMain(m *testing.M) {
	testscript.Main(testMain{m}, map[string]func(){"mcpcall": mcpcall})
}

type testMain struct{ m *testing.M }

func (t testMain) Run() int {
	dir, err := os.MkdirTemp("", "mcp-runner-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	// The unprivileged re-execution of one test must be able to run it.
	if err := os.Chmod(dir, 0o755); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = filepath.Join(dir, "mcp-runner")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	// What tests decide is no part of the record of who runs them.
	if err := errors.Join(os.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state")), os.Unsetenv("MCP_RUNNER_DECISION_LOG")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// The engine that tests ask is the one that is for tests, or none.
	if err := os.Setenv("DOCKER_HOST", cmp.Or(os.Getenv(enginetest.HostVariable), noEngine)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as a release is built
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return t.m.Run()
}

// noEngine is an address where no container engine answers.
const noEngine = "tcp://127.0.0.1:1"

func TestScripts(t *testing.T) {
	work := filepath.Join(filepath.Dir(binary), "work")
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		WorkdirRoot:         work, // open to other users, unlike the default
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			if err := os.Mkdir(home, 0o755); err != nil {
				return err
			}
			env.Setenv("HOME", home)
			env.Setenv("DOCKER_HOST", noEngine)
			env.Setenv("USERPROFILE", home)
			env.Setenv("PATH", filepath.Dir(binary)+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"freeport":   freeport,
			"unreadable": unreadable,
			"exits":      exits,
			"signs":      signs,
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

// freeport VAR puts a port that was free a moment ago into the environment.
func freeport(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: freeport VAR")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	_, port, err := net.SplitHostPort(ln.Addr().String())
	ts.Check(err)
	ts.Check(ln.Close())
	ts.Setenv(args[0], port)
}

// exits CODE COMMAND... runs a command that must end with exactly that code.
// Its output is there for stdout and stderr.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	checkCode(ts, args, ts.Exec(args[1], args[2:]...))
}

// checkCode compares how a command ended with the code that stands before it.
func checkCode(ts *testscript.TestScript, args []string, err error) {
	want, atoiErr := strconv.Atoi(args[0])
	ts.Check(atoiErr)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// mcpcall is an MCP client on the official SDK, as a program for scripts:
//
//	mcpcall TOOL JSON http URL
//	mcpcall TOOL JSON stdio COMMAND [ARG...]
//
// It prints the text of the tool's result, or the error on stderr.
func mcpcall() {
	flag.Parse()
	if err := callMain(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func callMain(args []string) error {
	if len(args) < 4 {
		return errors.New("usage: mcpcall TOOL JSON http URL | stdio COMMAND [ARG...]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var transport mcp.Transport
	switch args[2] {
	case "http":
		transport = &mcp.StreamableClientTransport{Endpoint: args[3]}
	case "stdio":
		cmd := exec.Command(args[3], args[4:]...)
		cmd.Stderr = os.Stderr
		transport = &mcp.CommandTransport{Command: cmd}
	default:
		return fmt.Errorf("transport %q", args[2])
	}
	// The endpoint of a server that was started a moment ago may not be up yet.
	session, err := connect(ctx, transport)
	for err != nil && strings.Contains(err.Error(), "connection refused") && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
		session, err = connect(ctx, transport)
	}
	if err != nil {
		return err
	}
	text, err := call(ctx, session, args[0], args[1])
	if err == nil {
		fmt.Println(text)
	}
	return errors.Join(err, session.Close())
}

func connect(ctx context.Context, transport mcp.Transport) (*mcp.ClientSession, error) {
	client := mcp.NewClient(&mcp.Implementation{Name: "e2e", Version: "1"}, nil)
	return client.Connect(ctx, transport, nil)
}

// call returns the text of a tool's result.
func call(ctx context.Context, session *mcp.ClientSession, tool, arguments string) (string, error) {
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: json.RawMessage(arguments)})
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, content := range result.Content {
		if t, ok := content.(*mcp.TextContent); ok {
			text.WriteString(t.Text)
		}
	}
	if result.IsError {
		return "", fmt.Errorf("tool %s: %s", tool, text.String())
	}
	return text.String(), nil
}
