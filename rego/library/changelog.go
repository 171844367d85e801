package library

import (
	"strings"

	"golang.org/x/mod/semver"
)

// Release is one version of the library in the changelog.
type Release struct {
	Version string
	// Released says that it has been published: what it holds does not change any
	// more.
	Released bool
	// Text says what it changed, in Markdown.
	Text string
}

// Releases are what CHANGELOG.md lists, the newest first.
func Releases() []Release { return releases(Changelog()) }

// Since returns the releases after a version, the newest first.
func Since(version string) []Release {
	var later []Release
	for _, r := range Releases() {
		if semver.Compare("v"+r.Version, "v"+version) > 0 {
			later = append(later, r)
		}
	}
	return later
}

// releases reads a changelog, whose headings are `## 1.2.3 (2026-01-31)` or
// `## 1.2.3 (unreleased)`.
func releases(changelog string) []Release {
	var all []Release
	for _, section := range strings.Split("\n"+changelog, "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		version, date, _ := strings.Cut(heading, " ")
		all = append(all, Release{Version: version, Released: date != "(unreleased)", Text: strings.TrimSpace(text)})
	}
	return all
}
