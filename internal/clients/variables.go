package clients

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients/tree"
)

// syntax is a set of the ways in which a value refers to a variable.
type syntax uint

const (
	// envColon is ${env:NAME}.
	envColon syntax = 1 << iota
	// braces are ${NAME} and ${NAME:-default}.
	braces
	// dollar is $NAME.
	dollar
	// percent is %NAME%, on Windows.
	percent
	// inputs is ${input:ID}, which VS Code asks the person for.
	inputs
	// predefined are ${userHome}, ${workspaceFolder} and the like.
	predefined
	// fileColon is ${file:PATH}, the text of a file.
	fileColon
	// doubleBraces is ${{ secrets.NAME }}.
	doubleBraces
	// envBraces are {env:NAME} and {file:PATH}.
	envBraces
)

// expanded is a value with the variables put in whose values are known.
type expanded struct {
	text string
	// unknown are the names of those that stay as they are written.
	unknown []string
	// password says that one of them is an input that is not shown.
	password bool
}

// scope is what the variables of one server mean.
type scope struct {
	syntax  syntax
	os      string
	home    string
	project string
	// file is the path of the configuration.
	file string
	// inputs are those that a file of VS Code declares, and whether each is a
	// password.
	inputs map[string]bool
}

// expand puts the known variables into s. seen gets the name of each that only
// the client knows, also where a default stands in for it.
func (sc *scope) expand(s string, seen func(name string)) expanded {
	var out expanded
	var b strings.Builder
	for i := 0; i < len(s); {
		ref, size := sc.reference(s[i:])
		if size == 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		if ref.name != "" {
			seen(ref.name)
		}
		if ref.known {
			b.WriteString(ref.value)
		} else {
			b.WriteString(s[i : i+size])
			if !slices.Contains(out.unknown, ref.name) {
				out.unknown = append(out.unknown, ref.name)
			}
			out.password = out.password || ref.password
		}
		i += size
	}
	out.text = b.String()
	return out
}

// reference is a variable in a value.
type reference struct {
	// name is that of a variable whose value only the client knows.
	name     string
	value    string
	known    bool
	password bool
}

// reference reads the one at the beginning of s; size is 0 where there is none.
func (sc *scope) reference(s string) (ref reference, size int) {
	switch s[0] {
	case '$':
		if inner, n, ok := between(s, "${{", "}}"); ok && sc.syntax&doubleBraces != 0 {
			return unknown(strings.TrimSpace(inner)), n
		}
		if inner, n, ok := between(s, "${", "}"); ok {
			if ref, ok := sc.braced(inner); ok {
				return ref, n
			}
			return reference{}, 0
		}
		if name := identifier(s[1:]); name != "" && sc.syntax&dollar != 0 {
			return sc.variable(name), 1 + len(name)
		}
	case '%':
		inner, n, ok := between(s, "%", "%")
		if ok && sc.syntax&percent != 0 && sc.os == windows && inner != "" && identifier(inner) == inner {
			return sc.variable(inner), n
		}
	case '{':
		if sc.syntax&envBraces == 0 {
			break
		}
		if inner, n, ok := between(s, "{env:", "}"); ok {
			return sc.variable(inner), n
		}
		if inner, n, ok := between(s, "{file:", "}"); ok {
			return unknown("file:" + inner), n
		}
	}
	return reference{}, 0
}

// braced reads what stands between ${ and }.
func (sc *scope) braced(inner string) (reference, bool) {
	kind, rest, colon := strings.Cut(inner, ":")
	switch {
	case colon && kind == "env" && sc.syntax&envColon != 0:
		return sc.variable(rest), true
	case colon && kind == "file" && sc.syntax&fileColon != 0:
		return unknown(inner), true
	case colon && kind == "input" && sc.syntax&inputs != 0:
		ref := unknown(rest)
		ref.password = sc.inputs[rest]
		return ref, true
	}
	if sc.syntax&predefined != 0 {
		if ref, ok := sc.predefined(inner); ok {
			return ref, true
		}
	}
	if sc.syntax&braces == 0 {
		return reference{}, false
	}
	name, value, hasDefault := strings.Cut(inner, ":-")
	if name == "" || identifier(name) != name {
		return reference{}, false
	}
	ref := sc.variable(name)
	if hasDefault && !ref.known {
		// The name stays: where the client's environment has the variable, its value
		// counts and not the default.
		ref.value, ref.known = value, true
	}
	return ref, true
}

// predefined are the variables of VS Code, and those of Gemini's extensions and
// Claude Code's projects.
func (sc *scope) predefined(name string) (reference, bool) {
	folder, _, _ := strings.Cut(name, ":") // ${workspaceFolder:NAME} where there are several
	switch folder {
	case "userHome":
		return orUnknown(sc.home, name), true
	case "workspaceFolder", "workspaceRoot", "workspacePath", "CLAUDE_PROJECT_DIR":
		return orUnknown(sc.project, name), true
	case "workspaceFolderBasename":
		if sc.project == "" {
			return unknown(name), true
		}
		return reference{value: filepath.Base(sc.project), known: true}, true
	case "extensionPath":
		return orUnknown(filepath.Dir(sc.file), name), true
	case "pathSeparator", "/":
		if sc.os == windows {
			return reference{value: `\`, known: true}, true
		}
		return reference{value: "/", known: true}, true
	case "command", "config", "localEnv", "containerEnv", "execPath", "cwd":
		return unknown(name), true
	}
	return reference{}, false
}

// variable is one of the client's environment. Only the home directory and that
// of the project are known: any other may be a secret, which must not get into
// what is shown.
func (sc *scope) variable(name string) reference {
	if name == "HOME" || sc.os == windows && strings.EqualFold(name, "USERPROFILE") {
		return orUnknown(sc.home, name)
	}
	if sc.os == windows && strings.EqualFold(name, "APPDATA") && sc.home != "" {
		return reference{value: sc.home + `\AppData\Roaming`, known: true}
	}
	if name == "PWD" {
		return orUnknown(sc.project, name)
	}
	return unknown(name)
}

// tilde puts the home directory in where s begins with ~.
func (sc *scope) tilde(s string) string {
	if sc.home != "" && (s == "~" || strings.HasPrefix(s, "~/") || sc.os == windows && strings.HasPrefix(s, `~\`)) {
		return sc.home + s[1:]
	}
	return s
}

// readInputs are the inputs that a file of VS Code declares.
func readInputs(root *tree.Node) map[string]bool {
	inputs := map[string]bool{}
	for _, path := range [][]string{{"inputs"}, {"mcp", "inputs"}} {
		list := root.Get(path...)
		if list == nil {
			continue
		}
		for _, input := range list.Elements {
			if id := input.Get("id"); id != nil && id.Kind == tree.String {
				password := input.Get("password")
				inputs[id.Text] = password != nil && password.Kind == tree.Bool && password.Text == "true"
			}
		}
	}
	return inputs
}

func unknown(name string) reference {
	if name == "" {
		name = "?"
	}
	return reference{name: name}
}

func orUnknown(value, name string) reference {
	if value == "" {
		return unknown(name)
	}
	return reference{value: value, known: true}
}

// between is what stands in s behind begin and before the next end, and the
// length of all three.
func between(s, begin, end string) (inner string, size int, ok bool) {
	rest, ok := strings.CutPrefix(s, begin)
	if !ok {
		return "", 0, false
	}
	inner, _, ok = strings.Cut(rest, end)
	return inner, len(begin) + len(inner) + len(end), ok
}

// identifier is the name of a variable at the beginning of s, or "".
func identifier(s string) string {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return s[:i]
		}
	}
	return s
}
