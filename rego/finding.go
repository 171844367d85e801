package rego

import (
	"errors"
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Severities of a finding.
const (
	FindingError   = "error"   // the source does not load, or does not do what its author means
	FindingWarning = "warning" // it may not do what its author means
)

// unreadRule is that of a source that could not be read to its end.
const unreadRule = "unread"

// Finding is one thing that is wrong with a source, at its place. It is an
// error too, whose text is for one line.
type Finding struct {
	// Rule names what was checked, in lower case with dashes: deny-not-a-set.
	Rule string `json:"rule"`
	// Severity is FindingError or FindingWarning.
	Severity string `json:"severity"`
	// File is the path below the source; a member of an archive stands below the
	// archive's name. It is "" where the finding is of no one file.
	File string `json:"file"`
	// Row and Col are the place in File, from 1; 0 where it is not known.
	Row int `json:"row"`
	Col int `json:"col"`
	// Policy is the name of the policy concerned, or "".
	Policy string `json:"policy"`
	// Msg says what is wrong, in one sentence without the place.
	Msg string `json:"msg"`
	// Text is the offending text as it stands in the file, or "".
	Text string `json:"text"`
	// Fix is what to write instead, or "".
	Fix string `json:"fix"`
}

// Error is the place, the message and the fix in one line.
func (f *Finding) Error() string {
	text := f.Msg
	if f.Fix != "" {
		text += ": " + f.Fix
	}
	switch {
	case f.File == "":
		return text
	case f.Row == 0:
		return fmt.Sprintf("%s: %s", f.File, text)
	default:
		return fmt.Sprintf("%s:%d: %s", f.File, f.Row, text)
	}
}

// Findings lists what an error of [Load] is made of, sorted by place. What has
// no place of its own is a finding without a file.
func Findings(err error) []Finding {
	var found []Finding
	var walk func(error)
	walk = func(err error) {
		switch e := err.(type) {
		case nil:
		case *Finding:
			found = append(found, *e)
		case *ast.Error:
			f := Finding{Rule: e.Code, Severity: FindingError, Msg: e.Message}
			if e.Location != nil {
				f.File, f.Row, f.Col, f.Text = e.Location.File, e.Location.Row, e.Location.Col, string(e.Location.Text)
			}
			found = append(found, f)
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				walk(err)
			}
		default:
			// A step that only says where it happened is left out.
			if _, ok := errors.AsType[*Finding](err); ok || hasList(err) {
				walk(errors.Unwrap(err))
				return
			}
			found = append(found, Finding{Rule: unreadRule, Severity: FindingError, Msg: err.Error()})
		}
	}
	walk(err)
	slices.SortStableFunc(found, comparePlaces)
	return found
}

// hasList says whether a list of errors stands somewhere behind err.
func hasList(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if _, ok := err.(interface{ Unwrap() []error }); ok {
			return true
		}
	}
	return false
}
