package toolhive_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stacklok/toolhive/pkg/registry"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/toolhive"
)

// The modules of which a version consists.
const (
	ours   = "github.com/mcp-runner/mcp-runner/toolhive"
	theirs = "github.com/stacklok/toolhive"
)

func recordsIn(t *testing.T, path string) (records []*gate.Record) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range bytes.Lines(content) {
		r, err := gate.ParseRecord(line)
		require.NoError(t, err)
		records = append(records, r)
	}
	return records
}

func TestFirstQuestionOpensOnce(t *testing.T) {
	env := environment(t, evil)
	p := env.policy(t)
	servers := p.Servers()
	require.Zero(t, env.opened(), "nothing is opened before the first question")
	var all sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		all.Go(func() { errs[i] = servers.CheckCreateServer(t.Context(), server("evil")) })
	}
	all.Wait()
	for _, err := range errs {
		requireDenied(t, err, "evil: server evil is not approved")
	}
	require.Equal(t, 1, env.opened())
}

func TestFailedOpenIsTriedAgain(t *testing.T) {
	env := environment(t, evil)
	env.put(map[string]string{gate.KeyVariable: filepath.Join(t.TempDir(), "missing.pem")})
	p := env.policy(t)
	requireUndecided(t, p.Servers().CheckCreateServer(t.Context(), server("evil")), "missing.pem")
	d, err := p.Servers().Decide(t.Context(), server("evil"))
	require.ErrorIs(t, err, gate.ErrUndecided)
	require.Nil(t, d)

	env.put(map[string]string{gate.KeyVariable: ""})
	requireUndecided(t, p.Registries().CheckDeleteRegistry(t.Context(), &registry.DeleteRegistryConfig{Name: "default"}),
		"MCP_RUNNER_POLICY_KEY is set and names no file")

	env.drop(gate.KeyVariable)
	requireDenied(t, p.Servers().CheckCreateServer(t.Context(), server("evil")), "server evil is not approved")
	d, err = p.Servers().Decide(t.Context(), server("evil"))
	require.NoError(t, err)
	require.False(t, d.Allowed)
	d, err = p.Servers().Decide(t.Context(), server("demo"))
	require.NoError(t, err)
	require.NoError(t, d.Err(), "all sources allow, the built-in policies too")

	records := env.records(t)
	require.Len(t, records, 3, "what could not be decided is recorded, what was only decided is not")
	require.Equal(t, "evil", records[0].Server())
	require.Contains(t, records[0].Result.Errors[0].Msg, "missing.pem")
	require.Contains(t, records[1].Result.Errors[0].Msg, "names no file")
	require.Len(t, records[2].Result.Violations, 1)
}

func TestFailedOpensLeakNothing(t *testing.T) {
	env := environment(t, evil)
	env.put(map[string]string{gate.KeyVariable: "", gate.DecisionLogVariable: filepath.Join(t.TempDir(), "d.jsonl")})
	p := env.policy(t)
	before := runtime.NumGoroutine()
	for range 10 {
		require.Error(t, p.Servers().CheckCreateServer(t.Context(), server("demo")))
	}
	requireNoMoreGoroutines(t, before)
}

// requireNoMoreGoroutines polls by itself: require.Eventually has goroutines too.
func requireNoMoreGoroutines(t *testing.T, than int) {
	t.Helper()
	for start := time.Now(); runtime.NumGoroutine() > than; time.Sleep(5 * time.Millisecond) {
		require.Less(t, time.Since(start), 30*time.Second, "%d goroutines, before %d", runtime.NumGoroutine(), than)
	}
}

func TestCloseEndsTheStores(t *testing.T) {
	env := environment(t, evil)
	before := runtime.NumGoroutine()
	p := toolhive.FromEnvironment(env.options())
	require.Error(t, p.Servers().CheckCreateServer(t.Context(), server("evil")))
	require.NoError(t, p.Close())
	requireNoMoreGoroutines(t, before)
	requireUndecided(t, p.Servers().CheckCreateServer(t.Context(), server("demo")), "the policy is closed")
	require.NoError(t, p.Close(), "closing twice is no error")
	require.Equal(t, 1, env.opened(), "nothing is opened after Close")
}

func TestSourceThatCannotBeLoadedDenies(t *testing.T) {
	for name, tc := range map[string]struct{ module, dir, want string }{
		"missing directory": {dir: "absent", want: "absent"},
		"broken policy":     {module: "package mcp.policy.x\n\ndeny contains", want: "p.rego"},
	} {
		t.Run(name, func(t *testing.T) {
			env := environment(t, tc.module)
			if tc.dir != "" {
				env.put(map[string]string{gate.PolicyVariable: filepath.Join(t.TempDir(), tc.dir)})
			}
			p := env.policy(t)
			requireUndecided(t, p.Servers().CheckCreateServer(t.Context(), server("demo")), tc.want)
			require.False(t, env.records(t)[0].Result.Allowed)
		})
	}
}

func TestPolicyThatChangesIsReloaded(t *testing.T) {
	const deny = "package mcp.policy.p\n\ndeny contains \"REVISION\" if true\n"
	env := environment(t, strings.ReplaceAll(deny, "REVISION", "as it was first"))
	p := env.policy(t)
	requireDenied(t, p.Servers().CheckCreateServer(t.Context(), server("demo")), "as it was first")
	dir, _ := env.lookup(gate.PolicyVariable)
	writePolicy(t, dir, strings.ReplaceAll(deny, "REVISION", "as it is now"))
	require.Eventually(t, func() bool {
		d, err := p.Servers().Decide(t.Context(), server("demo"))
		return err == nil && d.Err() != nil && strings.Contains(d.Err().Error(), "as it is now")
	}, time.Minute, 20*time.Millisecond)
	requireDenied(t, p.Servers().CheckCreateServer(t.Context(), server("demo")), "as it is now")
}

