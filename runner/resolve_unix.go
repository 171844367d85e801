//go:build !windows

package runner

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// interpreterOf returns the file that runs a script whose content begins with
// head, and nil where head is no #! line. For a line of env it is the program
// that env would find through the PATH of the server, which then runs without env.
func (r *resolver) interpreterOf(c *RunConfig, _, head string) (*Interpreter, error) {
	if head == "" {
		return nil, nil
	}
	name, argument, err := parseShebang(head)
	if err != nil {
		return nil, fmt.Errorf("#! line: %w", err)
	}
	file, err := r.absolute(name)
	if err != nil {
		return nil, err
	}
	found := &Interpreter{Argv: []string{name}}
	if argument != "" {
		found.Argv = append(found.Argv, argument)
	}
	_, found.Path, err = r.findExecutable(file)
	if err == nil && filepath.Base(name) == "env" {
		var line envLine
		if line, err = parseShebangEnv(argument); err == nil {
			var argv0 string
			name = line.program
			argv0, found.Path, err = r.findThroughPath(c, name)
			found.Argv, found.Env = append([]string{argv0}, line.arguments...), line.variables
		}
	}
	if err != nil {
		return nil, fmt.Errorf("interpreter %q: %w", name, err)
	}
	return found, nil
}

// findThroughPath looks name up in the PATH that the server will have, and returns
// the path as found and the file behind it.
func (r *resolver) findThroughPath(c *RunConfig, name string) (found, real string, err error) {
	if hasSeparator(name) {
		if name, err = r.absolute(name); err != nil {
			return "", "", err
		}
		return r.findExecutable(name)
	}
	list, err := c.searchPath()
	if err != nil {
		return "", "", err
	}
	for _, dir := range filepath.SplitList(list) {
		candidate, err := r.absolute(filepath.Join(dir, name)) // "" is the current directory
		if err != nil {
			return "", "", err
		}
		if _, err := exec.LookPath(candidate); err != nil {
			continue
		}
		if !filepath.IsAbs(dir) {
			return "", "", exec.ErrDot
		}
		return r.findExecutable(candidate)
	}
	return "", "", exec.ErrNotFound
}
