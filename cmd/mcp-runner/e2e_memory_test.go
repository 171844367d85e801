package main_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/memlimit"
)

// TestMemoryLimit asks a running process for its soft limit.
func TestMemoryLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	log := new(logged)
	startLogging(t, log, "run", "demo", "--diagnostics-addr", "127.0.0.1:0")
	_, body := get(t, diagnosticsOf(t, log)+"/metrics")
	found := regexp.MustCompile(`(?m)^go_gc_gomemlimit_bytes (\S+)$`).FindStringSubmatch(body)
	require.NotNil(t, found)
	limit, err := strconv.ParseFloat(found[1], 64)
	require.NoError(t, err)
	require.LessOrEqual(t, limit, float64(memlimit.Default))
	require.Greater(t, limit, 0.0)
}
