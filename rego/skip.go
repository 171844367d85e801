package rego

import (
	"path"
	"slices"
	"strings"
)

// SkipReason is one reason for which an entry of a source is no part of it.
type SkipReason struct {
	// Names are the patterns of names that it holds for, as [path.Match] reads
	// them; those of files in lower case, for names in any.
	Names []string `json:"names"`
	// Directories says that directories of such a name are skipped too, with all
	// that is below them.
	Directories bool `json:"directories"`
	// Reason says what such an entry is.
	Reason string `json:"reason"`
}

// SkipReasons lists every reason for which an entry of a source is skipped. What
// is neither skipped nor policy or data is an error.
func SkipReasons() []SkipReason { return slices.Clone(skipReasons) }

var skipReasons = []SkipReason{
	{[]string{".*"}, true, "the name begins with a dot: a version control system, an editor or a ConfigMap mount keeps it"},
	{[]string{"testdata"}, true, "data for tests"},
	{[]string{"lost+found"}, true, "a file system keeps it"},
	{[]string{"*_test.rego"}, false, "tests: they are checked and never loaded"},
	{[]string{"*~", "#*#", "*.swp", "*.swo", "*.swx", "4913", "*___jb_tmp___", "*___jb_old___"}, false, "an editor left it"},
	{[]string{"*.bak", "*.orig", "*.rej", "*.tmp"}, false, "a backup, or what a tool left"},
	{[]string{"*.dpkg-*", "*.ucf-*", "*.rpmnew", "*.rpmsave", "*.rpmorig"}, false, "a package manager left it"},
	{[]string{"thumbs.db", "desktop.ini"}, false, "a file manager left it"},
	{[]string{"*.md", "*.markdown", "*.rst", "*.adoc", "readme", "readme.*"}, false, "documentation"},
	{[]string{"license", "license.*", "license-*", "licence", "licence.*", "copying", "copying.*", "notice", "notice.*", "authors", "changelog", "changelog.*"}, false, "a notice of its authors"},
	{[]string{"codeowners", "owners", "owners_aliases", "makefile"}, false, "what a repository is kept with"},
}

// dotFiles are the names with a dot that are no reason to skip a file.
var dotFiles = map[string]kind{
	".manifest": kindManifest,
}

// skipped is an entry that is no part of a source.
type skipped struct{ name, reason string }

// skippedName returns why a file or directory of this name is no part of a
// source, with all that is below it, or "".
func skippedName(base string) string {
	if _, ok := dotFiles[strings.ToLower(base)]; ok {
		return ""
	}
	return skipReason(base, true)
}

// skippedFile returns why a file of this name is no part of a source, or "".
func skippedFile(base string) string { return skipReason(strings.ToLower(base), false) }

func skipReason(base string, directories bool) string {
	for _, r := range skipReasons {
		for _, pattern := range r.Names {
			// The patterns are known to be well formed.
			if ok, _ := path.Match(pattern, base); ok && r.Directories == directories {
				return r.Reason
			}
		}
	}
	return ""
}
