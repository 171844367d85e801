package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

// weakFlags are those of run with which, whatever their value, policies can do
// more than without, or less is written where it is looked for.
var weakFlags = []string{"allow-builtin", "decision-log"}

// weakVariables choose which policies and which log mcp-runner finds.
var weakVariables = []string{
	gate.PolicyVariable, gate.KeyVariable, gate.EnvironmentVariable, gate.DecisionLogVariable, secretProviderVariable, "XDG_CONFIG_HOME", "XDG_STATE_HOME", "HOME", "APPDATA", "LOCALAPPDATA", "USERPROFILE",
}

// ownPolicy lists what of a line, and of the variables around it, chooses
// policies, what of the decisions is written down, or what mcp-runner itself
// loads. It is weak where less may be checked or written than without all that.
func ownPolicy(line *runLine, cfg *runner.RunConfig) (own []string, weak bool) {
	choosing := &cobra.Command{}
	(&policyFlags{}).register(choosing)
	line.cmd.Flags().Visit(func(f *pflag.Flag) {
		if weakFlag(f) {
			weak = true
		} else if choosing.Flags().Lookup(f.Name) == nil {
			return
		}
		switch list, isList := f.Value.(pflag.SliceValue); {
		case isList:
			for _, value := range list.GetSlice() {
				own = append(own, "--"+f.Name+" "+value)
			}
		case f.Value.Type() == "bool" && f.Value.String() == "true":
			own = append(own, "--"+f.Name)
		default:
			own = append(own, "--"+f.Name+"="+f.Value.String())
		}
	})
	for _, name := range slices.Sorted(maps.Keys(cfg.EnvVars)) {
		if weakVariable(name) {
			own, weak = append(own, name+"="+cfg.EnvVars[name]), true
		}
	}
	for i, text := range own {
		own[i] = gate.RedactText(text)
	}
	return own, weak
}

func weakFlag(f *pflag.Flag) bool {
	switch value := f.Value.String(); f.Name {
	case "builtin":
		return value == "audit-only"
	case "on-policy-change":
		return value == "ignore"
	case "decision-log-required":
		return value == "false"
	case "secret-provider": // a program that no policy sees, or any file
		return value != "" && value != "env"
	case "no-builtin", "insecure-policy-permissions", "allow-rollback":
		return value == "true"
	}
	return slices.Contains(weakFlags, f.Name)
}

// weakVariable reports whether a variable for mcp-runner chooses what it finds or
// loads. Windows does not tell small letters from large ones in names.
func weakVariable(name string) bool {
	name = strings.ToUpper(name)
	return slices.Contains(weakVariables, name) || strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "DYLD_")
}
