package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

func newPolicyCheckCommand(a *app) *cobra.Command {
	var output, failLevel string
	var allowBuiltins []string
	cmd := &cobra.Command{
		Use:   "check DIR...",
		Short: "Find what is wrong with policies before a server is denied for it",
		Long: `check holds each DIR against the policy contract: what does not load, each with
its place and what to write instead, and what loads and may not do what its
author means. In a policy repository it also says where .mcp/ and schemas/ are
not those of this mcp-runner.

Files are named as seen from the working directory. The forms of output are:

  pretty  for a person
  json    {"errors": 0, "warnings": 0, "sources": [{"dir", "findings", "policies"}]};
          a finding has rule, severity (error or warning), file, row, col, policy,
          msg, text and fix; policies are as in 'mcp-runner policy list -o json',
          and there are none where the source does not load
  sarif   SARIF 2.1.0, for code scanning
  github  workflow commands, which annotate the lines of a pull request

The exit code is 0 where there is no error, else 1. With --fail-level warning it
is 1 where there is a warning, too.`,
		Example: `  mcp-runner policy check ./mcp-policies
  mcp-runner policy check -o github --fail-level warning ./mcp-policies`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.policyCheck(cmd.Context(), args, output, failLevel, allowBuiltins)
		},
	}
	allowBuiltinFlag(cmd, &allowBuiltins)
	outputFlag(cmd, &output, "form of the findings", "pretty", "json", "sarif", "github")
	cmd.Flags().StringVar(&failLevel, "fail-level", rego.FindingError, "the least severe `level` that fails: error or warning")
	noFileCompletion(cmd, "fail-level", rego.FindingError, rego.FindingWarning)
	return cmd
}

// checkedSource is what check found in one directory.
type checkedSource struct {
	Dir      string            `json:"dir"`
	Findings []rego.Finding    `json:"findings"`
	Policies []rego.PolicyInfo `json:"policies"`
}

func (a *app) policyCheck(ctx context.Context, dirs []string, output, failLevel string, allowBuiltins []string) error {
	if err := checkOutput(output, "pretty", "json", "sarif", "github"); err != nil {
		return err
	}
	if failLevel != rego.FindingError && failLevel != rego.FindingWarning {
		return usagef("--fail-level %q: want error or warning", failLevel)
	}
	var sources []checkedSource
	for _, dir := range dirs {
		source, err := checkSource(ctx, dir, allowBuiltins)
		if err != nil {
			return err
		}
		sources = append(sources, source)
	}
	if err := a.printFindings(output, sources); err != nil {
		return err
	}
	errs, warnings := countFindings(sources)
	switch {
	case errs > 0:
		return &shownError{fmt.Errorf("the policies have %s", count(errs, "error"))}
	case warnings > 0 && failLevel == rego.FindingWarning:
		return &shownError{fmt.Errorf("the policies have %s", count(warnings, "warning"))}
	}
	return nil
}

func checkSource(ctx context.Context, dir string, allowBuiltins []string) (checkedSource, error) {
	repo, err := openRepository(dir)
	if err != nil {
		return checkedSource{}, err
	}
	report, err := rego.Check(ctx, repo.load(allowBuiltins))
	if err != nil {
		return checkedSource{}, err
	}
	vendored, err := repo.vendoredFindings()
	if err != nil {
		return checkedSource{}, err
	}
	findings := append(repo.located(report.Findings), located(repo.root, vendored)...)
	sortFindings(findings)
	return checkedSource{Dir: dir, Findings: findings, Policies: report.Policies}, nil
}

// located returns findings of the source with files as the reader names them.
func (r repository) located(findings []rego.Finding) []rego.Finding {
	return located(r.policy, findings)
}

// located returns findings with the files below dir as they are named from the
// working directory, with slashes. What they quote has no secret in it.
func located(dir string, findings []rego.Finding) []rego.Finding {
	out := make([]rego.Finding, len(findings))
	for i, f := range findings {
		if f.File != "" {
			f.File = fromHere(filepath.Join(dir, filepath.FromSlash(f.File)))
		}
		f.Msg, f.Text, f.Fix = gate.RedactText(f.Msg), gate.RedactText(f.Text), gate.RedactText(f.Fix)
		out[i] = f
	}
	return out
}

// fromHere is a path as seen from the working directory where it lies below
// that, with slashes.
func fromHere(path string) string {
	if filepath.IsAbs(path) {
		// Where there is no working directory the path stays as it is.
		if here, err := os.Getwd(); err == nil {
			if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
				path = rel
			}
		}
	}
	return filepath.ToSlash(filepath.Clean(path))
}

func sortFindings(findings []rego.Finding) {
	slices.SortStableFunc(findings, func(a, b rego.Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Msg, b.Msg))
	})
}

func countFindings(sources []checkedSource) (errs, warnings int) {
	for _, s := range sources {
		for _, f := range s.Findings {
			if f.Severity == rego.FindingWarning {
				warnings++
			} else {
				errs++ // what is of no known severity is no less
			}
		}
	}
	return errs, warnings
}

func (a *app) printFindings(output string, sources []checkedSource) error {
	switch output {
	case "json":
		errs, warnings := countFindings(sources)
		return a.printJSON(struct {
			Errors   int             `json:"errors"`
			Warnings int             `json:"warnings"`
			Sources  []checkedSource `json:"sources"`
		}{errs, warnings, sources})
	case "sarif":
		return a.printJSON(sarifOfFindings(sources))
	case "github":
		return printAnnotations(a.stdout, sources)
	case "pretty":
		p := newPrinter(a.stdout)
		p.findings(sources)
		return p.Err()
	default:
		return errors.New("no such form of output: " + output)
	}
}

// count is a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "policy" {
		return fmt.Sprintf("%d policies", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
