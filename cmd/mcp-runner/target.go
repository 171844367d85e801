package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/mcp-runner/mcp-runner/runner"
)

// target reads the positional arguments: SERVER [-- ARG…], or -- COMMAND [ARG…].
func target(args []string, dash int) (*runner.RunConfig, error) {
	switch {
	case len(args) == 0:
		return nil, usagef("no server: give an image, a URL, demo, or -- and a command")
	case dash == 0:
		return &runner.RunConfig{Command: args[0], CmdArgs: args[1:]}, nil
	case dash > 1, dash < 0 && len(args) > 1:
		return nil, usagef("one server only; its own arguments stand behind --")
	}
	server, rest := args[0], args[1:]
	scheme, _, isURL := strings.Cut(server, "://")
	if !isURL {
		scheme = ""
	}
	switch {
	case server == demoName:
		if len(rest) > 0 {
			return nil, usagef("the demo server takes no arguments")
		}
		return demoConfig()
	case hasScheme(server, "http://"), hasScheme(server, "https://"):
		if len(rest) > 0 {
			return nil, usagef("a remote server takes no arguments")
		}
		return &runner.RunConfig{RemoteURL: server}, nil
	case strings.HasPrefix(server, "."), strings.HasPrefix(server, "/"), strings.Contains(server, `\`):
		return nil, usagef("%s is a file: a command stands behind --", server)
	case scheme != "" && !slices.Contains([]string{"npx", "uvx", "go"}, scheme):
		return nil, usagef("%s:// is no scheme of a server: want http or https, or npx, uvx or go", scheme)
	default:
		return &runner.RunConfig{Image: server, CmdArgs: rest}, nil
	}
}

func hasScheme(s, scheme string) bool {
	return len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme)
}

// demoName is the SERVER that stands for the server inside the binary.
const demoName = "demo"

// demoConfig is the demo server: this very program with a hidden subcommand.
func demoConfig() (*runner.RunConfig, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("demo server: file of this program: %w", err)
	}
	return &runner.RunConfig{Name: demoName, Command: self, CmdArgs: []string{serveDemoCommand}}, nil
}
