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

// envProgram returns the program that env starts when it gets argument from a
// #! line. It understands a program, and -S with assignments and a program; an
// option, a quote or an escape before the program is refused, and so is an
// assignment that changes where env looks.
func envProgram(argument string) (string, error) {
	words := []string{argument}
	if runtime.GOOS == "darwin" {
		words = strings.Fields(argument) // macOS splits a #! line at white space
	}
	for _, flag := range []string{"-S", "--split-string=", "--split-string"} {
		if rest, ok := strings.CutPrefix(argument, flag); ok {
			words = strings.Fields(rest)
			break
		}
	}
	for _, word := range words {
		switch {
		case strings.HasPrefix(word, "PATH="):
			return "", errors.New("sets PATH for env")
		case strings.HasPrefix(word, "-"), strings.ContainsAny(word, "\"'\\$# \t"):
			return "", errors.New("of env has more than -S, assignments and a program")
		case strings.Contains(word, "="), word == "":
			continue
		}
		return word, nil
	}
	return "", errors.New("of env names no program")
}
