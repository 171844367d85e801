package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// findServer returns the one server that name means: an ID, a name, or the
// beginning of an ID, in this order.
func findServer(ctx context.Context, engine *docker.Engine, name string) (docker.Container, error) {
	all, err := engine.List(ctx)
	if err != nil {
		return docker.Container{}, err
	}
	return chooseServer(all, name)
}

func chooseServer(all []docker.Container, name string) (docker.Container, error) {
	for _, means := range []func(docker.Container) bool{
		func(c docker.Container) bool { return c.ID == name },
		func(c docker.Container) bool { return c.Name == name },
		func(c docker.Container) bool { return strings.HasPrefix(c.ID, name) },
	} {
		var found []docker.Container
		var ids []string
		for _, c := range all {
			if name != "" && means(c) {
				found = append(found, c)
				ids = append(ids, show.Clean(shortID(c.ID)))
			}
		}
		switch len(found) {
		case 0:
		case 1:
			return found[0], nil
		default:
			return docker.Container{}, fmt.Errorf("server %q: %d containers have that name; give one of their IDs: %s", name, len(found), strings.Join(ids, ", "))
		}
	}
	return docker.Container{}, fmt.Errorf("server %q: no container of mcp-runner has that name or ID; mcp-runner ps lists them", name)
}

// stop ends all servers of the names, or none where a name does not mean exactly
// one.
func (a *app) stop(ctx context.Context, engine *docker.Engine, names []string, grace time.Duration) error {
	all, err := engine.List(ctx)
	if err != nil {
		return err
	}
	var servers []docker.Container
	var unclear []error
	for _, name := range names {
		server, err := chooseServer(all, name)
		servers = append(servers, server)
		unclear = append(unclear, err)
	}
	if err := errors.Join(unclear...); err != nil {
		return err
	}
	var failed []error
	stopped := map[string]bool{}
	for _, server := range servers {
		if stopped[server.ID] { // it was named twice
			continue
		}
		stopped[server.ID] = true
		if err := engine.Stop(ctx, server.ID, grace); err != nil {
			failed = append(failed, fmt.Errorf("server %q: %w", server.Name, err))
			continue
		}
		if _, err := fmt.Fprintf(a.stdout, "Stopped %s %s\n", show.Clean(shortID(server.ID)), show.Clean(gate.RedactText(server.Name))); err != nil {
			return errors.Join(append(failed, err)...)
		}
	}
	return errors.Join(failed...)
}

// completeServers completes the names of servers, where an engine answers soon.
func (a *app) completeServers(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), time.Second)
	defer cancel()
	log, err := a.logger()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	all, err := a.engine(nil, log).List(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, c := range all {
		names = append(names, show.Clean(c.Name))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// plainLines passes on text line by line, without what would steer a terminal and
// without what looks like a secret.
type plainLines struct {
	w       io.Writer
	pending []byte
}

// maxPlainLine bounds a line; what is longer is several.
const maxPlainLine = 64 << 10

func (l *plainLines) Write(p []byte) (int, error) {
	l.pending = append(l.pending, p...)
	for {
		i := bytes.IndexByte(l.pending, '\n')
		if i < 0 && len(l.pending) < maxPlainLine {
			return len(p), nil
		}
		if i < 0 || i > maxPlainLine {
			i = maxPlainLine - 1
		}
		if err := l.line(l.pending[:i+1]); err != nil {
			return 0, err
		}
		l.pending = append(l.pending[:0], l.pending[i+1:]...)
	}
}

// flush passes on the last line where it has no end.
func (l *plainLines) flush() error {
	if len(l.pending) == 0 {
		return nil
	}
	return l.line(l.pending)
}

func (l *plainLines) line(b []byte) error {
	text := strings.ReplaceAll(strings.TrimRight(string(b), "\r\n"), "\t", "    ")
	_, err := fmt.Fprintln(l.w, show.Clean(gate.RedactText(text)))
	return err
}
