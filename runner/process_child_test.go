package runner_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// childVariable makes the test binary a server that does what it says.
const childVariable = "RUNNER_TEST_CHILD"

// noExitSleep spares each child the second that the race detector waits at exit.
const noExitSleep = "atexit_sleep_ms=0"

// systemChildren are the verbs that only some systems have.
var systemChildren = map[string]func(operand string){}

func init() {
	if verb, operand, _ := strings.Cut(os.Getenv(childVariable), " "); verb != "" {
		child(verb, operand)
		os.Exit(0)
	}
}

// childConfig runs the test binary as the child that script asks for.
func childConfig(t *testing.T, script string) *runner.RunConfig {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return &runner.RunConfig{
		SchemaVersion: runner.CurrentSchemaVersion,
		Name:          "child",
		Command:       self,
		Transport:     runner.TransportStdio,
		EnvVars:       map[string]string{childVariable: script, "GORACE": noExitSleep},
	}
}

func child(verb, operand string) {
	switch verb {
	case "exit":
		code, err := strconv.Atoi(operand)
		must(err)
		os.Exit(code)
	case "env":
		must(json.NewEncoder(os.Stdout).Encode(os.Environ()))
	case "args":
		must(json.NewEncoder(os.Stdout).Encode(os.Args))
	case "echo":
		_, err := io.Copy(os.Stdout, os.Stdin)
		must(err)
		fmt.Fprint(os.Stderr, "end of input")
	case "flood":
		for {
			if _, err := os.Stdout.Write(make([]byte, 4096)); err != nil {
				return
			}
		}
	case "sleep":
		fmt.Println(os.Getpid())
		time.Sleep(time.Hour)
	case "stubborn": // takes no notice of SIGTERM, and starts operand where there is one
		signal.Ignore(syscall.SIGTERM)
		if operand != "" {
			child("parent", operand)
		}
		fmt.Println(os.Getpid())
		time.Sleep(time.Hour)
	case "parent": // starts operand, passes on its output, and stays
		must(grandchild(operand, os.Stdout).Wait())
	case "launcher": // starts operand and ends once it runs
		output, stdout, err := os.Pipe()
		must(err)
		grandchild(operand, stdout)
		line, err := bufio.NewReader(output).ReadString('\n')
		must(err)
		fmt.Print(line)
	case "runner": // runs operand as a runner does, until it is killed
		cfg := &runner.RunConfig{
			SchemaVersion: runner.CurrentSchemaVersion,
			Name:          "child",
			Command:       os.Args[0],
			Transport:     runner.TransportStdio,
			EnvVars:       map[string]string{childVariable: operand, "GORACE": noExitSleep},
		}
		stdio := runner.Stdio{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
		must(runner.New(runner.Options{}).Run(context.Background(), cfg, stdio))
	default:
		run, ok := systemChildren[verb]
		if !ok {
			must(fmt.Errorf("no such child: %s", verb))
		}
		run(operand)
	}
}

func grandchild(script string, stdout *os.File) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{childVariable + "=" + script, "GORACE=" + noExitSleep}
	cmd.Stdout = stdout
	must(cmd.Start())
	return cmd
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(99)
	}
}
