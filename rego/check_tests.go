package rego

import (
	"bytes"
	"regexp"

	"github.com/open-policy-agent/opa/v1/ast"
)

// checkTest refuses a test package that looks like a policy.
func checkTest(m *module) error {
	for _, r := range m.ast.Rules {
		if name := collected(r.Head.Ref()); name != "" {
			return m.fault("test-defines-deny", r.Location, "write a package that does not end in _test",
				"package %s is a test by its name, and never loaded: it defines no %s", packageText(m.path), name)
		}
	}
	return nil
}

// definesDeny is a line that may be a rule deny or warn.
var definesDeny = regexp.MustCompile(`(?m)^[ \t]*(default[ \t]+)?(deny|warn)\b`)

// checkTestFile refuses a policy that a file hides whose name says test: such
// files are never loaded. A test that does not parse keeps nothing from being
// loaded, as long as its package clause says that it is a test; [Check] reports
// it. What cannot even be told from a policy is an error.
func checkTestFile(f file) error {
	if path := clauseOf(f.content); path != nil && isTestPath(path) && !definesDeny.Match(f.content) {
		return nil
	}
	m, err := parseModule(f.name, f.content)
	if err != nil {
		if path := clauseOf(f.content); path != nil && isTestPath(path) {
			return nil
		}
		return err
	}
	return checkTestModule(m)
}

// checkTestModule holds a parsed test file to being a test.
func checkTestModule(m *module) error {
	if isTest(m) {
		return checkTest(m)
	}
	fix := "write package " + packageText(m.path) + "_test, or rename the file"
	return m.fault("test-package", m.ast.Package.Location, fix,
		"package %s is no test, and the file is never loaded: its name ends in _test.rego", packageText(m.path))
}

// clauseOf reads the package clause of a file without the rest of it, where it
// is the first thing in the file and stands on one line; else it is nil.
func clauseOf(content []byte) []string {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	for len(content) > 0 {
		line, rest, _ := bytes.Cut(content, []byte("\n"))
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0 || line[0] == '#':
			content = rest
		default:
			m := packageLine.FindSubmatch(line)
			if m == nil || goesOn(rest) {
				return nil
			}
			ref, err := ast.ParseRef("data." + string(m[1]))
			if err != nil {
				return nil
			}
			var path []string
			for _, t := range ref[1:] {
				s, ok := t.Value.(ast.String)
				if !ok {
					return nil
				}
				path = append(path, string(s))
			}
			return path
		}
	}
	return nil
}

// goesOn says whether a reference goes on in the lines below it.
func goesOn(rest []byte) bool {
	for line := range bytes.SplitSeq(rest, []byte("\n")) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return line[0] == '.' || line[0] == '['
		}
	}
	return false
}

// packageLine is a package clause that has its line for itself.
var packageLine = regexp.MustCompile(`^package[ \t]+([A-Za-z_][A-Za-z0-9_.]*)[ \t]*(#.*)?$`)
