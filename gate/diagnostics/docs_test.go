package diagnostics_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate/diagnostics"
)

var (
	tableMetric = regexp.MustCompile("`(mcp_runner_[a-z_]+)(?:\\{([a-z_,]+)\\})?`")
	sampleLabel = regexp.MustCompile(`([a-z_]+)="`)
)

// TestMetricsAreDocumented holds the metrics that are served, with their types and
// labels, against the table of docs/operating.md, both ways.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	recorder := diagnostics.NewRecorder(discard{})
	record(t, recorder, violations())
	srv := serve(t, diagnostics.Options{Gate: &fake{full()}, Recorder: recorder, Version: "v1"})
	served := map[string]string{}
	_, body := do(t, "GET", srv.URL+"/metrics", nil)
	for line := range strings.Lines(body) {
		if typed, ok := strings.CutPrefix(line, "# TYPE mcp_runner_"); ok {
			name, kind, _ := strings.Cut(strings.TrimSpace(typed), " ")
			served["mcp_runner_"+name] = kind
		}
	}
	for sample := range metrics(t, srv) {
		name, labels, ok := strings.Cut(sample, "{")
		if _, found := served[name]; !ok || !found {
			continue // without labels, or a bucket of a histogram
		}
		var names []string
		for _, m := range sampleLabel.FindAllStringSubmatch(labels, -1) {
			names = append(names, m[1])
		}
		slices.Sort(names)
		kind, _, _ := strings.Cut(served[name], " ")
		served[name] = kind + " " + strings.Join(names, ",")
	}

	page, err := os.ReadFile("../../docs/operating.md")
	require.NoError(t, err)
	documented := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "| `mcp_runner_") {
			continue
		}
		cells := strings.Split(line, "|")
		for _, m := range tableMetric.FindAllStringSubmatch(cells[1], -1) {
			require.NotContains(t, documented, m[1])
			labels := strings.Split(m[2], ",")
			slices.Sort(labels)
			documented[m[1]] = strings.TrimSpace(strings.TrimSpace(cells[2]) + " " + strings.Join(labels, ","))
		}
	}
	require.Equal(t, served, documented)
}
