package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"
	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/toolhive"
	"github.com/mcp-runner/mcp-runner/toolhive/command"
)

const auditPolicy = `# METADATA
# custom:
#   severity: high
package mcp.policy.audit

deny contains {"msg": "evil is not wanted\u001b[2J"} if startswith(input.server.name, "evil")
deny contains {"msg": "evil, again"} if startswith(input.server.name, "evil")
warn contains {"msg": "old"} if input.server.name == "old"
`

// token is in clear in a saved run config, as an older ToolHive wrote it.
const token = "Bearer-0dd7c2f1e1b94fd0a5d5"

// policyOf is a gate over one policy.
func policyOf(t *testing.T, module string) *toolhive.Policy {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.rego"), []byte(module), 0o644))
	store, err := rego.Open(t.Context(), rego.StoreConfig{
		LoadConfig: rego.LoadConfig{Name: "test", Dir: dir, InputSchema: gate.InputSchema()}, DenyUntilLoaded: true, Static: true,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	g, err := gate.New(gate.Config{Stores: []*rego.Store{store}, Recorder: noRecord{t}})
	require.NoError(t, err)
	return toolhive.New(g)
}

// noRecord fails the test where a decision is recorded.
type noRecord struct{ t *testing.T }

func (r noRecord) Record(context.Context, *gate.Decision) error {
	r.t.Error("an audit is no decision about a server that is created")
	return nil
}

// save writes run configs where ToolHive has them, and returns the directory.
func save(t *testing.T, configs map[string]string) string {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"} {
		t.Setenv(name, home)
	}
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	dir := filepath.Join(home, "toolhive", "runconfigs")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for name, text := range configs {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(text), 0o600))
	}
	return dir
}

// ships is a fleet of the test's own.
type ships struct {
	containers []rt.ContainerInfo
	proxies    map[string]bool
	unstopped  string
	stopped    []string
}

func (s *ships) Containers(context.Context) ([]rt.ContainerInfo, error) { return s.containers, nil }

func (s *ships) ProxyRuns(_ context.Context, name string) (bool, error) {
	runs, known := s.proxies[name]
	if !known {
		return false, errors.New("no status of " + name)
	}
	return runs, nil
}

func (s *ships) Stop(_ context.Context, name string) error {
	if name == s.unstopped {
		return errors.New("the engine\x1b[2J is tired, --token=" + token)
	}
	s.stopped = append(s.stopped, name)
	return nil
}

func containerOf(name, image, state string) rt.ContainerInfo {
	return rt.ContainerInfo{
		Name: name, Image: image, State: rt.WorkloadStatus(state), Labels: map[string]string{"toolhive": "true", "toolhive-basename": name},
	}
}

// configs are of six workloads, each with something of its own.
var configs = map[string]string{
	"good":        `{"name": "good", "base_name": "good", "image": "alpine", "transport": "stdio", "host": "127.0.0.1", "permission_profile": {}}`,
	"old":         `{"name": "old", "base_name": "old", "image": "old:1", "transport": "stdio", "host": "127.0.0.1", "permission_profile": {}}`,
	"evil":        `{"name": "evil", "base_name": "evil", "image": "evil:1", "transport": "stdio", "host": "127.0.0.1", "permission_profile": {}}`,
	"evil-remote": `{"name": "evil-remote", "remote_url": "https://mcp.example/", "transport": "sse", "host": "127.0.0.1", "permission_profile": {}, "remote_auth_config": {"BearerToken": "` + token + `", "bearer_token": "` + token + `"}}`,
	"changed":     `{"name": "changed", "base_name": "changed", "image": "alpine", "transport": "stdio", "host": "127.0.0.1", "permission_profile": {}}`,
	"broken":      `{"name": "broken", "port": "` + token + `"}`,
}

func fleetOf() *ships {
	return &ships{
		containers: []rt.ContainerInfo{
			containerOf("good", "docker.io/library/alpine:latest", "running"),
			containerOf("old", "old:1", "stopped"),
			containerOf("evil", "evil:1", "running"),
			containerOf("changed", "evil:2", "running"),
			containerOf("strange", "strange:1", "running"),
			containerOf("gone", "gone:1", "stopped"),
		},
		proxies: map[string]bool{"evil-remote": true, "broken": false},
	}
}

type audited struct {
	Denied    int
	Unknown   string
	Workloads []struct {
		Name, Status, Runs, Severity, Reason, Error string
		Running                                     *bool
		Allowed, Stopped                            bool
		Decision                                    map[string]any
	}
}

func requireExit3(t *testing.T, err error) {
	t.Helper()
	var exit *command.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 3, exit.ExitCode())
}

