// Package command puts ToolHive's commands under the gate where ToolHive itself
// does not ask, and adds those of thv-gated.
package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/toolhive"
)

// question is what a command asks before it runs, after ToolHive's own checks of
// its arguments. An error keeps the command from running. done, where it is not
// nil, follows a run that succeeded.
type question func(cmd *cobra.Command, args []string) (done func() error, err error)

// Wrap changes root, which is ToolHive's, so that each command that creates
// something asks p first. An error means that ToolHive no longer has a command
// or a flag that this needs: nothing may run then.
func Wrap(root *cobra.Command, p *toolhive.Policy) error {
	for _, c := range []struct {
		path  string
		flags []string
		ask   question
	}{
		{"run", flagsOf(runFlags), runs{p}.ask},
		{"build", []string{"tag", "output", "dry-run", "build-with"}, builds{p}.ask},
		{"registry login", []string{"registry", "allow-private-ip"}, askLogin},
		{"proxy", append(flagsOf(remoteFlags), proxyFlags...), askProxy},
		{"proxy tunnel", []string{"tunnel-provider", "provider-args"}, askTunnel},
		{"proxy stdio", nil, askStdio},
		{"inspector", []string{"ui-port", "mcp-proxy-port"}, askInspector},
		{"vmcp serve", []string{"config", "host", "port", "optimizer-embedding", "embedding-model", "embedding-image"}, askServe},
	} {
		if err := before(root, c.path, c.flags, c.ask); err != nil {
			return fmt.Errorf("command %q: %w: this build of thv-gated does not fit its ToolHive", c.path, err)
		}
	}
	return nil
}

// before makes the command at path ask first.
func before(root *cobra.Command, path string, flags []string, ask question) error {
	cmd := root
	for _, name := range strings.Fields(path) {
		if cmd = child(cmd, name); cmd == nil {
			return fmt.Errorf("ToolHive has no command %q", name)
		}
	}
	for _, name := range flags {
		if cmd.Flags().Lookup(name) == nil {
			return fmt.Errorf("ToolHive has no flag --%s of it", name)
		}
	}
	run := cmd.RunE
	if run == nil {
		return fmt.Errorf("ToolHive does not run it by RunE")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		done, err := ask(cmd, args)
		if err != nil {
			return err
		}
		if err := run(cmd, args); err != nil || done == nil {
			return err
		}
		return done()
	}
	return nil
}

// child is the subcommand of that name: [cobra.Command.Find] takes a part of a
// name, too.
func child(cmd *cobra.Command, name string) *cobra.Command {
	for _, c := range cmd.Commands() {
		if c.Name() == name {
			return c
		}
	}
	return nil
}
