package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/mcp-runner/mcp-runner/internal/clients"
	"github.com/mcp-runner/mcp-runner/internal/clients/wrap"
)

// runnerPath is the absolute path of mcp-runner: what was named, or this
// program under the name by which it was started.
func runnerPath(named string) (string, error) {
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", usagef("--runner %s: %w", named, err)
		}
		return filepath.Abs(path)
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("path of this program: %w; name it with --runner", err)
	}
	// A package manager moves the file at each update, and leaves a link to it in
	// its place.
	if path, err := exec.LookPath(os.Args[0]); err == nil {
		if abs, err := filepath.Abs(path); err == nil && sameFile(abs, self) {
			return abs, nil
		}
	}
	return self, nil
}

// stablePath is runnerPath for a configuration, in which it must last.
func stablePath(named string) (string, error) {
	path, err := runnerPath(named)
	if err != nil {
		return "", err
	}
	for _, p := range []string{path, resolvedPath(path)} {
		if temporary(p) {
			return "", usagef("%s is a file that go run made and will remove: install mcp-runner with go install, or name it with --runner", p)
		}
	}
	return path, nil
}

// temporary reports whether a program is one that `go run` made.
func temporary(path string) bool {
	if cache := os.Getenv("GOCACHE"); cache != "" && strings.HasPrefix(path, filepath.Clean(cache)+string(filepath.Separator)) {
		return true
	}
	for element := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if strings.HasPrefix(element, "go-build") {
			return true
		}
	}
	return false
}

func resolvedPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

func sameFile(a, b string) bool {
	left, err := os.Stat(a)
	if err != nil {
		return false
	}
	right, err := os.Stat(b)
	return err == nil && os.SameFile(left, right)
}

// files are those that were named, or those that are on this machine.
func (f *wrapFlags) files(ctx context.Context, named []string) ([]string, error) {
	if !f.found {
		if len(named) == 0 {
			return nil, usagef("want the configurations of MCP clients, as in: mcp-runner wrap ~/.cursor/mcp.json")
		}
		return named, nil
	}
	if len(named) > 0 {
		return nil, usagef("--found finds the files; leave those behind the flags out")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	machine := clients.Machine{OS: runtime.GOOS, Home: home, Getenv: os.Getenv}
	locations, _ := clients.Find(ctx, machine) // audit shows what is wrong with the others
	var files []string
	for _, loc := range locations {
		// A file of a project is for others, too, who have mcp-runner elsewhere. What
		// starts nothing itself has nothing to wrap.
		if loc.Scope == clients.ScopeUser && wrap.Changeable(loc) {
			files = append(files, loc.Path)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no configuration of an MCP client was found below %s", home)
	}
	return files, nil
}
