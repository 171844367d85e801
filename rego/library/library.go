// Package library holds the policies that ship in the program, and the profiles
// that choose among them: which policies, at which levels, with which params.
package library

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Version is that of the policies and profiles, by semantic versioning: a major
// one asks a team to change its settings, a minor one brings policies or denies
// more, a patch denies nothing that was allowed. CHANGELOG.md says what each
// changed.
const Version = "1.0.0"

// Default is the profile that applies where nobody chose another.
const Default = "starter"

// files are the policies with their tests, the profiles, the changelog, and the
// manifest of what a profile is as a bundle.
//
//go:embed .manifest CHANGELOG.md policy profiles
var files embed.FS

// File is one Rego file of the library.
type File struct {
	// Name is the path below the directory of the policies, with slashes:
	// images/registry.rego.
	Name    string
	Content []byte
}

// Names lists the profiles, the one that stops the least first, and the one that
// stops nothing last.
func Names() []string { return slices.Clone(names) }

var names = []string{Default, "recommended", "strict", "audit-only"}

// Profiles returns every profile, in the order of [Names]. The profiles ship with
// the program: one that is broken panics, and a test loads each.
func Profiles() []Profile {
	profiles := make([]Profile, len(names))
	for i, name := range names {
		p, err := Lookup(name)
		if err != nil {
			panic(err)
		}
		profiles[i] = p
	}
	return profiles
}

// Check returns an error where there is no profile of that name, which says which
// there are.
func Check(name string) error {
	if !slices.Contains(names, name) {
		return fmt.Errorf("there is no profile %q: want %s", name, oneOf(names))
	}
	return nil
}

// Lookup returns the profile of that name, and the error of Check.
func Lookup(name string) (Profile, error) {
	if err := Check(name); err != nil {
		return Profile{}, err
	}
	return readProfile(files, name)
}

// Source is a profile as a source of policies: one bundle with its settings. An
// error says that there is no such profile.
func Source(profile string) (fs.FS, error) {
	p, err := Lookup(profile)
	if err != nil {
		return nil, err
	}
	return p.source(files)
}

// Changelog is CHANGELOG.md, in Markdown.
func Changelog() string {
	text, err := files.ReadFile("CHANGELOG.md")
	if err != nil {
		panic(err) // it is embedded by its name
	}
	return string(text)
}

// oneOf is a list for a sentence: a, b or c.
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
