package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/mcp-runner/mcp-runner/gate/suite"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

func (a *app) printTests(f *policyTest, r *testReport) error {
	switch f.output {
	case "json":
		text, err := show.JSON(r, "  ")
		if err == nil {
			_, err = fmt.Fprintln(a.stdout, text)
		}
		return err
	case "junit":
		return r.junit().WriteXML(a.stdout)
	}
	p := newPrinter(a.stdout)
	for _, t := range r.Tests {
		p.test(t, f.verbose)
	}
	for _, c := range r.Cases {
		p.suiteCase(c, f.verbose)
	}
	if r.Coverage != nil {
		p.coverage(r.Coverage)
	}
	p.Printf("%d passed", r.Passed)
	for _, n := range []struct {
		count int
		text  string
	}{{r.Failed, "failed"}, {r.Errors, "with an error"}, {r.Skipped, "skipped"}} {
		if n.count > 0 {
			p.Printf(", %d %s", n.count, n.text)
		}
	}
	p.Printf("\n")
	return p.Err()
}

var outcomeColors = map[string]string{
	rego.OutcomePass: "1;32", rego.OutcomeFail: "1;31", rego.OutcomeError: "1;31", rego.OutcomeSkip: "1;33",
}

func (p *printer) outcome(outcome, name, file string, row int) {
	p.Printf("%s  %s  %s:%d\n", p.Paint(outcomeColors[outcome], fmt.Sprintf("%-5s", outcome)), show.Clean(name), show.Clean(file), row)
}

func (p *printer) test(t rego.TestResult, verbose bool) {
	if t.Outcome == rego.OutcomePass && !verbose {
		return
	}
	p.outcome(t.Outcome, t.Package+"."+t.Name, t.File, t.Row)
	if t.Error != "" {
		p.lines("  ", t.Error)
	}
	for _, c := range t.Cases {
		if c.Outcome != rego.OutcomePass || verbose {
			p.Printf("  %s  %s\n", p.Paint(outcomeColors[c.Outcome], c.Outcome), show.Clean(c.Name))
			p.lines("    ", failureText(c.Failure))
		}
	}
	p.lines("  ", failureText(t.Failure))
	if t.Output != "" {
		p.Printf("  printed\n")
		p.lines("    ", t.Output)
	}
}

func (p *printer) suiteCase(c suite.Result, verbose bool) {
	if c.Outcome == rego.OutcomePass && !verbose {
		return
	}
	p.outcome(c.Outcome, c.Name, c.File, c.Row)
	p.lines("  ", caseText(c))
}

// lines prints text of several lines, cleaned and indented.
func (p *printer) lines(indent, text string) {
	for line := range strings.Lines(text) {
		line = show.Clean(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    "))
		switch {
		case strings.HasPrefix(line, "-") && !strings.HasPrefix(line, "---"):
			line = p.Paint("31", line)
		case strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "+++"):
			line = p.Paint("32", line)
		}
		p.Printf("%s%s\n", indent, line)
	}
}

// failureText says where a test failed, and why as far as that is known.
func failureText(f *rego.Failure) string {
	if f == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d  %s\n", f.File, f.Row, f.Text)
	for _, v := range f.Values {
		fmt.Fprintf(&b, "    %s = %s\n", v.Name, v.Value)
	}
	if f.Hint != "" {
		fmt.Fprintf(&b, "%s\n", f.Hint)
	}
	b.WriteString(f.Diff)
	for _, r := range f.Trace {
		if r.Held {
			fmt.Fprintf(&b, "held  %s  %s:%d\n", r.Rule, r.File, r.Row)
			continue
		}
		fmt.Fprintf(&b, "not   %s  %s:%d\n", r.Rule, r.File, r.Row)
		if s := r.Stopped; s != nil {
			fmt.Fprintf(&b, "      stopped at %s:%d  %s\n", s.File, s.Row, s.Text)
			for _, v := range s.Values {
				fmt.Fprintf(&b, "          %s = %s\n", v.Name, v.Value)
			}
		}
	}
	return b.String()
}

