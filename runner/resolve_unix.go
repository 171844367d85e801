//go:build !windows

package runner

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// interpreterOf returns the file that runs a script whose content begins with
// head, and "" where head is no #! line. For a line of env it is the program
// that env would find through the PATH of the server.
func (r *resolver) interpreterOf(c *RunConfig, _, head string) (string, error) {
	if head == "" {
		return "", nil
	}
	name, argument, err := parseShebang(head)
	if err != nil {
		return "", fmt.Errorf("#! line: %w", err)
	}
	env, err := r.absolute(name)
	if err != nil {
		return "", err
	}
	_, program, err := r.findExecutable(env)
	if err == nil && filepath.Base(name) == "env" {
		if name, err = envProgram(argument); err == nil {
			program, err = r.findThroughPath(c, name)
		}
	}
	if err != nil {
		return "", fmt.Errorf("interpreter %q: %w", name, err)
	}
	return program, nil
}

// findThroughPath looks name up in the PATH that the server will have.
func (r *resolver) findThroughPath(c *RunConfig, name string) (string, error) {
	if hasSeparator(name) {
		name, err := r.absolute(name)
		if err != nil {
			return "", err
		}
		_, real, err := r.findExecutable(name)
		return real, err
	}
	list, err := c.searchPath()
	if err != nil {
		return "", err
	}
	for _, dir := range filepath.SplitList(list) {
		candidate, err := r.absolute(filepath.Join(dir, name)) // "" is the current directory
		if err != nil {
			return "", err
		}
		if _, err := exec.LookPath(candidate); err != nil {
			continue
		}
		if !filepath.IsAbs(dir) {
			return "", exec.ErrDot
		}
		_, real, err := r.findExecutable(candidate)
		return real, err
	}
	return "", exec.ErrNotFound
}
