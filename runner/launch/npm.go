package launch

import (
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
)

var (
	npmName     = regexp.MustCompile(`^(?:@[A-Za-z0-9~_.-]+/)?[A-Za-z0-9~_.-]+$`)
	npmProtocol = regexp.MustCompile(`^(?:git[+])?[A-Za-z]+:`)
	scpGit      = regexp.MustCompile(`^(?:[^@/:]+@)([^:/]+\.[^:/]+):([^#]+)(?:#(.*))?$`)
	npmExact    = regexp.MustCompile(`^[v=\s]*([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)(?:\+[0-9A-Za-z.-]+)?$`)
	archive     = regexp.MustCompile(`(?i)[.](?:tgz|tar\.gz|tar)$`)
	// forges are the shortcuts of npm for repositories.
	forges = map[string]string{"github:": "https://github.com/", "gitlab:": "https://gitlab.com/", "bitbucket:": "https://bitbucket.org/", "gist:": "https://gist.github.com/"}
)

// npmPackage reads what npm, pnpm, yarn and bun take for a package.
func npmPackage(s string) (p Package, why string) {
	const odd = "a package that cannot be read"
	at := strings.IndexByte(s[min(1, len(s)):], '@') + 1
	name := s
	if at > 0 {
		name = s[:at]
	}
	switch {
	case s == "":
		return Package{}, "no package"
	case isLocal(s), npmProtocol.MatchString(s), scpGit.MatchString(s), !strings.HasPrefix(name, "@") && strings.ContainsAny(name, `/\`), archive.MatchString(name):
		return npmSource(s)
	case !npmName.MatchString(name) || strings.Trim(name, ".") == "":
		return Package{}, odd
	case at == 0:
		return Package{Ecosystem: "npm", Name: name}, ""
	}
	spec := s[at+1:]
	if rest, ok := cutPrefixFold(spec, "npm:"); ok {
		if _, exact := npmVersion(rest); exact {
			return Package{Ecosystem: "npm", Name: name}, "a version behind npm:, which package runners read differently"
		}
		return npmPackage(rest)
	}
	if isLocal(spec) || npmProtocol.MatchString(spec) || scpGit.MatchString(spec) || strings.ContainsAny(spec, `/\`) || archive.MatchString(spec) {
		return npmSource(spec)
	}
	p = Package{Ecosystem: "npm", Name: name, Version: strings.TrimSpace(spec)}
	if version, ok := npmVersion(spec); ok {
		p.Version, p.Pinned = version, true
	}
	return p, ""
}

// npmVersion is the one version that npm reads in s.
func npmVersion(s string) (string, bool) {
	m := npmExact.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return "", false
	}
	_, err := semver.StrictNewVersion(m[1])
	return m[1], err == nil
}

// npmSource reads a package from elsewhere than a registry.
func npmSource(s string) (Package, string) {
	const odd = "a source of a package that cannot be read"
	if isLocal(s) || archive.MatchString(s) && !npmProtocol.MatchString(s) {
		return Package{Name: s}, ""
	}
	location, revision, _ := strings.Cut(s, "#")
	if m := scpGit.FindStringSubmatch(s); m != nil && !strings.Contains(location, "://") {
		location, revision = "ssh://"+m[1]+"/"+m[2], m[3]
	}
	for shortcut, prefix := range forges {
		if rest, ok := cutPrefixFold(location, shortcut); ok {
			location = prefix + rest
		}
	}
	if !npmProtocol.MatchString(location) {
		if strings.Count(location, "/") != 1 || strings.Contains(location, "@") {
			return Package{}, odd
		}
		location = forges["github:"] + location
	}
	scheme, _, ok := strings.Cut(strings.ToLower(strings.TrimPrefix(location, "git+")), "://")
	switch {
	case !ok:
		return Package{}, odd
	case scheme != "https" && scheme != "http" && scheme != "ssh" && scheme != "git":
		return Package{}, "a source of a package that is not known"
	}
	name, ok := sourceURL(location)
	if !ok {
		return Package{}, odd
	}
	if strings.ContainsAny(revision, ":&") {
		return Package{Name: name, Version: revision}, "" // semver:, path: and the like
	}
	return Package{Name: name, Version: revision, Pinned: pinnedCommit(revision)}, ""
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