func caseText(c suite.Result) string {
	text := c.Diff
	if c.Error != "" {
		text = c.Error + "\n" + text
	}
	for _, reason := range c.Reasons {
		text += reason + "\n"
	}
	return text
}

func (p *printer) coverage(c *rego.Coverage) {
	p.Printf("%s\n", p.Paint("1", "coverage"))
	for _, f := range c.Files {
		p.Printf("  %6s %%  %s", percent(f.Percent), show.Clean(f.File))
		if len(f.Lines) > 0 {
			p.Printf("  not covered: %s", lineList(f.Lines))
		}
		p.Printf("\n")
	}
	p.Printf("  %6s %%  of %d lines\n", percent(c.Percent), c.Covered+c.NotCovered)
}

func lineList(ranges []rego.LineRange) string {
	texts := make([]string, len(ranges))
	for i, r := range ranges {
		if texts[i] = strconv.Itoa(r.From); r.To > r.From {
			texts[i] += "-" + strconv.Itoa(r.To)
		}
	}
	return strings.Join(texts, " ")
}

// percent rounds down: what is shown as 100 is whole.
func percent(p float64) string {
	return strconv.FormatFloat(math.Floor(p*10)/10, 'f', 1, 64)
}

// junit is the report with one suite for each package and each file of cases.
func (r *testReport) junit() *junit.Testsuites {
	suites := map[string]*junit.Testsuite{}
	var order []string
	add := func(name, file string, c junit.Testcase) {
		if suites[name] == nil {
			suites[name] = &junit.Testsuite{Name: name, ID: len(order), File: file}
			order = append(order, name)
		}
		suites[name].AddTestcase(c)
	}
	for _, t := range r.Tests {
		c := junitCase(t.Package, t.Name, t.Outcome, t.Duration.Seconds(), t.Error, testText(t))
		if t.Output != "" {
			c.SystemOut = &junit.Output{Data: multiline(t.Output)}
		}
		add(t.Package, t.File, c)
	}
	for _, s := range r.Cases {
		add(s.File, s.File, junitCase(s.File, s.Name, s.Outcome, s.Duration.Seconds(), s.Error, caseText(s)))
	}
	all := &junit.Testsuites{Name: "mcp-runner policy test"}
	var total float64
	for _, name := range order {
		seconds := 0.0
		for _, c := range suites[name].Testcases {
			s, err := strconv.ParseFloat(c.Time, 64)
			if err == nil { // it was formatted a moment ago
				seconds += s
			}
		}
		total += seconds
		suites[name].Time = junitTime(seconds)
		if r.Coverage != nil && len(all.Suites) == 0 {
			suites[name].AddProperty("coverage.percent", percent(r.Coverage.Percent))
		}
		all.AddSuite(*suites[name])
	}
	all.Time = junitTime(total)
	return all
}

func junitTime(seconds float64) string { return strconv.FormatFloat(seconds, 'f', 3, 64) }

func junitCase(class, name, outcome string, seconds float64, message, text string) junit.Testcase {
	c := junit.Testcase{Classname: show.Clean(class), Name: show.Clean(name), Time: junitTime(seconds)}
	result := &junit.Result{Message: show.Clean(message), Data: multiline(text)}
	switch outcome {
	case rego.OutcomePass:
	case rego.OutcomeSkip:
		c.Skipped = &junit.Result{Message: "skipped"}
	case rego.OutcomeError:
		c.Error = result
	default:
		if result.Message == "" {
			result.Message, _, _ = strings.Cut(result.Data, "\n")
		}
		c.Failure = result
	}
	return c
}

// testText is all that a report says about one test that did not pass.
func testText(t rego.TestResult) string {
	text := failureText(t.Failure)
	for _, c := range t.Cases {
		if c.Outcome != rego.OutcomePass {
			text += "case " + c.Name + "\n" + failureText(c.Failure)
		}
	}
	return text
}

// multiline is text whose lines are cleaned each.
func multiline(text string) string {
	lines := slices.Collect(strings.Lines(text))
	for i, line := range lines {
		lines[i] = show.Clean(strings.TrimRight(line, "\r\n"))
	}
	return strings.Join(lines, "\n")
}
