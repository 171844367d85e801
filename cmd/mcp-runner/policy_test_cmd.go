package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/gate/suite"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/spf13/cobra"
)

// policyTest are the flags of policy test.
type policyTest struct {
	suites    []string
	run       string
	coverage  bool
	threshold float64
	output    string
	verbose   bool
	timeout   time.Duration

	allowBuiltins []string

	only *regexp.Regexp
}

func newPolicyTestCommand(a *app) *cobra.Command {
	f := &policyTest{}
	cmd := &cobra.Command{
		Use:   "test [flags] DIR",
		Short: "Run the tests of policies as the gate would evaluate them",
		Long: `test runs the Rego tests of a policy repository or a directory of policies (the
rules test_… of the files …_test.rego), and the cases of its suites
(suites/*.yaml). The policies are loaded as the gate loads them, builtins that
the gate refuses do not compile, and a builtin that fails makes its test fail.

A case of a suite is one server, as an image, a remote_url, a command, a
run_config or a run_config_file, or an operation on a registry, and the decision
that is expected:

  cases:
    - name: an image from elsewhere
      image: docker.io/evil/x
      expect:
        allowed: false
        violations:
          - {policy: images.registry}

A case has the same answer on every machine: a command need not be there (path,
resolved, sha256 and interpreter say which file it is), user and host are fixed,
and time and environment are what the case says of them.

--run is a regular expression over full names: data.PACKAGE.TEST of a Rego test,
FILE/NAME of a case.

The exit code is 0 where every test passed, and 1 where one did not, where there
is none, or where the coverage is below --threshold.`,
		Example: `  mcp-runner policy test ./mcp-policies
  mcp-runner policy test --threshold 90 -o junit ./mcp-policies > junit.xml
  mcp-runner policy test --run registry --suite ./suites/laptops.yaml -v ./mcp-policies`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("want one directory, as in: mcp-runner policy test ./mcp-policies")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("threshold") {
				f.coverage = true
			}
			return a.policyTest(cmd.Context(), f, args[0])
		},
	}
	allowBuiltinFlag(cmd, &f.allowBuiltins)
	fs := cmd.Flags()
	fs.StringArrayVar(&f.suites, "suite", nil, "`file` with a suite to run as well (repeatable)")
	fs.StringVar(&f.run, "run", "", "run only the tests whose full name matches this regular `expression`")
	fs.BoolVar(&f.coverage, "coverage", false, "say which lines of the policies the Rego tests went through")
	fs.Float64Var(&f.threshold, "threshold", 0, "least coverage in `percent`")
	fs.DurationVar(&f.timeout, "timeout", 5*time.Second, "time that one Rego test may take")
	fs.BoolVarP(&f.verbose, "verbose", "v", false, "show the tests that passed, and what they print")
	fs.StringVarP(&f.output, "output", "o", "pretty", "form of the report: pretty, json or junit")
	noFileCompletion(cmd, "output", "pretty", "json", "junit")
	return cmd
}

// testReport is what policy test found out.
type testReport struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Errors  int `json:"errors"`
	Skipped int `json:"skipped"`

	Tests    []rego.TestResult `json:"tests"`
	Cases    []suite.Result    `json:"cases"`
	Coverage *rego.Coverage    `json:"coverage,omitempty"`
}

var errTestsFailed = errors.New("tests failed")

func (a *app) policyTest(ctx context.Context, f *policyTest, dir string) error {
	if err := f.check(); err != nil {
		return err
	}
	repo, err := openRepository(dir)
	if err != nil {
		return err
	}
	report, err := f.report(ctx, repo)
	if err != nil {
		return err
	}
	if err := a.printTests(f, report); err != nil {
		return err
	}
	switch {
	case report.Failed+report.Errors > 0:
		return &shownError{errTestsFailed}
	case report.Passed+report.Skipped == 0 && f.run != "":
		return fmt.Errorf("%s: no test matches --run %q", dir, f.run)
	case report.Passed == 0 && report.Skipped > 0:
		return fmt.Errorf("%s: every test is skipped", dir)
	case report.Passed == 0:
		return fmt.Errorf("%s: there is no test: write rules test_… into files …_test.rego, or cases into suites/NAME.yaml", dir)
	case f.coverage && report.Coverage.Percent < f.threshold:
		return fmt.Errorf("the coverage is %s %%, and --threshold asks for %g %%", percent(report.Coverage.Percent), f.threshold)
	}
	return nil
}

