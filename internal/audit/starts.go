package audit

import (
	"path"
	"strings"

	"github.com/mcp-runner/mcp-runner/gate"
)

// mostStarts is how many bytes Starts has at most.
const mostStarts = 200

// Starts says in short what a server is, from an input, which is redacted.
func Starts(s *gate.Server) string {
	text := ""
	launcher := programName(s.Source.Reference)
	switch {
	case s.Kind == gate.KindRemote:
		text = s.Remote.URL
	case s.Kind == gate.KindContainer && s.Image.Reference != "":
		text = s.Image.Reference
		if s.Source.Scheme == "command" {
			text = launcher + " run " + text
		}
	case s.Package.Name != "":
		text = s.Package.Name
		if s.Package.Version != "" {
			text += "@" + s.Package.Version
		}
		if s.Source.Scheme != "command" {
			launcher = s.Source.Scheme
		}
		text = launcher + " " + text
	case s.Source.Scheme == "command":
		words := append([]string{shortPath(s.Source.Reference)}, s.Command.Args...)
		for i, word := range words {
			words[i] = shellWord(word)
		}
		text = strings.Join(words, " ")
	default:
		text = s.Source.Reference
	}
	return cut(oneLine(text), mostStarts)
}

// programName is the last part of a path of any system, without .exe and the like.
func programName(p string) string {
	name := path.Base(strings.ReplaceAll(p, `\`, "/"))
	for _, ending := range []string{".exe", ".cmd", ".bat"} {
		if len(name) > len(ending) && strings.EqualFold(name[len(name)-len(ending):], ending) {
			return name[:len(name)-len(ending)]
		}
	}
	return name
}

// shortPath leaves the directories of well-known programs out: the rest of the
// path is what a person would look for.
func shortPath(p string) string {
	switch path.Dir(strings.ReplaceAll(p, `\`, "/")) {
	case "/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin":
		return path.Base(p)
	}
	return p
}

// shellWord quotes a word that a shell would not take for one.
func shellWord(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\n\"'$`\\;&|()*?#") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// cut is s with at most so many bytes, on the border of a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-len("…")], "") + "…"
}
