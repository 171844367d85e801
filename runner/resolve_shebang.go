package runner

import (
	"errors"
	"runtime"
	"strings"
)

// parseShebang splits the #! line at the beginning of a script into the
// interpreter's name and its argument, which Linux passes on as one word. It
// refuses a line that the system would cut off.
func parseShebang(head string) (name, argument string, err error) {
	most := 255 // Linux
	if runtime.GOOS == "darwin" {
		most = 511
	}
	line, _, _ := strings.Cut(head, "\n")
	if len(line) > most {
		return "", "", errors.New("is too long")
	}
	if strings.Contains(line, "\x00") {
		return "", "", errors.New("contains a NUL byte")
	}
	line = strings.Trim(strings.TrimPrefix(line, "#!"), " \t")
	if line == "" {
		return "", "", errors.New("names no interpreter")
	}
	name = line
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		name, argument = line[:i], strings.TrimLeft(line[i:], " \t")
	}
	return name, argument, nil
}

// envLine is what env does with the argument that it gets from a #! line.
type envLine struct {
	program   string
	arguments []string // behind the program
	variables []string // NAME=VALUE
}

// parseShebangEnv understands a program, and -S with assignments, a program and its
// arguments; an option, a quote or an escape before the program is refused, and
// so is an assignment that changes where env looks.
func parseShebangEnv(argument string) (envLine, error) {
	words, rest := []string{argument}, ""
	if runtime.GOOS == "darwin" {
		words = strings.FieldsFunc(argument, isEnvSpace) // macOS splits a #! line at white space
	}
	for _, flag := range []string{"-S", "--split-string=", "--split-string"} {
		if text, ok := strings.CutPrefix(argument, flag); ok {
			words, rest = strings.FieldsFunc(text, isEnvSpace), text
			break
		}
	}
	var line envLine
	for _, word := range words {
		if rest != "" {
			rest = strings.TrimLeftFunc(rest, isEnvSpace)[len(word):]
		}
		switch {
		case strings.HasPrefix(word, "PATH="):
			return envLine{}, errors.New("sets PATH for env")
		case strings.HasPrefix(word, "-"), strings.ContainsAny(word, "\"'\\$# \t"):
			return envLine{}, errors.New("of env has more than -S, assignments and a program")
		case strings.Contains(word, "="):
			line.variables = append(line.variables, word)
			continue
		case word == "":
			continue
		}
		line.program = word
		var err error
		line.arguments, err = splitEnvWords(rest)
		return line, err
	}
	return envLine{}, errors.New("of env names no program")
}

func isEnvSpace(r rune) bool { return strings.ContainsRune(" \t\n\v\f\r", r) }

// splitEnvWords splits what follows the program as env -S does. What depends on
// more than the text, or ends it early, is refused.
func splitEnvWords(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	open, quote := false, byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote == 0 && isEnvSpace(rune(c)):
			if open {
				words = append(words, word.String())
				word.Reset()
			}
			open = false
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote, open = c, true
			continue
		case quote != 0 && c == quote:
			quote = 0
			continue
		case c == '$' && quote != '\'', c == '#' && quote == 0 && !open:
			return nil, errors.New("of env -S has a variable or a comment")
		case c == '\\' && i+1 < len(s) && (strings.IndexByte(`\'`, s[i+1]) >= 0 || quote != '\'' && strings.IndexByte(`"$#`, s[i+1]) >= 0):
			i++
			c = s[i]
		case c == '\\' && quote != '\'':
			return nil, errors.New("of env -S has an escape that is not one of \\\\ \\' \\\" \\$ \\#")
		}
		word.WriteByte(c)
		open = true
	}
	if quote != 0 {
		return nil, errors.New("of env -S has a quote without its end")
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}