func TestRecordSaysWhoAsked(t *testing.T) {
	env := environment(t, evil)
	env.put(map[string]string{gate.EnvironmentVariable: "prod"})
	require.Error(t, env.policy(t).Servers().CheckCreateServer(t.Context(), server("evil")))
	r := env.records(t)[0]
	require.Equal(t, "toolhive", r.Labels["app"])
	require.Equal(t, "prod", r.Labels["environment"])
	require.Contains(t, r.Labels["version"], "ToolHive ")
	input, ok := r.Input.(map[string]any)
	require.True(t, ok)
	context, ok := input["context"].(map[string]any)
	require.True(t, ok)
	require.Equal(t, "prod", context["environment"])
	require.Equal(t, map[string]any{"name": "toolhive", "version": r.Labels["version"]}, context["runner"])
}

func TestVersion(t *testing.T) {
	for want, info := range map[string]debug.BuildInfo{
		"v1.2.3, ToolHive v0.47.0":    {Main: debug.Module{Path: "example.com/thv"}, Deps: []*debug.Module{{Path: ours, Version: "v1.2.3"}, {Path: theirs, Version: "v0.47.0"}}},
		"(devel), ToolHive v0.47.0":   {Main: debug.Module{Path: ours, Version: "(devel)"}, Deps: []*debug.Module{{Path: theirs, Version: "v0.47.0"}}},
		"(devel), ToolHive (unknown)": {},
	} {
		require.Equal(t, want, toolhive.VersionOf(&info))
	}
}

func TestWhereDecisionsGo(t *testing.T) {
	for name, tc := range map[string]struct {
		env          map[string]string
		logDecisions bool
		toLog        bool
	}{
		"a person's machine":      {},
		"the options say so":      {logDecisions: true, toLog: true},
		"Kubernetes":              {env: map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, toLog: true},
		"ToolHive's own variable": {env: map[string]string{"TOOLHIVE_RUNTIME": "kubernetes"}, toLog: true},
		"a file is named":         {env: map[string]string{gate.DecisionLogVariable: filepath.Join(t.TempDir(), "log.jsonl"), "KUBERNETES_SERVICE_HOST": "10.0.0.1"}},
		"a file, options say log": {env: map[string]string{gate.DecisionLogVariable: filepath.Join(t.TempDir(), "log.jsonl")}, logDecisions: true},
	} {
		t.Run(name, func(t *testing.T) {
			env := environment(t, evil)
			env.put(tc.env)
			var stderr bytes.Buffer
			opts := env.options()
			opts.LogDecisions, opts.Stderr = tc.logDecisions, &stderr
			p := toolhive.FromEnvironment(opts)
			requireDenied(t, p.Servers().CheckCreateServer(t.Context(), server("evil")), "not approved")
			require.NoError(t, p.Close())
			if !tc.toLog {
				require.Empty(t, stderr.String())
				require.Len(t, env.records(t), 1)
				return
			}
			var line map[string]any
			require.NoError(t, json.Unmarshal(stderr.Bytes(), &line))
			require.Equal(t, false, line["allowed"])
			state, _ := env.lookup("XDG_STATE_HOME")
			require.NoDirExists(t, filepath.Join(state, "mcp-runner"))
		})
	}
}

func TestDecisionThatCannotBeWrittenDown(t *testing.T) {
	t.Run("no such file", func(t *testing.T) {
		env := environment(t, evil)
		env.put(map[string]string{gate.DecisionLogVariable: t.TempDir()})
		requireUndecided(t, env.policy(t).Servers().CheckCreateServer(t.Context(), server("demo")),
			"name a file that this user can write with MCP_RUNNER_DECISION_LOG")
	})
	t.Run("no home", func(t *testing.T) {
		env := environment(t, evil)
		env.drop("HOME")
		env.drop("XDG_STATE_HOME")
		requireUndecided(t, env.policy(t).Servers().CheckCreateServer(t.Context(), server("demo")), "there is no place for the decision log")
	})
}

func TestNothingToJudgeIsRecorded(t *testing.T) {
	p, k := judged(t, evil)
	requireUndecided(t, p.Servers().CheckCreateServer(t.Context(), nil), "the run config is nil")
	unclear := server("unclear")
	unclear.PermissionProfile = nil
	requireUndecided(t, p.Servers().CheckCreateServer(t.Context(), unclear), "no verdict was reached: run config has no permission_profile")
	require.Equal(t, "unclear", k.all()[1].Input.Server.Name)
	requireUndecided(t, p.Registries().CheckUpdateRegistry(t.Context(), nil), "the registry is nil")
	requireUndecided(t, p.Registries().CheckDeleteRegistry(t.Context(), nil), "the registry is nil")
	requireUndecided(t, p.Registries().CheckUpdateRegistry(t.Context(), &registry.UpdateRegistryConfig{URL: "https://a.example", LocalPath: "/x"}),
		"more than one of url, api_url and local_path")
	var operations []string
	for _, d := range k.all() {
		require.False(t, d.Allowed)
		operations = append(operations, d.Input.Operation)
	}
	require.Equal(t, []string{
		gate.OperationCreateServer, gate.OperationCreateServer,
		gate.OperationUpdateRegistry, gate.OperationDeleteRegistry, gate.OperationUpdateRegistry,
	}, operations)
	_, err := p.Servers().Decide(t.Context(), nil)
	require.ErrorIs(t, err, gate.ErrUndecided)
}
