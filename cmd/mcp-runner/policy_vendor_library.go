package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/mcp-runner/mcp-runner/rego/scaffold"
)

// renewal is what becomes of the policies of the library in a repository.
type renewal struct {
	profile library.Profile
	drift   scaffold.LibraryDrift
}

// renewLibrary says what is to be done in the repository in fsys so that it has
// the policies of a profile, or, where none is named, of the one that it has: no
// renewal where it has none. An error is that nothing may be done.
func renewLibrary(fsys fs.FS, profile string) (renewal, error) {
	record, ok, err := scaffold.ReadRecord(fsys)
	switch {
	case profile != "":
	case err != nil:
		return renewal{}, fmt.Errorf("%w: restore it, or name the profile with --profile", err)
	case !ok:
		return renewal{}, nil
	}
	var r renewal
	if r.profile, err = library.Lookup(cmp.Or(profile, record.Profile)); err != nil {
		return renewal{}, fmt.Errorf("%s: %w: name one with --profile", scaffold.RecordName, err)
	}
	if ok && newer(record.Version) {
		return renewal{}, fmt.Errorf("%s is version %s of the library, and this mcp-runner has %s: renew mcp-runner first", scaffold.LibraryDir, record.Version, library.Version)
	}
	if r.drift, err = scaffold.DriftOfLibrary(fsys, r.profile); err != nil {
		return renewal{}, err
	}
	if len(r.drift.Foreign) > 0 {
		return renewal{}, fmt.Errorf("%s is for mcp-runner alone, and nothing says that it wrote these: move them away, beside %s where they are policies of yours\n\t%s",
			scaffold.LibraryDir, scaffold.LibraryDir, strings.Join(r.drift.Foreign, "\n\t"))
	}
	return r, nil
}

// newer reports whether a version of the library is later than this program's.
func newer(version string) bool {
	return semver.Compare("v"+version, "v"+library.Version) > 0
}

// libraryFindings says where the policies of the library in a repository are not
// those that this mcp-runner would write.
func libraryFindings(fsys fs.FS, dir string) ([]rego.Finding, error) {
	record, ok, err := scaffold.ReadRecord(fsys)
	if err == nil && !ok {
		return nil, nil
	}
	var found []rego.Finding
	warn := func(file, fix, format string, args ...any) {
		found = append(found, rego.Finding{Rule: "vendored", Severity: rego.FindingWarning, File: file, Msg: fmt.Sprintf(format, args...), Fix: fix})
	}
	renew := "run mcp-runner policy vendor " + dir
	if err != nil {
		warn(scaffold.RecordName, "restore it, or run mcp-runner policy vendor --profile NAME "+dir, "nobody can read what the library is: %s", err)
		return found, nil
	}
	profile, err := library.Lookup(record.Profile)
	if err != nil {
		warn(scaffold.RecordName, "renew mcp-runner, or run mcp-runner policy vendor --profile NAME "+dir, "%s", err)
		return found, nil
	}
	drift, err := scaffold.DriftOfLibrary(fsys, profile)
	if err != nil {
		return nil, err
	}
	for _, name := range drift.Foreign {
		warn(name, "move it out of "+scaffold.LibraryDir, "%s is no file of the library", name)
	}
	switch {
	case len(drift.Edited) > 0:
		warn(scaffold.RecordName, "put it into policy/data.yaml or a policy of your own, and "+renew, "the library was changed by hand: %s", strings.Join(drift.Edited, ", "))
	case newer(record.Version):
		warn(scaffold.RecordName, "renew mcp-runner", "the library is version %s, and this mcp-runner has %s", record.Version, library.Version)
	case drift.Any() && record.Version != library.Version:
		warn(scaffold.RecordName, renew, "the library is version %s, and there is %s", record.Version, library.Version)
	case drift.Any():
		warn(scaffold.RecordName, renew, "the library is not profile %s as version %s has it", record.Profile, record.Version)
	}
	return found, nil
}

