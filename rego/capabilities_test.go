package rego_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Every builtin of OPA has been judged: it stands on one of two lists. One that
// a later version adds is refused until somebody puts it on one.
func TestEveryBuiltinIsJudged(t *testing.T) {
	allowed, refused := rego.AllowedBuiltins(), rego.RefusedBuiltins()
	for _, b := range ast.Builtins {
		why, no := refused[b.Name]
		require.NotEqual(t, allowed[b.Name], no, "%s: put it on one list of capabilities_list.go", b.Name)
		require.Equal(t, no, why != "", b.Name)
	}
	for name := range maps.Keys(refused) {
		require.NotNil(t, ast.BuiltinMap[name], "%s is no builtin", name)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(allowed)), rego.Callable(), "what is not on the list of what is allowed is refused")
}

// call is a policy that calls a builtin with as many arguments as it takes.
func call(name string) string {
	args := make([]string, len(ast.BuiltinMap[name].Decl.FuncArgs().Args))
	for i := range args {
		args[i] = "input.server.args[_]"
	}
	return fmt.Sprintf("package mcp.policy.x\n\ndeny contains \"m\" if {\n\tv := %s(%s)\n\tv != \"no\"\n}\n", name, strings.Join(args, ", "))
}

func TestRefusedBuiltins(t *testing.T) {
	for name, why := range rego.RefusedBuiltins() {
		t.Run(name, func(t *testing.T) {
			_, err := load(t.Context(), files{"x.rego": call(name)})
			require.ErrorContains(t, err, fmt.Sprintf("x.rego:4: %s is not available: %s; an operator who needs it allows it with --allow-builtin %s", name, why, name))
			require.NoError(t, rego.CheckBuiltins([]string{name}))
		})
	}
}

func loadAllowing(ctx context.Context, f files, allow ...string) (*rego.Policy, error) {
	return rego.Load(ctx, rego.LoadConfig{Name: "test", FS: f.fs(), InputSchema: []byte(schema), Log: quiet, AllowBuiltins: allow})
}

func TestAllowBuiltins(t *testing.T) {
	const clock = "package mcp.policy.x\n\ndeny contains \"m\" if time.now_ns() > 1\n\nwarn contains \"w\" if rand.intn(\"x\", 2) == 7\n"
	f := files{"x.rego": clock}
	_, err := loadAllowing(t.Context(), f, "time.now_ns")
	require.ErrorContains(t, err, "rand.intn is not available")
	require.NotContains(t, err.Error(), "time.now_ns")
	p, err := loadAllowing(t.Context(), f, "time.now_ns", "rand.intn")
	require.NoError(t, err)
	require.Empty(t, p.Warnings())
	r := eval(t, p, "good")
	require.Empty(t, r.Errors)
	require.Equal(t, "m", r.Violations[0].Msg)

	t.Run("tests", func(t *testing.T) {
		f := files{"x.rego": clock, "x_test.rego": "package mcp.policy.x_test\n\nimport data.mcp.policy.x\n\ntest_x if {\n\t\"m\" in x.deny\n\ttime.now_ns() > 1\n}\n"}
		report, err := rego.Test(t.Context(), rego.TestConfig{LoadConfig: rego.LoadConfig{
			Name: "test", FS: f.fs(), Log: quiet, AllowBuiltins: []string{"time.now_ns", "rand.intn"},
		}})
		require.NoError(t, err)
		require.Equal(t, rego.OutcomePass, report.Tests[0].Outcome, report.Tests[0].Error)
	})
}

// Decisions under other builtins are of another revision.
func TestAllowBuiltinsRevision(t *testing.T) {
	revision := func(allow ...string) string {
		p, err := loadAllowing(t.Context(), files{"a.rego": denyBad}, allow...)
		require.NoError(t, err)
		return p.Revision()
	}
	usual := revision()
	require.Equal(t, usual, revision("startswith"), "policies may call it anyway")
	require.NotEqual(t, usual, revision("time.now_ns"))
	require.NotEqual(t, revision("rand.intn"), revision("time.now_ns"))
	require.Equal(t, revision("rand.intn", "time.now_ns"), revision("time.now_ns", "rand.intn", "time.now_ns", "count"))
}

// A name that is wrong is an error wherever it is given: no change of the files
// would mend it.
func TestAllowBuiltinsThatAreNone(t *testing.T) {
	for name, want := range map[string]string{
		"http.sned":    `there is no builtin "http.sned": write http.send`,
		"time.now":     `there is no builtin "time.now": write time.now_ns`,
		"TIME.NOW_NS":  `there is no builtin "TIME.NOW_NS": write time.now_ns`,
		"rand":         `there is no builtin "rand": name each that is meant: rand.intn`,
		"uuid.*":       `there is no builtin "uuid.*": name each that is meant: uuid.parse, uuid.rfc4122`,
		"":             `there is no builtin "": see the list of builtins`,
		"something.as": `there is no builtin "something.as": see the list of builtins`,
	} {
		t.Run(name, func(t *testing.T) {
			cfg := rego.LoadConfig{Name: "test", FS: files{"a.rego": denyBad}.fs(), Log: quiet, AllowBuiltins: []string{"time.now_ns", name}}
			_, err := rego.Load(t.Context(), cfg)
			require.ErrorContains(t, err, "policy source test: "+want)
			_, err = rego.Open(t.Context(), rego.StoreConfig{LoadConfig: cfg, Static: true, DenyUntilLoaded: true})
			require.ErrorContains(t, err, want)
			_, err = rego.Check(t.Context(), cfg)
			require.ErrorContains(t, err, want)
			_, err = rego.Test(t.Context(), rego.TestConfig{LoadConfig: cfg})
			require.ErrorContains(t, err, want)
		})
	}
}

// An operator can add http.send, but no host.
func TestNetworkStaysOutOfReach(t *testing.T) {
	for name, call := range map[string]string{
		"http.send":          `http.send({"method": "GET", "url": "http://127.0.0.1:1/"}).status_code == 200`,
		"net.lookup_ip_addr": `count(net.lookup_ip_addr("localhost")) > 0`,
	} {
		t.Run(name, func(t *testing.T) {
			p, err := loadAllowing(t.Context(), files{"a.rego": denyBad, "x.rego": "package mcp.policy.x\n\ndeny contains \"m\" if " + call}, name)
			require.NoError(t, err)
			warning := "x.rego calls " + name + ", which reaches no host in a decision and fails"
			require.Equal(t, []string{warning}, p.Warnings())
			r := eval(t, p, "good")
			require.False(t, r.Allowed)
			require.Equal(t, "x", r.Errors[0].Policy)
			require.Contains(t, r.Errors[0].Msg, name+" failed")
			require.Equal(t, []string{warning}, r.Warnings)

			p, err = loadAllowing(t.Context(), files{"a.rego": denyBad}, name)
			require.NoError(t, err)
			require.Empty(t, p.Warnings(), "nothing calls it")
		})
	}
}
