package wrap

import (
	"path"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/runner"
)

// secretVariable begins the variables from which mcp-runner run reads the values
// that --header-secret names.
const secretVariable = "MCP_RUNNER_SECRET_"

// line is the part of a wrapped command line that is mcp-runner's.
type line struct {
	// flags are all arguments before the server.
	flags []string
	// size is the number of arguments before the server's own: flags, and -- or the
	// URL.
	size int
	name string
	// command says that a command stands behind --. Otherwise url is the server.
	command bool
	url     string
	// headers are those of --header-secret.
	headers []header
	// transport is that of --transport.
	transport string
	// plain says that --header gives headers in clear.
	plain bool
}

type header struct{ name, secret string }

// switches are the flags of mcp-runner run that take no value.
var switches = []string{
	"--stdio", "--no-builtin", "--isolate-network", "--insecure-policy-permissions", "--allow-rollback",
	"--decision-log-required", "--debug",
}

// parseLine reads the arguments of mcp-runner. It is false for what is no `run
// --stdio` of a command or a URL, and where a switch stands that is not known.
func parseLine(args []string) (l line, ok bool) {
	if len(args) == 0 || args[0] != "run" {
		return line{}, false
	}
	stdio := false
	for i := 1; i < len(args); i++ {
		arg := args[i]
		flag, value, joined := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			l.flags, l.size, l.command = args[:i], i+1, true
			return l, stdio && i+1 < len(args)
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			l.flags, l.size, l.url = args[:i], i+1, arg
			return l, stdio && i+1 == len(args)
		case slices.Contains(switches, flag):
			stdio = stdio || arg == "--stdio"
			continue
		case strings.HasPrefix(arg, "--") && joined:
		case strings.HasPrefix(arg, "--"), len(arg) == 2:
			if i++; i == len(args) {
				return line{}, false
			}
			value = args[i]
		}
		switch flag {
		case "--name":
			l.name = value
		case "--transport":
			l.transport = value
		case "--header":
			l.plain = true
		case "--header-secret":
			name, secret, _ := strings.Cut(value, "=")
			l.headers = append(l.headers, header{name, secret})
		}
	}
	return line{}, false
}

// weakFlags are flags of mcp-runner run that wrap never writes, with which fewer
// policies count or less is written down.
var weakFlags = []string{
	"--no-builtin", "--insecure-policy-permissions", "--allow-rollback", "--allow-builtin", "--decision-log", "--decision-log-required", "--on-policy-change",
}

// weakFlag is the first of them before the server, or "".
func weakFlag(args []string) string {
	for i := 1; i < len(args) && strings.HasPrefix(args[i], "-") && args[i] != "--"; i++ {
		flag, _, joined := strings.Cut(args[i], "=")
		if slices.Contains(weakFlags, flag) {
			return flag
		}
		if !joined && !slices.Contains(switches, flag) && (strings.HasPrefix(flag, "--") || len(flag) == 2) {
			i++ // its value
		}
	}
	return ""
}

// runs reports whether command and args are a mcp-runner run, started from own
// or from a file of that name. A file that is named relative to wherever the
// client stands may be any program.
func runs(command string, args []string, own string) bool {
	if len(args) == 0 || args[0] != "run" || command == "" {
		return false
	}
	if command == own {
		return true
	}
	slashed := strings.ReplaceAll(command, `\`, "/")
	base := strings.ToLower(path.Base(slashed))
	if base != "mcp-runner" && base != "mcp-runner.exe" {
		return false
	}
	return !strings.Contains(slashed, "/") || absolute(slashed)
}

// absolute is about paths of any system, with slashes.
func absolute(slashed string) bool {
	return strings.HasPrefix(slashed, "/") || len(slashed) > 2 && slashed[1] == ':' && slashed[2] == '/'
}

// checkVariable says why the name of a variable cannot be handed on.
func checkVariable(name string) bool {
	_, _, literal, err := runner.ParseEnv(name)
	return err == nil && !literal
}

// validName reports whether a server can be called name.
func validName(name string) bool {
	c := &runner.RunConfig{SchemaVersion: runner.CurrentSchemaVersion, Command: "x", Name: name}
	return name != "" && c.Validate() == nil
}

// secretName is the name of the secret that holds the value of a header.
func secretName(header string, taken map[string]bool) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return r - 'a' + 'A'
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			return r
		}
		return '_'
	}, header)
	for taken[name] {
		name += "_"
	}
	taken[name] = true
	return name
}
