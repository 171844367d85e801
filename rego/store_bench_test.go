package rego_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/rego"
)

// Decisions while one of a hundred policies changes all the time, beside those
// while nothing does.
func BenchmarkDecisionsDuringReloads(b *testing.B) {
	rego.WithoutRacyFiles(b)
	f := files{}
	for i := range 100 {
		f[fmt.Sprintf("p%d.rego", i)] = benchPolicy(i)
	}
	dir := b.TempDir()
	write(b, dir, f)
	s, err := rego.OpenByHand(b.Context(), storeConfig(dir))
	require.NoError(b, err)
	for _, reloads := range []bool{false, true} {
		b.Run(fmt.Sprintf("reloads=%t", reloads), func(b *testing.B) {
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan int)
			go func() { // ends with ctx
				n := 0
				for ; reloads && ctx.Err() == nil; n++ {
					content := strings.ReplaceAll(benchPolicy(50), "withdrawn", fmt.Sprintf("withdrawn%d", n))
					if err := os.WriteFile(filepath.Join(dir, "p50.rego"), []byte(content), 0o600); err != nil {
						b.Error(err)
					}
					rego.Reload(context.Background(), s)
				}
				done <- n
			}()
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := s.Policy().Eval(b.Context(), server("good")); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			cancel()
			n := <-done
			require.NoError(b, s.Status().LastError)
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(n), "reloads")
		})
	}
}

// A thousand policies in a directory: the first load, a reload of one that
// changed, and a look at files that did not.
func BenchmarkStore(b *testing.B) {
	rego.WithoutRacyFiles(b)
	f := files{"data.yaml": "mcp: {settings: {enforcement: {\"*\": warn}}}"}
	for i := range 1000 {
		f[fmt.Sprintf("p%d.rego", i)] = benchPolicy(i)
		f[fmt.Sprintf("p%d_test.rego", i)] = benchTest(i)
	}
	dir := b.TempDir()
	write(b, dir, f)
	cfg := storeConfig(dir)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			_, err := rego.OpenByHand(b.Context(), cfg)
			require.NoError(b, err)
		}
	})
	s, err := rego.OpenByHand(b.Context(), cfg)
	require.NoError(b, err)
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			require.False(b, rego.Changed(b.Context(), s))
		}
	})
	b.Run("one of 1000", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			content := strings.ReplaceAll(benchPolicy(500), "withdrawn", fmt.Sprintf("withdrawn%d", n))
			require.NoError(b, os.WriteFile(filepath.Join(dir, "p500.rego"), []byte(content), 0o600))
			before := s.Policy()
			rego.Reload(b.Context(), s)
			require.NoError(b, s.Status().LastError)
			require.NotSame(b, before, s.Policy())
		}
	})
	b.Run("data", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n++
			content := fmt.Sprintf("mcp: {settings: {enforcement: {\"*\": warn}}}\nn: %d\n", n)
			require.NoError(b, os.WriteFile(filepath.Join(dir, "data.yaml"), []byte(content), 0o600))
			before := s.Policy()
			rego.Reload(b.Context(), s)
			require.NoError(b, s.Status().LastError)
			require.NotSame(b, before, s.Policy())
		}
	})
}
