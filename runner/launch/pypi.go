package launch

import (
	"regexp"
	"strings"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

var (
	pypiName     = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\s*\[[A-Za-z0-9._,\s-]*\])?\s*(.*)$`)
	pypiRun      = regexp.MustCompile(`[-_.]+`)
	pypiExact    = regexp.MustCompile(`^={2,3}\s*([0-9A-Za-z.!+_-]+)$`)
	pypiArchives = regexp.MustCompile(`(?i)\.(?:whl|tar\.gz|zip|tar\.bz2|tgz)$`)
	anyScheme    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
)

// pypiPackage reads a requirement as pip and uv do: NAME[EXTRAS] with a
// version, NAME @ URL, a URL, or a path. Where at is set, NAME@VERSION is one
// too, and NAME@latest.
func pypiPackage(s string, at bool) (p Package, why string) {
	const odd = "a package that cannot be read"
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return Package{}, "no package"
	case strings.ContainsAny(s, "\n\r;#") && !anyScheme.MatchString(strings.TrimPrefix(s, "git+")):
		if name, url, ok := strings.Cut(s, "@"); !ok || strings.ContainsAny(name, ";#") || strings.ContainsAny(url, ";\n\r") {
			return Package{}, odd // markers say when a package is not installed
		}
	case isLocal(s), pypiArchives.MatchString(s) && !anyScheme.MatchString(s) && !strings.Contains(s, "@"):
		return Package{Name: s}, ""
	}
	if anyScheme.MatchString(s) {
		return pypiSource(s)
	}
	m := pypiName.FindStringSubmatch(s)
	if m == nil {
		return Package{}, odd
	}
	p = Package{Ecosystem: "pypi", Name: strings.ToLower(pypiRun.ReplaceAllString(m[1], "-"))}
	rest := m[2]
	if target, ok := strings.CutPrefix(rest, "@"); ok {
		target = strings.TrimSpace(target)
		switch {
		case anyScheme.MatchString(target):
			return pypiSource(target)
		case isLocal(target):
			return Package{Name: target}, ""
		case !at:
			return Package{}, odd
		case strings.ContainsAny(target, " \t,=<>~!*"):
			p.Version = target
			return p, odd
		}
		p.Version = target
		_, err := pep440.Parse(target)
		p.Pinned = err == nil
		return p, ""
	}
	if rest == "" {
		return p, ""
	}
	rest = strings.TrimSuffix(strings.TrimPrefix(rest, "("), ")")
	if !strings.ContainsAny(rest[:min(1, len(rest))], "=<>~!") {
		return p, odd
	}
	p.Version = rest
	if m := pypiExact.FindStringSubmatch(rest); m != nil {
		if _, err := pep440.Parse(m[1]); err == nil {
			p.Version, p.Pinned = m[1], true
		}
	}
	return p, ""
}

// pypiSource reads the URL of a package: a repository, with its revision behind
// an @, or an archive.
func pypiSource(s string) (Package, string) {
	const odd = "a source of a package that cannot be read"
	location, fragment, _ := strings.Cut(s, "#")
	if isLocal(location) {
		return Package{Name: location}, ""
	}
	revision := ""
	if strings.HasPrefix(location, "git+") {
		_, rest, _ := strings.Cut(location, "://")
		if i := strings.LastIndexByte(rest, '@'); i > strings.IndexByte(rest, '/') && strings.Contains(rest, "/") {
			location, revision = location[:len(location)-len(rest)+i], rest[i+1:]
		}
		if scheme, _, _ := strings.Cut(location, "://"); scheme != "git+https" && scheme != "git+http" && scheme != "git+ssh" && scheme != "git+git" {
			return Package{}, "a source of a package that is not known"
		}
	} else if scheme, _, _ := strings.Cut(strings.ToLower(location), "://"); scheme != "https" && scheme != "http" {
		return Package{}, "a source of a package that is not known"
	}
	name, ok := sourceURL(location)
	if !ok {
		return Package{}, odd
	}
	for _, part := range strings.Split(fragment, "&") {
		if key, value, _ := strings.Cut(part, "="); key == "subdirectory" {
			name += "#subdirectory=" + value
		}
	}
	return Package{Name: name, Version: revision, Pinned: pinnedCommit(revision)}, ""
}
