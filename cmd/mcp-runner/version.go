package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// buildVersion is the module's version: a tag where the binary was installed
// from one, else "(devel)".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// opaVersion is the version of OPA that policies are evaluated by.
func opaVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/open-policy-agent/opa" {
				return dep.Version
			}
		}
	}
	return "(unknown)"
}

func newVersionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the versions of mcp-runner and of what it is made of",
		Example: "  mcp-runner version",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "mcp-runner %s\nOPA        %s\nGo         %s %s/%s\n",
				buildVersion(), opaVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// usageArgs makes what a positional argument check refuses a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n")
		if example != "" {
			example = ", as in: " + example
		}
		return usagef("%s %s: want %s%s", cmd.CommandPath(), given(len(args)), cmd.UseLine(), example)
	}
}

func given(arguments int) string {
	if arguments == 0 {
		return "without an argument"
	}
	return "with " + count(arguments, "argument")
}
