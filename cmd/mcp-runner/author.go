package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
)

// newPolicyCommand is what authors of policies use.
func newPolicyCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Write, check, test and publish policies",
		Long: `policy holds the commands of the author of policies. DIR is a policy repository
as 'mcp-runner policy init' lays it out, or a directory of policies as the gate
loads it.`,
		Example: `  mcp-runner policy init ./mcp-policies
  mcp-runner policy check ./mcp-policies
  mcp-runner policy test ./mcp-policies`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				return usagef("unknown command %q, did you mean %q?", "policy "+args[0], "policy "+near[0])
			}
			return usagef("unknown command %q", "policy "+args[0])
		},
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(
		newPolicyInitCommand(a),
		newPolicyVendorCommand(a),
		newPolicyCheckCommand(a),
		newPolicyListCommand(a),
		newPolicyDocsCommand(a),
		newPolicySchemaCommand(a),
		newPolicyTestCommand(a),
		newPolicyExplainCommand(a),
		newPolicyStatusCommand(a),
		newPolicyWaiveCommand(a),
		newPolicyBuildCommand(a),
		newPolicyPublishCommand(a),
	)
	return cmd
}

// repository is where an author's files are.
type repository struct {
	// root is the directory that was named.
	root string
	// policy is what is published and what the gate loads: root/policy of a
	// policy repository, else root itself.
	policy string
}

// openRepository finds out whether dir is a policy repository, which has a
// directory policy with a .manifest, or a directory of policies.
func openRepository(dir string) (repository, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return repository{}, err
	case !info.IsDir():
		return repository{}, fmt.Errorf("%s is no directory", dir)
	}
	r := repository{root: dir, policy: dir}
	if _, err := os.Stat(filepath.Join(dir, "policy", ".manifest")); err == nil {
		r.policy = filepath.Join(dir, "policy")
	} else if !os.IsNotExist(err) {
		return repository{}, err
	}
	return r, nil
}

// load is how the policies of the repository are read, where they may call
// builtins besides the usual ones.
func (r repository) load(allowBuiltins []string) rego.LoadConfig {
	return rego.LoadConfig{
		Name:          filepath.Base(r.policy),
		Dir:           r.policy,
		InputSchema:   gate.InputSchema(),
		Permissions:   rego.PermissionsIgnore,
		AllowBuiltins: allowBuiltins,
	}
}
