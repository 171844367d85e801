package rego

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

// fault is a finding of a file that keeps the source from loading. The fix says
// what to write instead, or is "".
func fault(rule, file, fix, format string, args ...any) *Finding {
	return &Finding{Rule: rule, Severity: FindingError, File: file, Msg: fmt.Sprintf(format, args...), Fix: fix}
}

// fault is a finding at a place in the module.
func (m *module) fault(rule string, loc *ast.Location, fix, format string, args ...any) *Finding {
	f := fault(rule, m.name, fix, format, args...)
	f.Policy, _ = policyName(m.path)
	if loc != nil {
		f.place(m.content, loc.Row, loc.Col)
	}
	return f
}

// place notes where in the file the finding is, and what stands there.
func (f *Finding) place(content []byte, row, col int) {
	f.Row, f.Col, f.Text = row, col, lineOf(content, row)
}

// maxText bounds the text of a finding: it is for people.
const maxText = 200

// lineOf returns a line of a file, from 1, without the space around it.
func lineOf(content []byte, row int) string {
	for n := 1; ; n++ {
		line, rest, more := bytes.Cut(content, []byte("\n"))
		if n == row {
			text := strings.TrimSpace(strings.ToValidUTF8(string(line), "�"))
			if utf8.RuneCountInString(text) > maxText {
				text = string([]rune(text)[:maxText]) + "…"
			}
			return text
		}
		if !more {
			return ""
		}
		content = rest
	}
}

// errorList is all that is wrong, in the order of its places.
type errorList []error

func (l errorList) Error() string {
	lines := make([]string, len(l))
	for i, err := range l {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

func (l errorList) Unwrap() []error { return l }

// join makes one error of errs: in order, each once.
func join(errs []error) error {
	var list errorList
	seen := map[string]bool{}
	var add func(errs []error)
	add = func(errs []error) {
		for _, err := range errs {
			switch e := err.(type) {
			case nil:
			case errorList:
				add(e)
			default:
				if text := err.Error(); !seen[text] {
					seen[text] = true
					list = append(list, err)
				}
			}
		}
	}
	add(errs)
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b error) int { return comparePlaces(placed(a), placed(b)) })
	return list
}

// placed is err as a finding, for its place.
func placed(err error) Finding {
	if f, ok := err.(*Finding); ok {
		return *f
	}
	return Finding{Msg: err.Error()}
}

func comparePlaces(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Msg, b.Msg))
}

// maxErrors bounds how many errors one load reports.
const maxErrors = 20

// bounded is err with no more errors in its list than a person reads.
func bounded(err error) error {
	list, ok := err.(errorList)
	if n := len(list) - maxErrors; ok && n > 0 {
		return append(slices.Clone(list[:maxErrors]), fmt.Errorf("and %d more errors", n))
	}
	return err
}
