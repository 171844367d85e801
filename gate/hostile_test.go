package gate_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
)

const (
	hostileVariable = "MCP_RUNNER_HOSTILE" // the cases that a child of this test runs
	hostileOverrun  = 100 * time.Millisecond
	// hostileMemory is what a case may take, and as much as mcp-runner asks the
	// garbage collector to keep to.
	hostileMemory = 1 << 30
)

// hostileDeadline is that of a decision: the default one where all is run whole,
// since memory that grows has more time then, and a longer one under the race
// detector, which makes the work ten times as long.
func hostileDeadline() time.Duration {
	switch {
	case soak.Times(10) == 10:
		return 2 * time.Second
	case soak.Race():
		return time.Second
	}
	return 300 * time.Millisecond
}

// Each policy of testdata/hostile is a mistake that takes time or memory without
// end. None hangs whoever asks, none opens the gate, and the process outlives
// each. They run in processes of their own, two at once; one that has a case
// behind it which goes on after its deadline is not used again.
func TestHostilePolicies(t *testing.T) {
	if names := os.Getenv(hostileVariable); names != "" {
		runHostile(t, strings.Fields(names))
		return
	}
	cases := hostileCases(t)
	require.GreaterOrEqual(t, len(cases), 77)
	if soak.Race() { // which is about the gate, not about OPA: some of each class will do
		for i, name := range slices.Sorted(maps.Keys(cases)) {
			if i%5 != 0 {
				delete(cases, name)
			}
		}
	}
	results := map[string]hostileResult{}
	// One after the other, or each is late because of its neighbour.
	for _, names := range hostileClasses(cases) {
		for len(names) > 0 {
			done := hostileChild(t, names)
			for _, r := range done {
				results[r.Name] = r
			}
			names = names[len(done):]
		}
	}
	// On a busy machine anything is late at times; a policy that makes the gate
	// late does so each time.
	for name, r := range results {
		for range 3 {
			late := strings.HasPrefix(cases[name].expect, "error") && strings.Contains(r.Decided, "deadline of")
			if r.Decide <= hostileDeadline()+hostileOverrun && !late {
				break
			}
			if again := hostileChild(t, []string{name})[0]; again.Decide < r.Decide || again.Died != "" {
				r = again
			}
		}
		results[name] = r
	}

	var overrun, load time.Duration
	var peak int64
	kinds := map[string]int{}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		r := results[name]
		t.Run(name, func(t *testing.T) {
			t.Logf("%+v", r)
			r.require(t, cases[name])
		})
		overrun, load = max(overrun, r.Decide-hostileDeadline()), max(load, r.Load)
		if cases[name].expect != "unbounded" {
			peak = max(peak, r.Peak)
		}
		kinds[r.outcome()]++
	}
	soak.Report(t, "%d hostile policies, deadline %s: %v", len(cases), hostileDeadline(), kinds)
	soak.Report(t, "largest overrun of the deadline %s, longest load %s, most memory %d MiB",
		overrun.Round(time.Millisecond), load.Round(time.Millisecond), peak>>20)
}

// require holds a result to what its case expects.
func (r hostileResult) require(t *testing.T, c hostileCase) {
	t.Helper()
	kind, what, _ := strings.Cut(c.expect, " ")
	if kind != "unbounded" {
		require.Empty(t, r.Died, "the process ended")
		require.LessOrEqual(t, r.Peak, int64(hostileMemory), "memory")
	}
	require.LessOrEqual(t, r.Decide, hostileDeadline()+5*hostileOverrun, "nobody is answered")
	require.Less(t, r.Load, 30*time.Second, "the load has no end")
	require.False(t, r.Allowed && kind != "harmless", "a hostile policy allows")
	switch kind {
	case "refused":
		require.Contains(t, r.Rules, what, r.Error)
		require.Empty(t, r.Decided)
	case "deadline":
		require.Empty(t, r.Rules, r.Error)
		// What grows without end is stopped by the one or the other, as fast as the machine is.
		require.Regexp(t, "deadline of|stopped, because the memory", r.Decided)
	case "unbounded":
		if r.Died != "" {
			require.Regexp(t, "fatal error: (stack overflow|.* out of memory|.* are in use)", r.Died)
			return
		}
		fallthrough
	case "undecided":
		require.Empty(t, r.Rules, r.Error)
		require.NotEmpty(t, r.Decided)
	case "error":
		require.Empty(t, r.Rules, r.Error)
		require.Contains(t, r.Decided, what)
		require.False(t, r.Stuck)
	case "denied":
		require.Empty(t, r.Rules, r.Error)
		require.Empty(t, r.Decided)
	case "harmless":
		require.Empty(t, r.Rules, r.Error)
		require.Empty(t, r.Decided)
		require.False(t, r.Stuck)
	case "any":
	default:
		t.Fatalf("expect: %q", c.expect)
	}
}

// outcome is a word for the figures.
func (r hostileResult) outcome() string {
	switch {
	case r.Died != "":
		return "process ended"
	case len(r.Rules) > 0:
		return "refused " + r.Rules[0]
	case strings.Contains(r.Decided, "deadline of"):
		return "deadline"
	case r.Decided != "":
		return "error"
	default:
		return "decided"
	}
}

// hostileChild runs cases in a process of its own, and returns what became of
// the first of them, one at least.
func hostileChild(t *testing.T, names []string) []hostileResult {
	self, err := os.Executable()
	if err != nil {
		return []hostileResult{{Name: names[0], Died: err.Error()}}
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestHostilePolicies$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), hostileVariable+"="+strings.Join(names, " "))
	out, err := cmd.CombinedOutput()
	var results []hostileResult
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text, ok := strings.CutPrefix(lines.Text(), hostileVariable+" ")
		var r hostileResult
		if !ok || json.Unmarshal([]byte(text), &r) != nil {
			continue
		}
		if n := len(results); n > 0 && results[n-1].Name == r.Name {
			results = results[:n-1]
		}
		results = append(results, r)
	}
	if n := len(results); err != nil && n > 0 && results[n-1].Stuck {
		results[n-1].Died = fmt.Sprintf("%v: %s", err, lastWords(out))
	} else if err != nil && n < len(names) {
		results = append(results, hostileResult{Name: names[n], Died: fmt.Sprintf("%v: %s", err, lastWords(out))})
	}
	if len(results) == 0 {
		results = append(results, hostileResult{Name: names[0], Died: fmt.Sprintf("no result: %s", out)})
	}
	return results
}

// lastWords is why a process ended.
func lastWords(out []byte) []byte {
	if i := bytes.Index(out, []byte("fatal error: ")); i >= 0 {
		return out[i:min(i+500, len(out))]
	}
	return out[max(len(out)-2000, 0):]
}
