package launch

import (
	"slices"
	"strings"
	"unicode"
)

// unknown reads the line of a program that is not known. Many such programs run
// what their arguments name (find, make, git, secret managers), so a launcher
// among those makes the line opaque.
func (p parser) unknown(_ string, args []string) Line {
	l := Line{Kind: KindProcess}
	command := lastIndex(args, isShellCommandFlag)
	for i, arg := range args {
		words := commandWords(arg)
		// The value of an option, as in --driver docker, is no command, unless what
		// follows is a line of one: not every option has a value.
		isValue := i > 0 && len(args[i-1]) > 2 && strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "=") &&
			!(containerClients[identity(arg)] && slices.ContainsFunc(args[i+1:], saysStart)) && !(isPackageRunner(arg) && i < len(args)-1)
		if isValue && (len(words) < 2 || !seesContainer([]string{arg}) && !isPackageRunner(words[0])) {
			continue
		}
		switch {
		case slices.ContainsFunc(words, func(word string) bool { return containerClients[identity(word)] }):
			if slices.ContainsFunc(args, saysRun) {
				l.Kind = KindContainer
			}
			l.refuse("a container client is among the arguments")
			return l
		case len(words) > 0 && slices.ContainsFunc(words, isPackageRunner) && (len(words) > 1 || i < len(args)-1):
			l.refuse("a package runner is among the arguments")
		case posixShells[identity(arg)] && command > i:
			l.refuse("a shell is among the arguments")
		}
	}
	if saysPackage(args) {
		l.refuse("a package runner is among the arguments")
	}
	return l
}

// saysPackage reports whether one of the package runners that do much else too
// stands in args, with a subcommand behind it that runs a package: an argument
// of its own each, or both in one.
func saysPackage(args []string) bool {
	var before []map[string]bool // what the runners in front run packages with
	for _, arg := range args {
		var runs map[string]bool
		words := commandWords(arg)
		for _, word := range words {
			switch {
			case runs[word]:
				return true
			case !strings.HasPrefix(word, "-"):
				runs = runWords[identity(word)]
			}
		}
		if len(words) != 1 {
			continue
		}
		if slices.ContainsFunc(before, func(runs map[string]bool) bool { return runs[words[0]] }) {
			return true
		}
		if runs != nil {
			before = append(before, runs)
		}
	}
	return false
}

// seesContainer looks for a container client in arguments of a program that is
// known well enough not to run what they say, unless all says so: a package
// whose trade is to run another server.
func seesContainer(args []string) bool {
	start := lastIndex(args, saysStart)
	for i, arg := range args {
		words := commandWords(arg)
		j := slices.IndexFunc(words, func(word string) bool { return containerClients[identity(word)] })
		switch {
		case j < 0:
		case slices.ContainsFunc(words[j+1:], saysStart), start > i && containerClients[identity(words[len(words)-1])]:
			return true
		}
	}
	return false
}

// lastIndex is the index of the last of list that is so, -1 where none is.
func lastIndex(list []string, is func(string) bool) int {
	for i, s := range slices.Backward(list) {
		if is(s) {
			return i
		}
	}
	return -1
}

// seesPackageRunner is the same for package runners.
func seesPackageRunner(args []string) bool {
	for i, arg := range args {
		words := commandWords(arg)
		if len(words) > 0 && isPackageRunner(words[0]) && (len(words) > 1 || i+1 < len(args)) {
			return true
		}
	}
	return saysPackage(args)
}

func isPackageRunner(word string) bool {
	switch identity(word) {
	case "npx", "bunx", "pnpx", "uvx", "pipx":
		return true
	}
	return false
}

func isShellCommandFlag(arg string) bool {
	return strings.HasPrefix(arg, "-") && !strings.HasPrefix(arg, "--") && strings.Contains(arg, "c")
}

func saysRun(arg string) bool {
	return slices.Contains(strings.FieldsFunc(unquoted.Replace(arg), notWord), "run")
}

// saysStart is saysRun for all that starts a container.
func saysStart(arg string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(unquoted.Replace(arg), notWord), func(word string) bool {
		return slices.Contains([]string{"run", "create", "start", "exec", "compose"}, word)
	})
}

// commandWords are the words of an argument that may be commands: what a shell
// or a small language separates, a path as one word.
func commandWords(arg string) []string {
	return strings.FieldsFunc(arg, func(c rune) bool {
		return unicode.IsSpace(c) || strings.ContainsRune("\"'`;|&()$!<>{}=,[]", c)
	})
}

// unquoted is what is left of a text where a shell has taken the quotes away.
var unquoted = strings.NewReplacer(`"`, "", "'", "", "`", "", "^", "", `\`, "")

func notWord(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("_.-", c):
		return false
	}
	return true
}

// mentionsContainer reports whether a container client stands in text as a
// word, also where quotes and backslashes stand inside of it: how shells and
// other languages would read it is not known.
func mentionsContainer(text string) bool {
	for _, form := range []string{text, halfQuoted.Replace(text), unquoted.Replace(text)} {
		if slices.ContainsFunc(strings.FieldsFunc(form, notWord), func(word string) bool { return containerClients[identity(word)] }) {
			return true
		}
	}
	return false
}

var halfQuoted = strings.NewReplacer(`"`, "", "'", "", "`", "", "^", "")

// code is an opaque line for source text that is given in an argument.
func (p parser) code(why string, texts ...string) Line {
	l := Line{Kind: KindProcess}
	if slices.ContainsFunc(texts, mentionsContainer) && slices.ContainsFunc(texts, saysRun) {
		l.Kind = KindContainer
	}
	l.refuse(why)
	return l
}
