package library_test

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// maxCost is how many times as long as the same rules in one package all policies
// of the library may take.
const maxCost = 1.5

// TestCost holds that a policy of its own for each thing costs little: the policies
// are evaluated one by one, so that an error names the policy it came from. Both
// ways say the same about each input.
func TestCost(t *testing.T) {
	strict := profileSource(t, "strict")
	many, one := loadSource(t, strict), loadSource(t, onePackage(t, strict))
	require.Len(t, one.Policies(), 1)
	for _, in := range costInputs {
		t.Run(in.name, func(t *testing.T) {
			value := input(t, in.server)
			require.Equal(t, said(t, one, value), said(t, many, value))
			if soak.Race() {
				return // it costs other things than the tests measure
			}
			ratio, took, beside := compare(t, many, one, value)
			for range 4 {
				if ratio <= maxCost {
					break
				}
				// A machine that is busy with other things makes it more.
				if r, a, b := compare(t, many, one, value); r < ratio {
					ratio, took, beside = r, a, b
				}
			}
			soak.Report(t, "%d policies %s, in one package %s: %.2f times, %d violations", len(many.Policies()), took, beside, ratio, len(said(t, many, value)))
			require.LessOrEqual(t, ratio, maxCost)
		})
	}
}

// compare evaluates both by turns, and returns the median of the ratios and of
// both times.
func compare(t *testing.T, a, b *rego.Policy, value ast.Value) (float64, time.Duration, time.Duration) {
	t.Helper()
	once := func(p *rego.Policy) time.Duration {
		began := time.Now()
		result, err := p.Eval(t.Context(), value)
		took := time.Since(began)
		require.NoError(t, err)
		require.Empty(t, result.Errors)
		return took
	}
	var ratios []float64
	var as, bs []time.Duration
	until := time.Now().Add(time.Duration(soak.Times(5000)) * time.Millisecond)
	for i := 0; i < 4 || time.Now().Before(until); i++ {
		var x, y time.Duration
		if i%2 == 0 {
			x, y = once(a), once(b)
		} else {
			y, x = once(b), once(a)
		}
		as, bs, ratios = append(as, x), append(bs, y), append(ratios, float64(x)/float64(y))
	}
	slices.Sort(as)
	slices.Sort(bs)
	slices.Sort(ratios)
	n := len(ratios) / 2
	return ratios[n], as[n], bs[n]
}

// said are the violations without their policies, and without what is the same
// for all of a policy.
func said(t *testing.T, p *rego.Policy, value ast.Value) []string {
	t.Helper()
	result, err := p.Eval(t.Context(), value)
	require.NoError(t, err)
	require.Empty(t, result.Errors)
	require.Empty(t, result.Warnings)
	var out []string
	for _, v := range result.Violations {
		out = append(out, fmt.Sprintf("%s %s %s %v", v.Level, v.Path, v.Msg, v.Details))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func profileSource(t *testing.T, name string) fs.FS {
	t.Helper()
	fsys, err := library.Source(name)
	require.NoError(t, err)
	return fsys
}

// costInputs are what servers look like: most are small.
var costInputs = []struct{ name, server string }{
	{"a package", `{
		"name": "everything", "kind": "process", "transport": "stdio",
		"source": {"reference": "npx -y @modelcontextprotocol/server-everything@2026.1.26", "scheme": "command"},
		"package": {"ecosystem": "npm", "name": "@modelcontextprotocol/server-everything", "version": "2026.1.26", "pinned": true},
		"command": {"path": "npx", "resolved": "/usr/bin/npx", "sha256": "` + someSHA256 + `", "interpreter": {"path": "/usr/bin/node", "sha256": "` + someSHA256 + `"},
			"args": ["-y", "@modelcontextprotocol/server-everything@2026.1.26"]},
		"environment": [{"name": "LOG_LEVEL", "source": "literal", "value": "debug"}, {"name": "GITHUB_TOKEN", "source": "secret"}],
		"secrets": [{"name": "github", "target": "GITHUB_TOKEN"}]
	}`},
	{"a container with mounts and variables", container(12, 20, 2)},
	{"as much as an input may hold", container(200, 260, 60)},
}

var someSHA256 = strings.Repeat("0123456789abcdef", 4)

// container is a docker command line with many parts, some of which no policy
// wants.
func container(mounts, variables, rest int) string {
	var m, v, a, p, l []string
	sources := []string{"/home/u/project", "/var/run/docker.sock", "/home/u/.ssh", "/srv/data", "/etc", "/home/u/.aws/credentials", "/opt/../proc", "/data"}
	for i := range mounts {
		source := sources[i%len(sources)]
		m = append(m, fmt.Sprintf(`{"source": "%s/%d", "resolved": "%s/%d", "target": "/mnt/%d", "read_only": %t}`, source, i, source, i, i, i%2 == 0))
	}
	names := []string{"LOG_LEVEL", "REGION", "NODE_OPTIONS", "HTTP_PROXY", "LD_PRELOAD", "NODE_TLS_REJECT_UNAUTHORIZED", "DATABASE_URL", "PATH_TO_DATA"}
	for i := range variables {
		v = append(v, fmt.Sprintf(`{"name": "%s_%d", "source": "literal", "value": "--require /tmp/x%d.js"}`, names[i%len(names)], i, i))
	}
	for i := range rest {
		a = append(a, fmt.Sprintf(`"--option-%d=https://u@host%d.example/a/../b"`, i, i))
		p = append(p, fmt.Sprintf(`{"host_ip": "0.0.0.0", "host_port": %d, "container_port": 80}`, 8000+i))
		l = append(l, fmt.Sprintf(`{"name": "label-%d", "value": "v"}`, i))
	}
	list := func(parts []string) string { return "[" + strings.Join(parts, ", ") + "]" }
	return fmt.Sprintf(`{
		"name": "tools", "kind": "container", "transport": "stdio",
		"source": {"reference": "docker run -i ghcr.io/acme/tools:1.2.3", "scheme": "command"},
		"image": {"reference": "ghcr.io/acme/tools:1.2.3", "registry": "ghcr.io", "repository": "acme/tools", "tag": "1.2.3", "digest": "sha256:%s"},
		"command": {"args": %s},
		"mounts": %s, "environment": %s, "published_ports": %s, "labels": %s,
		"permissions": {"capabilities": ["NET_ADMIN", "SYS_PTRACE"], "network": {"outbound": {"hosts": ["10.0.0.1", "169.254.169.254", "api.example.com"]}}}
	}`, someSHA256, list(a), list(m), list(v), list(p), list(l))
}
