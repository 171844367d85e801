package library_test

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/mcp-runner/mcp-runner/internal/soak"
)

var mutated = flag.String("policy", "", "mutate only the policies whose names begin so, such as mounts. or mcp.lib, and all of them")

// wantKilled is which part of the mutants the tests must notice, of those that
// compile and are another policy.
const wantKilled = 0.95

// TestMutation changes each policy, and mcp.lib, in one place after the other and
// demands that one of its own tests fails. `go test` takes a few mutants of each
// kind and policy, `make soak` all of them.
func TestMutation(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // each mutant is garbage soon
	equivalent := readEquivalent(t)
	whole := *mutated != "" || soak.Times(10) == 10
	var chosen []subject
	for _, s := range subjects(t) {
		if strings.HasPrefix(s.name, *mutated) {
			chosen = append(chosen, s)
		}
	}
	require.NotEmpty(t, chosen)
	scores, err := scoreAll(t.Context(), chosen, equivalent, whole)
	require.NoError(t, err)
	total := score{name: "all"}
	for _, s := range scores {
		total.add(s)
	}
	t.Log(table(append(scores, total)))
	soak.Report(t, "%d mutants of %d policies that compile and are another policy, %.1f %% killed", total.counted(), len(scores), 100*total.part())
	require.Empty(t, total.stale, "of testdata/equivalent.yaml")
	require.GreaterOrEqual(t, total.part(), wantKilled)
}

// score is what became of the mutants of a policy.
type score struct {
	name                                   string
	killed, uncompiled, equivalent, passed int
	// survivors say where each mutant is that no test noticed.
	survivors []string
	// stale are the entries of the list of equivalent mutants that are wrong.
	stale []string
}

func (s score) counted() int  { return s.killed + s.passed }
func (s score) part() float64 { return float64(s.killed) / float64(max(1, s.counted())) }

func (s *score) add(o score) {
	s.killed += o.killed
	s.uncompiled += o.uncompiled
	s.equivalent += o.equivalent
	s.passed += o.passed
	s.survivors = append(s.survivors, o.survivors...)
	s.stale = append(s.stale, o.stale...)
}

// table has the scores, and where the mutants are that survived.
func table(scores []score) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\npolicy\tkilled\tsurvived\t%\tdo not compile\tequivalent\t")
	for _, s := range scores {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1f\t%d\t%d\t\n", s.name, s.killed, s.passed, 100*s.part(), s.uncompiled, s.equivalent)
	}
	w.Flush()
	for _, line := range scores[len(scores)-1].survivors {
		b.WriteString("\nsurvived: " + line)
	}
	return b.String()
}

// scoreAll tries the mutants of each subject, on all processors. Few mutants are
// not worth to prepare the tests of a subject twice.
func scoreAll(ctx context.Context, chosen []subject, equivalent map[string]map[string]bool, whole bool) ([]score, error) {
	n := 1
	if whole {
		n = runtime.GOMAXPROCS(0)
	}
	parts := make([]score, n*len(chosen))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, s := range chosen {
		for part := range n {
			group.Go(func() (err error) {
				parts[n*i+part], err = s.scorePart(ctx, equivalent[s.name], whole, part, n)
				return err
			})
		}
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	scores := make([]score, len(chosen))
	for i, s := range chosen {
		scores[i].name = s.name
		for _, part := range parts[n*i : n*(i+1)] {
			scores[i].add(part)
		}
		slices.Sort(scores[i].survivors)
	}
	return scores, nil
}

// scorePart tries each n-th of the mutants, from the i-th on. It has modules and
// tests of its own.
func (s subject) scorePart(ctx context.Context, equivalent map[string]bool, whole bool, i, n int) (score, error) {
	var result score
	suite, err := s.suite(ctx)
	if err != nil {
		return result, err
	}
	all := s.mutants(suite)
	names := map[string]bool{}
	for _, m := range all {
		names[m.name] = true
	}
	if i == 0 {
		for name := range equivalent {
			if !names[name] {
				result.stale = append(result.stale, fmt.Sprintf("%s: there is no mutant %s", s.name, name))
			}
		}
	}
	if !whole {
		all = sample(all)
	}
	for j, m := range all {
		if j%n != i {
			continue
		}
		fate, err := suite.try(ctx, m.file, m.mutant)
		switch {
		case err != nil:
			return result, fmt.Errorf("%s: %w", m.where(), err)
		case fate == uncompiled:
			result.uncompiled++
		case fate == survived && equivalent[m.name]:
			result.equivalent++
		case fate == survived:
			result.passed++
			result.survivors = append(result.survivors, m.where())
		default:
			result.killed++
		}
		if equivalent[m.name] && fate != survived {
			result.stale = append(result.stale, fmt.Sprintf("%s: a test notices the mutant %s", s.name, m.name))
		}
	}
	return result, nil
}

// sampled is how many mutants of each kind `go test` takes of a policy.
const sampled = 2

// sample takes mutants of each kind that are far from each other. The race detector
// has nothing to find in more than one.
func sample(all []namedMutant) []namedMutant {
	if soak.Race() {
		return all[len(all)/2:][:1]
	}
	kinds := map[string][]int{}
	for i, m := range all {
		kinds[m.kind] = append(kinds[m.kind], i)
	}
	var taken []int
	for _, of := range kinds {
		for k := range min(sampled, len(of)) {
			taken = append(taken, of[(2*k+1)*len(of)/(2*min(sampled, len(of)))])
		}
	}
	slices.Sort(taken)
	var out []namedMutant
	for _, i := range taken {
		out = append(out, all[i])
	}
	return out
}
