package main

import (
	"log/slog"
	"os"
	"time"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
	"github.com/spf13/cobra"
)

// policyFlags say which policies are asked; the commands that ask the gate
// have the same.
type policyFlags struct {
	policies            []string
	noBuiltin           bool
	builtin             string
	insecurePermissions bool
	keyFile             string
	allowRollback       bool
	allowBuiltins       []string
	maxAge              time.Duration
	changed             func(flag string) bool // whether it was given
}

func (f *policyFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.changed = fs.Changed
	fs.StringArrayVar(&f.policies, "policy", nil, "policy `directory` that must allow too (repeatable; so does MCP_RUNNER_POLICY, a path list)")
	fs.BoolVar(&f.noBuiltin, "no-builtin", false, "leave the built-in policies out")
	fs.StringVar(&f.builtin, "builtin", library.Default, "`profile` of the built-in policies: "+oneOf(library.Names()))
	noFileCompletion(cmd, "builtin", library.Names()...)
	fs.BoolVar(&f.insecurePermissions, "insecure-policy-permissions", false, "warn where others could have written a policy directory, instead of refusing it")
	fs.StringVar(&f.keyFile, "policy-key", "", "`file` of public keys, PEM or JWKS: only bundles signed by one of them take effect (default: $"+gate.KeyVariable+")")
	fs.BoolVar(&f.allowRollback, "allow-rollback", false, "let an older signed bundle replace a newer one")
	allowBuiltinFlag(cmd, &f.allowBuiltins)
	fs.DurationVar(&f.maxAge, "policy-max-age", 0, "deny once the policy in force could not be confirmed for that long (0: never)")
}

// sources is where the gate's policies come from.
func (f *policyFlags) sources(log *slog.Logger) (gate.SourcesConfig, error) {
	cfg := gate.SourcesConfig{
		Policies:      f.policies,
		NoBuiltin:     f.noBuiltin,
		AllowRollback: f.allowRollback,
		AllowBuiltins: f.allowBuiltins,
		MaxAge:        f.maxAge,
		Getenv:        os.Getenv,
		Log:           log,
	}
	if f.insecurePermissions {
		cfg.Permissions = rego.PermissionsWarn
	}
	if f.noBuiltin && f.changed("builtin") {
		return gate.SourcesConfig{}, usagef("--no-builtin leaves the built-in policies out, and --builtin %s chooses a profile of them; leave one of the two out", f.builtin)
	}
	if !f.noBuiltin {
		if err := checkProfile("builtin", f.builtin); err != nil {
			return gate.SourcesConfig{}, err
		}
		cfg.Builtin = f.builtin
	}
	if f.maxAge < 0 {
		return gate.SourcesConfig{}, usagef("--policy-max-age %s is negative", f.maxAge)
	}
	var err error
	switch {
	case f.keyFile != "":
		cfg.Keys, err = rego.ReadKeys(f.keyFile)
	case f.changed("policy-key"):
		// An empty variable must not switch the verification off.
		return gate.SourcesConfig{}, usagef("--policy-key names no file")
	default:
		cfg.Keys, err = gate.KeysFromEnvironment(os.LookupEnv)
	}
	if err != nil {
		return gate.SourcesConfig{}, err
	}
	if f.allowRollback && cfg.Keys == nil {
		return gate.SourcesConfig{}, usagef("--allow-rollback is for signed bundles, and neither --policy-key nor %s is given", gate.KeyVariable)
	}
	return cfg, nil
}