func TestAuditJudgesWhatIsSavedAndWhatRuns(t *testing.T) {
	dir := save(t, configs)
	var stdout, stderr bytes.Buffer
	err := command.Audit(t.Context(), policyOf(t, auditPolicy), fleetOf(), "json", false, &stdout, &stderr)
	requireExit3(t, err)
	require.EqualError(t, err, "5 of 7 workloads would be denied now")
	require.NotContains(t, stdout.String()+stderr.String(), token)
	var r audited
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &r))
	var got []string
	for _, w := range r.Workloads {
		running := "unknown"
		if w.Running != nil {
			running = map[bool]string{true: "runs", false: "does not run"}[*w.Running]
		}
		got = append(got, strings.Join([]string{w.Name, w.Status, running, map[bool]string{true: "allowed", false: "denied"}[w.Allowed], w.Severity, w.Reason}, "|"))
		require.NotContains(t, w.Decision, "input")
		require.Equal(t, w.Error == "", w.Decision != nil && w.Name != "changed", w.Name)
	}
	require.Equal(t, []string{
		"broken|stopped|does not run|denied||its run config cannot be read: port has a value of the wrong type",
		"changed|running|runs|denied||runs another image than its run config has: cannot be judged",
		"evil|running|runs|denied|high|audit: evil is not wanted\x1b[2J (and 1 more)",
		"evil-remote|running|runs|denied|high|audit: evil is not wanted\x1b[2J (and 1 more)",
		"good|running|runs|allowed||",
		"old|stopped|does not run|allowed|high|audit: old",
		"strange|running|runs|denied||no run config: cannot be judged",
	}, got)
	for name, text := range configs {
		now, err := os.ReadFile(filepath.Join(dir, name+".json"))
		require.NoError(t, err)
		require.Equal(t, text, string(now), "an audit writes nothing")
	}
}

func TestAuditTable(t *testing.T) {
	save(t, configs)
	var stdout, stderr bytes.Buffer
	requireExit3(t, command.Audit(t.Context(), policyOf(t, auditPolicy), fleetOf(), "table", false, &stdout, &stderr))
	require.Regexp(t, `^NAME +STATUS +WHAT RUNS +DECISION +WORST SEVERITY +WHY\n`, stdout.String())
	require.Regexp(t, `\nevil +running +evil:1 +denied +high +audit: evil is not wanted\[2J \(and 1 more\)\n`, stdout.String())
	require.Regexp(t, `\nchanged +running +evil:2 +not judged +- +runs another image`, stdout.String())
	require.Regexp(t, `\nold +stopped +old:1 +allowed +high +audit: old\n`, stdout.String())
	require.NotContains(t, stdout.String(), "\x1b")
	require.NotContains(t, stdout.String(), token)
}

func TestAuditStops(t *testing.T) {
	save(t, configs)
	f := fleetOf()
	var stdout, stderr bytes.Buffer
	requireExit3(t, command.Audit(t.Context(), policyOf(t, auditPolicy), f, "table", true, &stdout, &stderr))
	require.Equal(t, []string{"changed", "evil", "evil-remote", "strange"}, f.stopped)
	require.Contains(t, stdout.String(), "\nStopped changed\nStopped evil\nStopped evil-remote\nStopped strange\n")

	// One that cannot be stopped keeps no other from being stopped, and is an error.
	f = fleetOf()
	f.unstopped = "evil"
	stdout.Reset()
	err := command.Audit(t.Context(), policyOf(t, auditPolicy), f, "table", true, &stdout, &stderr)
	require.ErrorContains(t, err, "workload evil is not stopped: the engine[2J is tired")
	require.NotContains(t, err.Error(), token)
	require.False(t, errors.As(err, new(*command.ExitError)), "it exits 1")
	require.Equal(t, []string{"changed", "evil-remote", "strange"}, f.stopped)
	require.NotContains(t, stdout.String(), "Stopped evil\n")

	// Nor is one left of which nobody knows.
	f = fleetOf()
	delete(f.proxies, "evil-remote")
	err = command.Audit(t.Context(), policyOf(t, auditPolicy), f, "table", true, &stdout, &stderr)
	require.ErrorContains(t, err, "workload evil-remote is not stopped: it is unknown whether it runs")
}

