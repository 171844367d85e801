package rego

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"

	"github.com/agnivade/levenshtein"
	"github.com/open-policy-agent/opa/v1/ast"
)

// checkMetadata refuses metadata that OPA would drop or attach to something
// else, and metadata that is not of the contract's form.
func checkMetadata(m *module) []error {
	var errs []error
	_, isPolicy := policyName(m.path)
	inBlock := map[int]bool{}
	hasPackageBlock := false
	for i, c := range m.ast.Comments {
		if !ast.IsMetadataComment(c) {
			continue
		}
		b := &block{m: m, row: c.Location.Row}
		for n := i + 1; n < len(m.ast.Comments); n++ {
			next := m.ast.Comments[n]
			if next.Location.Col != 1 || next.Location.Row != c.Location.Row+n-i || ast.IsMetadataComment(next) {
				break
			}
			b.body = append(append(b.body, bytes.TrimPrefix(next.Text, []byte(" "))...), '\n')
			inBlock[next.Location.Row] = true
		}
		inBlock[b.row] = true
		if string(bytes.TrimRight(c.Text, " \t\r")) != " METADATA" {
			errs = append(errs, m.fault("metadata-marker", c.Location, "write # METADATA and nothing else on the line", "metadata: the block does not begin with # METADATA"))
		}
		switch {
		case b.row > m.ast.Package.Location.Row:
			b.of = ofRule
		case isPolicy:
			hasPackageBlock = true
		default:
			b.of = ofPackage
		}
		errs = append(errs, b.check()...)
	}
	errs = append(errs, lostComments(m, inBlock)...)
	if isPolicy && !hasPackageBlock {
		errs = append(errs, belowPackage(m)...)
	}
	return errs
}

// belowPackage refuses a block that was meant for the package and stands at a
// rule that denies. A block that says `scope: rule` is meant for the rule.
func belowPackage(m *module) []error {
	var errs []error
	for _, r := range m.ast.Rules {
		for _, a := range r.Annotations {
			explicit := bytes.Contains(a.Location.Text, []byte("\n# scope:"))
			if a.Location != nil && !explicit && collected(r.Head.Ref()) != "" {
				errs = append(errs, m.fault("metadata-misplaced", a.Location, "put the block right above package, or write `# scope: rule` into it",
					"metadata: the block stands below package, and the package has none"))
			}
		}
	}
	return errs
}

var (
	// ourKey is a line that only a block of ours would hold.
	ourKey  = regexp.MustCompile(`^[\s#]*(title|description|related_resources|custom|severity|remediation|enforcement|owasp|params)\s*:`)
	yamlKey = regexp.MustCompile(`^[\s#]*[a-z_]+\s*:`)
)

// lostComments finds comments that were meant as metadata and are none: below a
// marker that OPA does not know, or without one above package.
func lostComments(m *module, inBlock map[int]bool) []error {
	var errs []error
	reported := 0 // the row of the last comment of a group that was reported
	for i, c := range m.ast.Comments {
		row := c.Location.Row
		if inBlock[row] || !alone(m.content, c) {
			continue
		}
		followed := i+1 < len(m.ast.Comments) && m.ast.Comments[i+1].Location.Row == row+1 && yamlKey.Match(m.ast.Comments[i+1].Text)
		switch {
		case reported == row-1 && reported > 0:
			reported = row
		case followed && nearMarker(string(c.Text)):
			reported = row
			errs = append(errs, m.fault("metadata-marker", c.Location, "write # METADATA, at the start of the line", "metadata: the block is lost to OPA, which reads # METADATA"))
		case row < m.ast.Package.Location.Row && ourKey.Match(c.Text):
			reported = row
			errs = append(errs, m.fault("metadata-marker", c.Location, "write # METADATA above it, with no empty line in between", "metadata: the comment is lost to OPA, which reads what follows # METADATA"))
		}
	}
	return errs
}

// alone says whether a comment has its line for itself.
func alone(content []byte, c *ast.Comment) bool {
	if c.Location.Offset > len(content) {
		return false
	}
	before := content[:c.Location.Offset]
	return len(bytes.TrimLeft(before[bytes.LastIndexByte(before, '\n')+1:], " \t")) == 0
}

// nearMarker says whether a comment is METADATA but for case, signs and a slip.
func nearMarker(text string) bool {
	if len(text) > 40 {
		return false
	}
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
	return levenshtein.ComputeDistance(letters, "metadata") <= 2
}
