package launch

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

var fullCommit = regexp.MustCompile(`^[0-9a-f]{40}$|^[0-9a-f]{64}$`)

// pinnedCommit reports whether a revision names one commit for ever.
func pinnedCommit(revision string) bool { return fullCommit.MatchString(strings.ToLower(revision)) }

// foldedHosts are forges whose paths do not tell upper from lower case.
var foldedHosts = wordSet("github.com gitlab.com bitbucket.org gist.github.com codeberg.org")

// sourceURL is the canonical form of a URL or repository from which a package
// comes: no git+, no login, no .git, lower case where that makes no difference.
// What could be read in two ways gives no name.
func sourceURL(s string) (name string, ok bool) {
	s = strings.TrimPrefix(s, "git+")
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return "", false
	}
	if strings.ContainsAny(s, "%\\ \t\r\n") || strings.Contains(u.Path, "//") || u.Path != "" && path.Clean(u.Path) != strings.TrimSuffix(u.Path, "/") && u.Path != "/" {
		return "", false
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, c := range host {
		if c >= 0x80 {
			return "", false
		}
	}
	if port := u.Port(); port != "" && !(scheme == "https" && port == "443" || scheme == "http" && port == "80" || scheme == "ssh" && port == "22") {
		host += ":" + port
	}
	p := strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git")
	if foldedHosts[host] { // owner and repository, but not what is below
		end := len(p)
		for i, slashes := 0, 0; i < len(p); i++ {
			if p[i] == '/' {
				slashes++
			}
			if slashes == 3 {
				end = i
				break
			}
		}
		p = strings.ToLower(p[:end]) + p[end:]
	}
	name = scheme + "://" + host + p
	if u.RawQuery != "" {
		name += "?" + u.RawQuery
	}
	return name, true
}

// lastSegment is the name that a repository or path goes by.
func lastSegment(name string) string {
	name, _, _ = strings.Cut(name, "#")
	name, _, _ = strings.Cut(name, "?")
	return name[strings.LastIndexByte(name, '/')+1:]
}

// isLocal reports whether a package specification is a path.
func isLocal(s string) bool {
	lower := strings.ToLower(s)
	return s == "." || s == ".." || strings.HasPrefix(s, "./") || strings.HasPrefix(s, "../") || strings.HasPrefix(s, "/") ||
		strings.HasPrefix(s, "~") || strings.HasPrefix(s, `.\`) || strings.HasPrefix(s, `..\`) || strings.HasPrefix(s, `\`) ||
		drivePath.MatchString(s) || strings.HasPrefix(lower, "file:")
}

// provides reports whether a program of this name can be taken for one that the
// package installs: programs are looked for on the whole PATH where a package
// has none of the name. So the name must be the package's, hold it, or be at
// least two words of it.
func provides(pkg Package, program string) bool {
	name := pkg.Name
	if pkg.Ecosystem == "" || pkg.Ecosystem == "npm" {
		name = lastSegment(name)
	}
	want, have := nameWords(commandName(program)), nameWords(name)
	switch {
	case len(want) == 0 || len(have) == 0 || strings.ContainsAny(program, `/\:`):
		return false
	case strings.Contains("-"+strings.Join(want, "-")+"-", "-"+strings.Join(have, "-")+"-"):
		return true
	}
	return len(want) > 1 && strings.Contains("-"+strings.Join(have, "-")+"-", "-"+strings.Join(want, "-")+"-")
}

func nameWords(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(c rune) bool { return strings.ContainsRune("-_.@", c) })
}
