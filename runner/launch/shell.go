package launch

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// shell reads the line of a shell: a command behind -c, or a script.
func (p parser) shell(id string, args []string) Line {
	command, rest := false, args
	for len(rest) > 0 && len(rest[0]) > 1 && (rest[0][0] == '-' || rest[0][0] == '+') {
		arg := rest[0]
		rest = rest[1:]
		if arg == "--" {
			break
		}
		if strings.HasPrefix(arg, "--") {
			switch arg {
			case "--login", "--norc", "--noprofile", "--posix":
				continue
			}
			return p.code("options of "+id+" are not read", args...)
		}
		for _, letter := range arg[1:] {
			switch letter {
			case 'c':
				command = command || arg[0] == '-'
			case 'i':
				if id != "bash" && id != "zsh" { // the others read the file that ENV names
					return p.code("options of "+id+" are not read", args...)
				}
			case 'l', 'e', 'u', 'f', 'h', 'p', 'E', 'B':
			case 'o', 'O':
				if len(rest) == 0 {
					return p.code("options of "+id+" are not read", args...)
				}
				rest = rest[1:]
			default:
				return p.code("options of "+id+" are not read", args...)
			}
		}
	}
	switch {
	case len(rest) > 0 && rest[0] == "-" && command:
		return p.code("options of "+id+" are not read", args...)
	case len(rest) == 0:
		return p.code(id+" reads commands from standard input", args...)
	case command:
		return p.commandString(id, rest[0])
	case rest[0] == "-":
		return p.code(id+" reads commands from standard input", args...)
	}
	return p.script(rest)
}

// mostScript is the longest command string that is read.
const mostScript = 1 << 16

// commandString reads what stands behind -c: a single command of plain words.
// All else is opaque, but looked through.
func (p parser) commandString(id, text string) Line {
	variant := syntax.LangPOSIX
	switch id {
	case "bash":
		variant = syntax.LangBash
	case "zsh":
		variant = syntax.LangZsh
	case "ksh", "mksh":
		variant = syntax.LangMirBSDKorn
	}
	if len(text) > mostScript || p.depth > mostDepth {
		return p.code("a shell command that is too long", text)
	}
	file, err := syntax.NewParser(syntax.Variant(variant)).Parse(strings.NewReader(text), "")
	if err != nil {
		return p.code("a shell command that cannot be parsed", text)
	}
	if len(file.Stmts) == 1 {
		if env, argv, why := simple(file.Stmts[0]); why == "" && len(argv) > 0 {
			l := p.shellCommand(argv)
			l.Env = append(env, l.Env...)
			l.Env = slices.Clip(l.Env)
			if len(l.Env) == 0 {
				l.Env = nil
			}
			return l
		} else if why != "" {
			return p.seen(file, text, why)
		}
	}
	return p.seen(file, text, "a shell command that is not one simple command")
}

// builtins are commands of shells that change what others mean, or run what
// their arguments say.
var builtins = wordSet(". source eval builtin trap alias unalias set shopt enable bind read mapfile readarray hash cd pushd popd export typeset fc umask ulimit emulate setopt zmodload autoload")

func (p parser) shellCommand(argv []string) Line {
	if builtins[argv[0]] {
		return p.code("a command of the shell itself", argv...)
	}
	return p.inner(argv)
}

// seen is an opaque line with what can be seen in a piece of shell.
func (p parser) seen(file *syntax.File, text, why string) Line {
	l := p.code(why, text)
	syntax.Walk(file, func(node syntax.Node) bool {
		stmt, ok := node.(*syntax.Stmt)
		if !ok || stmt.Cmd == nil {
			return true
		}
		call, ok := stmt.Cmd.(*syntax.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		var argv []string
		for _, word := range call.Args {
			text, why := literal(word)
			if why != "" {
				text = "" // a word that is known when the line runs
			}
			argv = append(argv, text)
		}
		l.absorb(p.shellCommand(argv))
		return true
	})
	return l
}

// simple returns the assignments and words of a command that is nothing but
// those, as the program gets them.
func simple(stmt *syntax.Stmt) (env []Variable, argv []string, why string) {
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || stmt.Negated || stmt.Background || stmt.Coprocess || stmt.Disown {
		return nil, nil, "a shell command that is not one simple command"
	}
	for _, r := range stmt.Redirs {
		target, why := "", "a redirection"
		if r.Hdoc == nil && r.Word != nil {
			target, why = literal(r.Word)
		}
		duplicates := (r.Op == syntax.DplOut || r.Op == syntax.DplIn) && strings.Trim(target, "0123456789") == ""
		if why != "" || target != "/dev/null" && !duplicates {
			return nil, nil, "a shell command that redirects to a file"
		}
	}
	for _, a := range call.Assigns {
		if a.Append || a.Naked || a.Index != nil || a.Array != nil || a.Name == nil {
			return nil, nil, "an assignment of the shell that is not read"
		}
		v := Variable{Name: a.Name.Value}
		if a.Value != nil {
			if v.Value, why = literal(a.Value); why != "" {
				return nil, nil, why
			}
		}
		env = append(env, v)
	}
	for _, word := range call.Args {
		text, why := literal(word)
		if why != "" {
			return nil, nil, why
		}
		argv = append(argv, text)
	}
	return env, argv, ""
}

// literal is the text of a word that no shell expands.
func literal(word *syntax.Word) (text, why string) {
	const expands = "a shell command with an expansion"
	var b strings.Builder
	for i, part := range word.Parts {
		switch part := part.(type) {
		case *syntax.Lit:
			s, ok := unescape(part.Value, "", i == 0)
			if !ok {
				return "", expands
			}
			b.WriteString(s)
		case *syntax.SglQuoted:
			if part.Dollar {
				return "", expands
			}
			b.WriteString(part.Value)
		case *syntax.DblQuoted:
			if part.Dollar {
				return "", expands
			}
			for _, inner := range part.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok {
					return "", expands
				}
				s, ok := unescape(lit.Value, "$`\"\\", false)
				if !ok {
					return "", expands
				}
				b.WriteString(s)
			}
		default:
			return "", expands
		}
	}
	return b.String(), ""
}

// unescape takes the backslashes from s: all of them, or within quotes those
// before one of quoted. It fails where some shell would expand s.
func unescape(s, quoted string, first bool) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s):
			i++
			switch {
			case s[i] == '\n':
			case quoted == "" || strings.IndexByte(quoted, s[i]) >= 0:
				b.WriteByte(s[i])
			default:
				b.WriteByte('\\')
				b.WriteByte(s[i])
			}
			continue
		case c == '$', c == '`':
			return "", false
		case quoted != "":
		case strings.IndexByte("*?[{", c) >= 0:
			return "", false
		case c == '~' && (first && i == 0 || i > 0 && strings.IndexByte("=:", s[i-1]) >= 0):
			return "", false
		case c == '=' && first && i == 0: // zsh: the path of a command
			return "", false
		}
		b.WriteByte(c)
	}
	return b.String(), true
}