// renewed says what the policies want of the settings that they got.
func (p *printer) renewed(ctx context.Context, repo repository, r renewal) error {
	was := "profile " + r.profile.Name
	if old := r.drift.Record; old.Version != "" && (old.Version != library.Version || old.Profile != r.profile.Name) {
		was += fmt.Sprintf(", where profile %s of version %s was", show.Clean(old.Profile), show.Clean(old.Version))
	}
	p.Printf("\n%s is version %s of the library, %s\n", scaffold.LibraryDir, library.Version, was)
	if r.drift.Record.Version != "" {
		for _, release := range library.Since(r.drift.Record.Version) {
			p.Printf("\nwhat %s changed:\n%s\n", release.Version, release.Text)
		}
	}
	settings, policies, err := rego.ReadSettings(ctx, repo.load(nil))
	if err != nil {
		return fmt.Errorf("what is to be changed in the settings is not known, because they cannot be read: %w", err)
	}
	if r.drift.Record.Version != "" {
		p.newPolicies(r, settings)
		p.otherLevels(r, settings)
	}
	if err := p.lackingParams(r.profile, settings); err != nil {
		return err
	}
	p.gone(r.profile, settings, policies)
	return p.Err()
}

// newPolicies lists the policies that the repository did not have, for which the
// settings have no level of their own.
func (p *printer) newPolicies(r renewal, settings rego.Settings) {
	var lines []string
	for _, policy := range r.profile.Policies {
		_, had := r.drift.Record.Files[scaffold.LibraryDir+"/"+policy.Files[0].Name]
		if _, set := settings.Enforcement[policy.Name]; !had && !set {
			lines = append(lines, fmt.Sprintf("      %s: %s # %s\n", policy.Name, policy.Level, policy.Title))
		}
	}
	if len(lines) > 0 {
		p.Printf("\nnew policies, which policy/data.yaml gives no level of their own; the profile has, below enforcement:\n%s", strings.Join(lines, ""))
	}
}

// otherLevels lists the policies that stay at a level which is not that of the
// profile, where the repository had another one: its settings go on as they are.
func (p *printer) otherLevels(r renewal, settings rego.Settings) {
	if r.drift.Record.Profile == r.profile.Name {
		return
	}
	var lines []string
	for _, policy := range r.profile.Policies {
		level, set := settings.Level(policy.Name)
		_, had := r.drift.Record.Files[scaffold.LibraryDir+"/"+policy.Files[0].Name]
		if (set || had) && cmp.Or(level, rego.LevelDeny) != policy.Level {
			lines = append(lines, fmt.Sprintf("      %s: %s # %s\n", policy.Name, policy.Level, policy.Title))
		}
	}
	if len(lines) > 0 {
		p.Printf("\npolicies that policy/data.yaml keeps at another level than the profile; the profile has, below enforcement:\n%s", strings.Join(lines, ""))
	}
}

// lackingParams shows the params that the policies want and the settings lack, as
// they are to be written.
func (p *printer) lackingParams(profile library.Profile, settings rego.Settings) error {
	var lacking []library.Policy
	for _, policy := range profile.Policies {
		given, _ := settings.Params[policy.Name].(map[string]any) // none is none given
		policy.Params = maps.Clone(policy.Params)
		maps.DeleteFunc(policy.Params, func(key string, _ any) bool { _, ok := given[key]; return ok })
		lacking = append(lacking, policy)
	}
	text, err := scaffold.Params(lacking)
	if err != nil {
		return err
	}
	if text != "" {
		p.Printf("\nparams that policy/data.yaml lacks; without them the policies do not load. The profile has, below params:\n%s", text)
	}
	return nil
}

// gone lists the settings that no policy takes any more.
func (p *printer) gone(profile library.Profile, settings rego.Settings, policies []string) {
	var lines []string
	add := func(part, name string) { lines = append(lines, fmt.Sprintf("  %s of %s\n", part, show.Clean(name))) }
	for _, key := range slices.Sorted(maps.Keys(settings.Enforcement)) {
		prefix, isPrefix := strings.CutSuffix(key, "*")
		if !slices.ContainsFunc(policies, func(name string) bool { return name == key || isPrefix && strings.HasPrefix(name, prefix) }) {
			add("enforcement", key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(settings.Params)) {
		if !slices.Contains(policies, name) {
			add("params", name)
			continue
		}
		policy, ok := profile.Policy(name)
		given, _ := settings.Params[name].(map[string]any) // what is no object is refused before
		for _, key := range slices.Sorted(maps.Keys(given)) {
			if _, known := policy.Params[key]; ok && !known {
				add("param "+show.Clean(key), name)
			}
		}
	}
	for _, w := range settings.Waivers {
		if !slices.Contains(policies, w.Policy) {
			add("a waiver", w.Policy)
		}
	}
	if len(lines) > 0 {
		p.Printf("\nsettings for what is not there any more; take them out:\n%s", strings.Join(lines, ""))
	}
}
