package library

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Profile is a choice among the policies of the library.
type Profile struct {
	Name, Title, Description string
	// Extends is the profile that this one takes over and changes, or "".
	Extends string
	// Policies are those that it takes, sorted by name.
	Policies []Policy
}

// Policy is one policy as a profile takes it.
type Policy struct {
	Name, Title string
	// Level is deny, warn or audit.
	Level string
	// Params are all its params, and Schema is their JSON Schema; nil where it
	// takes none.
	Params, Schema map[string]any
	// Files are its Rego file, and that of its tests.
	Files []File
}

// Policy returns the policy of that name, and whether the profile takes it.
func (p Profile) Policy(name string) (Policy, bool) {
	i, ok := slices.BinarySearchFunc(p.Policies, name, func(policy Policy, name string) int { return strings.Compare(policy.Name, name) })
	if !ok {
		return Policy{}, false
	}
	return p.Policies[i], true
}

// Covers reports whether p blocks all that other blocks: each policy of other is
// in p, at no lower a level and with equal params. Other params may block more,
// but nothing says so: they do not count.
func (p Profile) Covers(other Profile) bool {
	for _, theirs := range other.Policies {
		ours, ok := p.Policy(theirs.Name)
		if !ok || slices.Index(levels, ours.Level) < slices.Index(levels, theirs.Level) {
			return false
		}
		if theirs.Level == "deny" && !reflect.DeepEqual(ours.Params, theirs.Params) {
			return false
		}
	}
	return true
}

// levels are those of the contract, the one that blocks last.
var levels = []string{"audit", "warn", "deny"}

// profileFile is a file profiles/NAME.yaml.
type profileFile struct {
	Title       string `yaml:"title"`
	Description string `yaml:"description"`
	// Extends is the profile whose policies, levels and params hold where this
	// one says nothing else.
	Extends string `yaml:"extends"`
	// Policies are names, "area.*" or "*".
	Policies []string `yaml:"policies"`
	// Levels are by the name of a policy, "area.*" or "*", of which the nearest
	// counts. Any of them outdoes those of the profile that it extends.
	Levels map[string]string `yaml:"levels"`
	// Params are those that are not the default of the policy's schema.
	Params map[string]map[string]any `yaml:"params"`
}

// readProfile reads a profile of a library with all that it extends.
func readProfile(library fs.FS, name string) (Profile, error) {
	taken, err := patterns(library, name)
	if err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	all, err := readPolicies(library, func(policy string) bool {
		return slices.ContainsFunc(taken, func(pattern string) bool { return matches(pattern, policy) })
	})
	if err != nil {
		return Profile{}, err
	}
	p, err := resolve(library, all, name, nil)
	if err != nil {
		return Profile{}, fmt.Errorf("profile %s: %w", name, err)
	}
	return p, nil
}

// patterns are those of a profile's policies, and of the profiles that it extends.
func patterns(library fs.FS, name string) ([]string, error) {
	var all []string
	for seen := map[string]bool{}; name != "" && !seen[name]; { // resolve refuses what goes round
		seen[name] = true
		f, err := readProfileFile(library, name)
		if err != nil && len(seen) > 1 {
			err = fmt.Errorf("extends %s: %w", name, err)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, f.Policies...)
		name = f.Extends
	}
	return all, nil
}

// resolve reads a profile; below are those that extend it.
func resolve(library fs.FS, all []Policy, name string, below []string) (Profile, error) {
	if slices.Contains(below, name) {
		return Profile{}, fmt.Errorf("it extends itself through %s", strings.Join(below, ", "))
	}
	f, err := readProfileFile(library, name)
	if err != nil {
		return Profile{}, err
	}
	var p Profile
	if f.Extends != "" {
		if p, err = resolve(library, all, f.Extends, append(below, name)); err != nil {
			return Profile{}, fmt.Errorf("extends %s: %w", f.Extends, err)
		}
	}
	p.Name, p.Title, p.Description, p.Extends = name, f.Title, strings.TrimSpace(f.Description), f.Extends
	return p, errors.Join(p.take(f, all), p.setLevels(f), p.setParams(f))
}

func readProfileFile(library fs.FS, name string) (profileFile, error) {
	var f profileFile
	text, err := fs.ReadFile(library, path.Join("profiles", name+".yaml"))
	if err != nil {
		return f, err
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return f, err
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return f, errors.New("there is more than one YAML document")
	}
	return f, nil
}

// take adds the policies that f names.
func (p *Profile) take(f profileFile, all []Policy) error {
	var errs []error
	for _, pattern := range f.Policies {
		matched := false
		for _, policy := range all {
			if !matches(pattern, policy.Name) {
				continue
			}
			matched = true
			if _, ok := p.Policy(policy.Name); !ok {
				policy.Params = maps.Clone(policy.Params)
				p.Policies = append(p.Policies, policy)
				slices.SortFunc(p.Policies, byName)
			}
		}
		if !matched {
			errs = append(errs, fmt.Errorf("policies: there is no policy %s", pattern))
		}
	}
	return errors.Join(errs...)
}

func byName(a, b Policy) int { return strings.Compare(a.Name, b.Name) }

// setLevels gives the policies the levels of f. Where it has none for a policy,
// that stays as what f extends has it, or else as its metadata has it.
func (p *Profile) setLevels(f profileFile) error {
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(f.Levels)) {
		if !slices.Contains(levels, f.Levels[key]) {
			errs = append(errs, fmt.Errorf("levels: %s: %q is no level: want %s", key, f.Levels[key], oneOf(levels)))
		}
		if !slices.ContainsFunc(p.Policies, func(policy Policy) bool { return matches(key, policy.Name) }) {
			errs = append(errs, fmt.Errorf("levels: there is no policy %s in the profile", key))
		}
	}
	for i, policy := range p.Policies {
		nearest := ""
		for key, level := range f.Levels {
			if matches(key, policy.Name) && len(key) > len(nearest) {
				nearest, p.Policies[i].Level = key, level
			}
		}
	}
	return errors.Join(errs...)
}

// setParams puts the params of f in place of those that the policies have.
func (p *Profile) setParams(f profileFile) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(f.Params)) {
		policy, ok := p.Policy(name)
		if !ok {
			errs = append(errs, fmt.Errorf("params: there is no policy %s in the profile", name))
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(f.Params[name])) {
			if _, known := policy.Params[key]; !known {
				errs = append(errs, fmt.Errorf("params: %s takes no %s", name, key))
				continue
			}
			policy.Params[key] = f.Params[name][key]
		}
	}
	return errors.Join(errs...)
}

// matches reports whether a pattern, which is a name, "area.*" or "*", means the
// policy of that name.
func matches(pattern, name string) bool {
	prefix, ok := strings.CutSuffix(pattern, "*")
	if ok && (prefix == "" || strings.HasSuffix(prefix, ".")) {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