func (f *policyTest) check() (err error) {
	if !slices.Contains([]string{"pretty", "json", "junit"}, f.output) {
		return usagef("--output %q: want pretty, json or junit", f.output)
	}
	if !(f.threshold >= 0 && f.threshold <= 100) {
		return usagef("--threshold %g: want 0 to 100", f.threshold)
	}
	if f.timeout <= 0 {
		return usagef("--timeout %s: want a time above 0", f.timeout)
	}
	if f.only, err = regexp.Compile(f.run); err != nil {
		return &usageError{fmt.Errorf("--run: %w", err)}
	}
	return nil
}

func (f *policyTest) report(ctx context.Context, repo repository) (*testReport, error) {
	suites, err := f.loadSuites(repo)
	if err != nil {
		return nil, err
	}
	tests, err := rego.Test(ctx, rego.TestConfig{
		LoadConfig: repo.load(f.allowBuiltins), Run: f.run, Coverage: f.coverage, Timeout: f.timeout, Redact: gate.RedactText,
	})
	if err != nil {
		return nil, err
	}
	report := &testReport{Tests: tests.Tests, Cases: []suite.Result{}, Coverage: tests.Coverage}
	if err := f.runSuites(ctx, repo, suites, report); err != nil {
		return nil, err
	}
	for _, t := range report.Tests {
		if len(t.Cases) == 0 {
			report.count(t.Outcome)
		}
		for _, c := range t.Cases {
			report.count(c.Outcome)
		}
		if len(t.Cases) > 0 && t.Outcome != rego.OutcomePass && !failedCase(t) {
			report.count(t.Outcome) // the test itself, in spite of its cases
		}
	}
	for _, c := range report.Cases {
		report.count(c.Outcome)
	}
	return report, nil
}

func failedCase(t rego.TestResult) bool {
	return slices.ContainsFunc(t.Cases, func(c rego.TestCase) bool { return c.Outcome != rego.OutcomePass })
}

func (r *testReport) count(outcome string) {
	switch outcome {
	case rego.OutcomePass:
		r.Passed++
	case rego.OutcomeSkip:
		r.Skipped++
	case rego.OutcomeError:
		r.Errors++
	default:
		r.Failed++
	}
}

// loadSuites reads the suites of the repository, sorted by name, then those that
// --suite names.
func (f *policyTest) loadSuites(repo repository) ([]*suite.Suite, error) {
	entries, err := os.ReadDir(filepath.Join(repo.root, "suites"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var files []string
	for _, e := range entries { // sorted by name
		if ext := filepath.Ext(e.Name()); (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(repo.root, "suites", e.Name()))
		}
	}
	var suites []*suite.Suite
	for _, file := range append(files, f.suites...) {
		s, err := suite.Load(file)
		if err != nil {
			return nil, err
		}
		suites = append(suites, s)
	}
	return suites, nil
}

func (f *policyTest) runSuites(ctx context.Context, repo repository, suites []*suite.Suite, into *testReport) (err error) {
	if len(suites) == 0 {
		return nil
	}
	store, err := rego.Open(ctx, rego.StoreConfig{LoadConfig: repo.load(f.allowBuiltins), Static: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for _, s := range suites {
		results, err := s.Run(ctx, store, f.only.MatchString)
		if err != nil {
			return err
		}
		for _, r := range results {
			r.Error, r.Diff = gate.RedactText(r.Error), gate.RedactText(r.Diff)
			for i := range r.Reasons {
				r.Reasons[i] = gate.RedactText(r.Reasons[i])
			}
			into.Cases = append(into.Cases, r)
		}
	}
	return nil
}