func TestAuditWithoutEngine(t *testing.T) {
	save(t, configs)
	var stdout, stderr bytes.Buffer
	err := command.Audit(t.Context(), policyOf(t, auditPolicy), nil, "table", false, &stdout, &stderr)
	requireExit3(t, err)
	require.EqualError(t, err, "3 of 6 workloads would be denied now")
	require.Equal(t, "It is unknown what runs: no engine[2J answers\n", stderr.String())
	require.Regexp(t, `\nevil +unknown +evil:1 +denied `, stdout.String())

	err = command.Audit(t.Context(), policyOf(t, auditPolicy), nil, "json", true, &stdout, &stderr)
	require.ErrorContains(t, err, "nothing is stopped: it is unknown what runs")
	require.False(t, errors.As(err, new(*command.ExitError)))
}

func TestAuditAllows(t *testing.T) {
	save(t, map[string]string{"good": configs["good"]})
	f := &ships{containers: []rt.ContainerInfo{containerOf("good", "alpine", "running")}}
	var stdout, stderr bytes.Buffer
	require.NoError(t, command.Audit(t.Context(), policyOf(t, auditPolicy), f, "json", true, &stdout, &stderr))
	require.Empty(t, f.stopped)

	// A container without ToolHive's labels is hidden from it: its proxy is not.
	hidden := &ships{proxies: map[string]bool{"good": true}}
	stdout.Reset()
	require.NoError(t, command.Audit(t.Context(), policyOf(t, auditPolicy), hidden, "table", false, &stdout, &stderr))
	require.Regexp(t, `\ngood +running +alpine +allowed `, stdout.String())
	hidden.proxies["good"] = false
	require.NoError(t, command.Audit(t.Context(), policyOf(t, auditPolicy), hidden, "table", false, &stdout, &stderr))
	require.Regexp(t, `\ngood +no container +alpine +allowed `, stdout.String())

	// Without a verdict nothing is allowed.
	requireExit3(t, command.Audit(t.Context(), policyOf(t, "package mcp.policy.audit\n\ndeny := true"), f, "table", true, &stdout, &stderr))
	require.Equal(t, []string{"good"}, f.stopped)
	require.Regexp(t, `\ngood +running +alpine +undecided +- +`, stdout.String())

	save(t, nil)
	stdout.Reset()
	require.NoError(t, command.Audit(t.Context(), policyOf(t, auditPolicy), &ships{}, "table", false, &stdout, &stderr))
	require.Equal(t, "No workloads\n", stdout.String())
	require.ErrorContains(t, command.Audit(t.Context(), policyOf(t, auditPolicy), &ships{}, "yaml", false, &stdout, &stderr), `--output "yaml"`)
	t.Setenv("TOOLHIVE_RUNTIME", "kubernetes")
	require.ErrorContains(t, command.Audit(t.Context(), policyOf(t, auditPolicy), &ships{}, "json", false, &stdout, &stderr), "Kubernetes")
}

func TestImagesAreCompared(t *testing.T) {
	t.Parallel()
	for pair, same := range map[[2]string]bool{
		{"alpine", "docker.io/library/alpine:latest"}:        true,
		{"localhost/toolhivelocal/a:1", "toolhivelocal/a:1"}: true,
		{"alpine:1", "alpine:2"}:                             false,
		{"ghcr.io/a/b:1", "a/b:1"}:                           false,
		{"", "alpine"}:                                       false,
	} {
		require.Equal(t, same, command.SameImage(pair[0], pair[1]), pair)
	}
	for _, runs := range [][2]string{{"running", "Up 3 seconds"}, {"stopped", "Up 3 seconds (Paused)"}, {"starting", "Restarting (1) 3 seconds ago"}, {"unknown", ""}} {
		require.True(t, command.MayRun(runs[0], runs[1]), runs)
	}
	for _, ends := range [][2]string{{"stopped", "Exited (0) 3 seconds ago"}, {"removing", ""}, {"starting", "Created"}} {
		require.False(t, command.MayRun(ends[0], ends[1]), ends)
	}
}

func TestPolicyIsAddedOnce(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "thv"}
	p := policyOf(t, auditPolicy)
	require.NoError(t, command.AddPolicy(root, p))
	require.True(t, slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == "policy" }))
	require.ErrorContains(t, command.AddPolicy(root, p), "ToolHive has a command policy of its own")
	require.True(t, command.IsPolicy([]string{"thv", "--debug", "policy", "audit"}))
	require.True(t, command.IsPolicy([]string{"thv", "-h", "--debug=true", "policy"}))
	require.False(t, command.IsPolicy([]string{"thv", "run", "policy"}))
	require.False(t, command.IsPolicy([]string{"thv", "--name", "policy", "run", "x"}), "it is the name")
	require.False(t, command.IsPolicy([]string{"thv", "--unknown", "policy", "run", "x"}))
	require.False(t, command.IsPolicy([]string{"policy"}))
}
