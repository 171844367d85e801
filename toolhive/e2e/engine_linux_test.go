package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
)

// onEngine is a person whose container engine is the real one. Its tests run one
// after the other: an audit sees, and may stop, what others run there.
func onEngine(t *testing.T, rules string) *person {
	t.Helper()
	socket, unix := strings.CutPrefix(enginetest.Host(t), "unix://")
	require.True(t, unix, "ToolHive reaches an engine on a socket only")
	return newPerson(t, socket, rules)
}

// serverOf are the containers of a workload.
func serverOf(t *testing.T, name string) []container.Summary {
	t.Helper()
	list, err := enginetest.Client(t).ContainerList(context.WithoutCancel(t.Context()), client.ContainerListOptions{
		All: true, Filters: client.Filters{}.Add("label", "toolhive-basename="+name),
	})
	require.NoError(t, err)
	return list.Items
}

// processesOf are the processes with name among their arguments.
func processesOf(t *testing.T, name string) (found []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil { // it has ended
			continue
		}
		if strings.Contains(string(line), name) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// remove removes a workload, and looks for what is left of it.
func (p *person) remove(t *testing.T, name string) {
	t.Helper()
	e := p.run(t, "rm", name)
	require.Equal(t, 0, e.code, e.stderr)
	requireNothingOf(t, name)
}

func requireNothingOf(t *testing.T, name string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.Empty(c, serverOf(t, name))
		assert.Empty(c, processesOf(t, name))
	}, 30*time.Second, 100*time.Millisecond)
}

// requireServes waits until a tool of the workload answers.
func (p *person) requireServes(t *testing.T, name string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		e := p.run(t, "mcp", "call", "args", "--server", name, "--args", `{"of": ""}`)
		assert.Equal(c, 0, e.code, e.stderr)
		assert.Equal(c, "/server", strings.TrimSpace(e.stdout))
	}, time.Minute, 200*time.Millisecond)
}

// requireOneRecord holds the decision log to one allowed decision about name:
// ToolHive asks several times, in two processes, and the answer is one.
func (p *person) requireOneRecord(t *testing.T, name string) {
	t.Helper()
	lines := p.decided(t)
	require.Len(t, lines, 1)
	var record struct {
		Input  struct{ Server struct{ Name string } }
		Result struct{ Allowed bool }
	}
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &record))
	require.Equal(t, name, record.Input.Server.Name)
	require.True(t, record.Result.Allowed)
}

func flags(name, image string, more ...string) []string {
	return append([]string{"run", "--transport", "stdio", "--isolate-network=false", "--name", name}, append(more, image)...)
}

func TestServerInTheForeground(t *testing.T) {
	p := onEngine(t, allowAll)
	image, _ := enginetest.Server(t)
	name := enginetest.Unique("front")
	cmd := p.command(context.WithoutCancel(t.Context()), flags(name, image, "--foreground")...)
	cmd.Stderr = t.Output()
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err == nil {
			<-ended // how it ended is not the question here
		}
	})
	p.requireServes(t, name)
	require.Len(t, serverOf(t, name), 1)
	p.requireOneRecord(t, name)
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("thv-gated does not end")
	}
	p.remove(t, name)
}

func TestDeniedServerIsNotMade(t *testing.T) {
	p := onEngine(t, denyAll)
	image, _ := enginetest.Server(t)
	name := enginetest.Unique("denied")
	for _, more := range [][]string{{}, {"--foreground"}} {
		requireDenied(t, p.run(t, flags(name, image, more...)...), "house: closed for today")
		requireNothingOf(t, name)
	}
}

func TestDetachedServerUnderAChangingPolicy(t *testing.T) {
	p := onEngine(t, allowAll)
	image, _ := enginetest.Server(t)
	name := enginetest.Unique("back")
	e := p.run(t, flags(name, image)...)
	require.Equal(t, 0, e.code, e.stderr)
	t.Cleanup(func() { p.remove(t, name) })
	p.requireServes(t, name)
	p.requireOneRecord(t, name)
	e = p.run(t, "policy", "audit")
	require.Equal(t, 0, e.code, e.stderr)
	require.Regexp(t, `\n`+name+` +running +`+image+` +allowed `, e.stdout)
	pid := p.workerOf(t, name)

	p.setPolicy(t, denyAll)
	e = p.run(t, "restart", name)
	require.Equal(t, 1, e.code)
	require.Contains(t, e.stderr, "server restart blocked by policy: house: closed for today")
	require.Contains(t, p.run(t, "list", "--all").stdout, "policy_stopped")
	require.EqualValues(t, "running", serverOf(t, name)[0].State, "ToolHive says that it is stopped, and it runs")

	e = p.run(t, "policy", "audit")
	require.Equal(t, 3, e.code, e.stderr)
	require.Regexp(t, `\n`+name+` +running +`+image+` +denied +medium +house: closed for today\n`, e.stdout)
	require.EqualValues(t, "running", serverOf(t, name)[0].State, "an audit changes nothing")
	p.requireAlone(t, name)
	e = p.run(t, "policy", "audit", "--stop")
	require.Equal(t, 3, e.code, e.stderr)
	require.Contains(t, e.stdout, "\nStopped "+name+"\n")
	require.EqualValues(t, "exited", serverOf(t, name)[0].State)
	require.Empty(t, processesOf(t, name), "process %d", pid)
	e = p.run(t, "policy", "audit")
	require.Equal(t, 3, e.code)
	require.Regexp(t, `\n`+name+` +stopped `, e.stdout)

	p.setPolicy(t, allowAll)
	e = p.run(t, "restart", name)
	require.Equal(t, 0, e.code, e.stderr)
	p.requireServes(t, name)
	require.NotEqual(t, pid, p.workerOf(t, name))
	e = p.run(t, "stop", name)
	require.Equal(t, 0, e.code, e.stderr)
}

// requireAlone fails where the engine has a server of ToolHive's that is not of
// this test: the test would stop it.
func (p *person) requireAlone(t *testing.T, name string) {
	t.Helper()
	list, err := enginetest.Client(t).ContainerList(t.Context(), client.ContainerListOptions{
		Filters: client.Filters{}.Add("label", "toolhive=true"),
	})
	require.NoError(t, err)
	for _, c := range list.Items {
		require.Equal(t, name, c.Labels["toolhive-basename"])
	}
}

// workerOf is the process that ToolHive has for a workload.
func (p *person) workerOf(t *testing.T, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.home, "data", "toolhive", "statuses", name+".json"))
	require.NoError(t, err)
	var status struct {
		PID int `json:"process_id"`
	}
	require.NoError(t, json.Unmarshal(text, &status))
	line, err := os.ReadFile("/proc/" + strconv.Itoa(status.PID) + "/cmdline")
	require.NoError(t, err)
	require.Contains(t, string(line), name)
	return status.PID
}
