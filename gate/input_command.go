package gate

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/mcp-runner/mcp-runner/runner"
)

func fillCommand(cfg *runner.RunConfig, s *Server) {
	s.Kind = KindProcess
	s.Source = Source{Reference: cfg.Command, Scheme: "command"}
	c := cfg.Resolved.Command
	s.Command.Path, s.Command.Resolved, s.Command.SHA256 = c.Argv0, c.Path, c.SHA256
	names := []string{commandName(cfg.Command), commandName(c.Argv0), commandName(c.Path)}
	if c.Interpreter != nil {
		s.Command.Interpreter = Interpreter{Path: c.Interpreter.Path, SHA256: c.Interpreter.SHA256}
		if name := commandName(c.Interpreter.Path); containerLaunchers[name] {
			names = append(names, name)
		}
	}
	if !opaque(names, cfg.CmdArgs) {
		return
	}
	// The image, the mounts and the ports stand in arguments that nobody read.
	s.Source.Opaque = true
	if slices.ContainsFunc(cfg.CmdArgs, func(arg string) bool { return slices.Contains(argWords(arg), "run") }) {
		s.Kind = KindContainer
	}
}

var (
	containerLaunchers = wordSet("docker podman nerdctl docker-compose podman-compose podman-remote com.docker.cli")
	packageLaunchers   = wordSet("npx uvx pipx bunx")
	// wrappers run what their arguments name.
	wrappers = wordSet(`ash bash busybox chroot chrt cmd command csh dash doas dumb-init env exec fish flock gosu ionice
		ksh mksh nice nohup nsenter numactl parallel perl php powershell pwsh ruby runuser script setpriv setsid sg sh
		stdbuf strace su su-exec sudo systemd-run taskset tcsh time timeout tini unbuffer unshare watch winpty wsl xargs zsh`)
)

// opaque reports whether a program of these names, with these arguments, starts
// a container, as far as their words tell.
func opaque(names, args []string) bool {
	is := func(set map[string]bool) bool {
		return slices.ContainsFunc(names, func(name string) bool { return set[name] })
	}
	switch {
	case is(containerLaunchers):
		return true
	case slices.ContainsFunc(names, wraps):
		return slices.ContainsFunc(args, namesLauncher)
	case is(packageLaunchers): // their arguments are a package and what that takes
		return false
	default:
		for i, arg := range args {
			// The value of an option, as in --driver docker, is no command.
			isValue := i > 0 && len(args[i-1]) > 2 && strings.HasPrefix(args[i-1], "--")
			if !isValue && runsLauncher(arg) {
				return true
			}
		}
		return false
	}
}

// wraps reports whether the program called name runs what its arguments say:
// wrappers, shells, and interpreters by any version (python3.13).
func wraps(name string) bool {
	return wrappers[name] || wrappers[strings.TrimRight(name, "0123456789.-")] ||
		strings.HasPrefix(name, "python") || strings.HasPrefix(name, "node")
}

// commandName is the last element of a path of any system, in lower case and
// without the ending of a Windows program.
func commandName(p string) string {
	name := strings.ToLower(path.Base(strings.ReplaceAll(p, `\`, "/")))
	for _, ending := range []string{".exe", ".cmd", ".bat", ".com", ".ps1"} {
		name = strings.TrimSuffix(name, ending)
	}
	return name
}

// quoting is what a shell takes away from a word.
var quoting = strings.NewReplacer(`"`, "", "'", "", "`", "", "^", "")

// namesLauncher reports whether a container launcher stands in arg as a word,
// also as the end of a path.
func namesLauncher(arg string) bool {
	return slices.ContainsFunc(argWords(arg), func(word string) bool { return containerLaunchers[commandName(word)] })
}

// runsLauncher is namesLauncher for the arguments of a program that may run
// others, as find, make, git and secret managers do: a launcher counts where it
// stands as a word of its own or at the end of a path, not amid a path.
func runsLauncher(arg string) bool {
	words := strings.FieldsFunc(arg, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("\"'`;|&()$!<>{}", c) })
	return slices.ContainsFunc(words, func(word string) bool { return containerLaunchers[commandName(word)] })
}

// argWords are the words of an argument: as it stands, and as a shell reads it,
// where quotes and backslashes may stand inside a word.
func argWords(arg string) []string {
	var words []string
	for _, text := range []string{arg, quoting.Replace(arg), strings.ReplaceAll(quoting.Replace(arg), `\`, "")} {
		words = append(words, strings.FieldsFunc(text, func(c rune) bool {
			switch {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("_.-", c):
				return false
			}
			return true
		})...)
	}
	return words
}
