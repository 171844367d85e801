package gate_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
)

var policyCounts = []int{1, 10, 100}

// benchPolicies are n policies of the usual size, none of which denies.
func benchPolicies(n int) []string {
	modules := make([]string, n)
	for i := range modules {
		modules[i] = fmt.Sprintf(`package mcp.policy.bench.p%03[1]d

approved if input.server.image.registry in {"docker.io", "ghcr.io"}

deny contains {"msg": msg, "path": "/server/image/registry"} if {
	input.server.image.repository != ""
	not approved
	msg := sprintf("image %%q is not approved", [input.server.image.reference])
}

deny contains {"msg": msg, "path": "/server/mounts"} if {
	some mount in input.server.mounts
	mount.resolved == "/forbidden/%[1]d"
	msg := sprintf("mount of %%q", [mount.source])
}

warn contains "variable" if {
	some variable in input.server.environment
	variable.name == "FORBIDDEN_%[1]d"
}
`, i)
	}
	return modules
}

func benchInput(b *testing.B) gate.Input {
	b.Helper()
	cfg := process("-y", "@modelcontextprotocol/server-everything@2026.1.26", "--port", "8080")
	cfg.EnvVars = map[string]string{"LOG_LEVEL": "debug", "REGION": "eu-west-1", "DATABASE_URL": "postgres://app@db.example.com/app"}
	cfg.Secrets = []string{"github,target=GITHUB_TOKEN"}
	cfg.ContainerLabels = map[string]string{"team": "platform"}
	in, err := gate.InputFor(cfg)
	require.NoError(b, err)
	return in
}

// BenchmarkCheck is a whole decision: total and redacted input, evaluation,
// decision logic, record.
func BenchmarkCheck(b *testing.B) {
	in := benchInput(b)
	for _, n := range policyCounts {
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			g := newGate(b, open(b, "bench", benchPolicies(n)...))
			b.ReportAllocs()
			for b.Loop() {
				if err := g.Check(context.Background(), in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLibrary is a decision by every policy of the library, without its record.
func BenchmarkLibrary(b *testing.B) {
	stores, err := gate.OpenSources(context.Background(), gate.SourcesConfig{Builtin: "strict", SystemDir: b.TempDir() + "/none", UserDir: b.TempDir() + "/none"})
	require.NoError(b, err)
	defer func() {
		for _, store := range stores {
			require.NoError(b, store.Close())
		}
	}()
	g, err := gate.New(gate.Config{Stores: stores})
	require.NoError(b, err)
	in := benchInput(b)
	b.ReportAllocs()
	for b.Loop() {
		d, err := g.Decide(context.Background(), in)
		if err != nil || d.Allowed {
			b.Fatal("every list of what is allowed is empty: ", err)
		}
	}
}

// BenchmarkInputFor is making the input of a run config.
func BenchmarkInputFor(b *testing.B) {
	cfg := process("-y", "@modelcontextprotocol/server-everything@2026.1.26", "--port", "8080")
	cfg.EnvVars = map[string]string{"LOG_LEVEL": "debug", "REGION": "eu-west-1", "API_TOKEN": "hunter2-canary"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gate.InputFor(cfg); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParts are the parts of a decision that are not evaluation.
func BenchmarkParts(b *testing.B) {
	in := benchInput(b)
	b.Run("prepare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := gate.Prepare(in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("value", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := gate.InputValue(in); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkFloor is what OPA alone takes: one prepared query over the same
// policies on a value that is ready.
func BenchmarkFloor(b *testing.B) {
	value, err := gate.InputValue(benchInput(b))
	require.NoError(b, err)
	for _, n := range policyCounts {
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			var options []func(*oparego.Rego)
			var results []string
			for i, text := range benchPolicies(n) {
				options = append(options, oparego.Module(fmt.Sprintf("p%d.rego", i), text))
				at := fmt.Sprintf("data.mcp.policy.bench.p%03d", i)
				results = append(results, at+".deny", at+".warn")
			}
			options = append(options, oparego.Query("x = ["+strings.Join(results, ", ")+"]"), oparego.StrictBuiltinErrors(true))
			query, err := oparego.New(options...).PrepareForEval(context.Background())
			require.NoError(b, err)
			b.ReportAllocs()
			for b.Loop() {
				results, err := query.Eval(context.Background(), oparego.EvalParsedInput(value))
				if err != nil || len(results) != 1 {
					b.Fatal(results, err)
				}
			}
		})
	}
}
