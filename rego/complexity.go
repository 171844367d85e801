package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// OPA's compiler cannot be interrupted, and what it does with some policies
// grows with the square, the cube or the power of what stands in the file: the
// type of a value that holds another twice is printed and compared in full, a
// comprehension is checked again for each that it stands in. Such a file is
// refused before the compiler sees it. The limits are far above what people
// write; each is measured in complexity_test.go.
const (
	// maxWeight bounds the Rego of one file, and maxAllWeight that of a source, by
	// their words and signs: each takes up to 700 bytes once it is compiled.
	maxWeight    = 500_000
	maxAllWeight = 4_000_000
	// maxAllRules bounds the rules of a source.
	maxAllRules = 100_000
	// maxDigits bounds a number, and maxErrorText what the parser copies for its
	// errors: the line once more for each bracket that it was in.
	maxDigits    = 1000
	maxErrorText = 200 << 20
	// maxParts bounds whatever is one behind the other or inside of the other:
	// names in a reference, cases of a rule, brackets in brackets.
	maxParts = 1000
	// maxClosures bounds the comprehensions, `every` and template strings inside
	// of each other.
	maxClosures = 10
	// maxKeys bounds the objects that are keys of each other: the compiler writes
	// a key as a string, with each quote in it escaped once more.
	maxKeys = 4
	// maxTypeText bounds the types that are printed for the type of one value,
	// each once more for every type that it stands in.
	maxTypeText = 1_000_000
	// maxWidths bounds what the widths of one format add up to.
	maxWidths = 10_000_000
	// maxWork bounds what the compiler does about the policies of a source, in
	// steps of about five microseconds.
	maxWork = 2_000_000
)

const tooComplex = "too-complex"

// checkComplexity refuses what would keep the compiler busy without end. What is
// nested too deep in one file was refused when it was parsed.
func (c *unitCompiler) checkComplexity() []error {
	g := newRuleGraph(c)
	if errs := g.tooMany(); errs != nil {
		return errs
	}
	if errs := g.tooDeep(); errs != nil {
		return errs
	}
	return append(newSizer(g).tooLarge(), c.checkWork(g)...)
}

// checkWork adds up what all units cost: what many policies import is compiled
// with each.
func (c *unitCompiler) checkWork(g *ruleGraph) []error {
	total, worst, most := 0.0, (*module)(nil), 0.0
	costs := map[*module]float64{}
	add := func(modules []*module) {
		for _, m := range c.closure(modules) {
			cost := m.work + g.work[m]
			total += cost
			if costs[m] += cost; worst == nil || costs[m] > most || costs[m] == most && m.name < worst.name {
				worst, most = m, costs[m]
			}
		}
	}
	for _, pol := range c.src.policies {
		add(pol.modules)
	}
	add(c.src.masks)
	if total <= maxWork {
		return nil
	}
	at := worst.costly
	if g.work[worst] > worst.work {
		at = g.costly[worst]
	}
	if c.src.byFile[worst.name] == nil {
		worst, at = &module{}, nil // of the library, which is not the author's to change
	}
	return []error{worst.fault(tooComplex, at, "split long bodies and what is nested into rules, and let fewer rules refer to each other",
		"the source takes too long to compile, most of it for what stands here")}
}

func tooComplexAt(m *module, loc *ast.Location, fix, format string, args ...any) error {
	return m.fault(tooComplex, loc, fix, "%s", fmt.Sprintf(format, args...))
}
