package rego

import (
	"cmp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
)

// Coverage says which lines of the policies the tests went through. Tests, and
// the Rego that ships with the program, do not count.
type Coverage struct {
	// Percent is Covered of all lines; 0 where there is none.
	Percent    float64        `json:"percent"`
	Covered    int            `json:"covered"`
	NotCovered int            `json:"not_covered"`
	Files      []FileCoverage `json:"files"`
}

// FileCoverage is the coverage of one file.
type FileCoverage struct {
	File       string  `json:"file"`
	Percent    float64 `json:"percent"`
	Covered    int     `json:"covered"`
	NotCovered int     `json:"not_covered"`
	// Lines are those that no test went through.
	Lines []LineRange `json:"lines"`
}

// LineRange is a range of lines, both ends included.
type LineRange struct {
	From int `json:"from"`
	To   int `json:"to"`
}

func (t *testRun) coverage(covered *cover.Cover) *Coverage {
	modules := map[string]*ast.Module{}
	for _, m := range t.src.modules {
		modules[m.name] = m.ast
	}
	report := covered.Report(modules)
	c := &Coverage{Files: []FileCoverage{}}
	for _, m := range t.src.modules { // sorted by name
		file := report.Files[m.name]
		if file == nil || file.CoveredLines+file.NotCoveredLines == 0 {
			continue
		}
		f := FileCoverage{
			File:       m.name,
			Percent:    percent(file.CoveredLines, file.NotCoveredLines),
			Covered:    file.CoveredLines,
			NotCovered: file.NotCoveredLines,
			Lines:      lineRanges(file.NotCovered),
		}
		c.Files = append(c.Files, f)
		c.Covered += f.Covered
		c.NotCovered += f.NotCovered
	}
	c.Percent = percent(c.Covered, c.NotCovered)
	return c
}

func percent(covered, not int) float64 {
	if covered+not == 0 {
		return 0
	}
	return 100 * float64(covered) / float64(covered+not)
}

// lineRanges joins ranges that overlap or touch.
func lineRanges(ranges []cover.Range) []LineRange {
	lines := make([]LineRange, len(ranges))
	for i, r := range ranges {
		lines[i] = LineRange{From: r.Start.Row, To: r.End.Row}
	}
	slices.SortFunc(lines, func(a, b LineRange) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	joined := []LineRange{}
	for _, l := range lines {
		if n := len(joined); n > 0 && l.From <= joined[n-1].To+1 {
			joined[n-1].To = max(joined[n-1].To, l.To)
			continue
		}
		joined = append(joined, l)
	}
	return joined
}
