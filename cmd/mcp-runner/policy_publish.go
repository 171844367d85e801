package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/internal/show"
	"github.com/mcp-runner/mcp-runner/rego"
)

// policyPublish are the flags of policy publish.
type policyPublish struct {
	name          string
	keyFile       string
	allowBuiltins []string
	dryRun        bool
}

func newPolicyPublishCommand(a *app) *cobra.Command {
	f := &policyPublish{}
	cmd := &cobra.Command{
		Use:   "publish DIR DEST",
		Short: "Put policies in force, all at once",
		Long: `publish writes the policies of DIR as one archive into DEST, a directory of
policies that mcp-runner follows, such as /etc/mcp-runner/policy. Whoever reads
DEST meanwhile finds the archive that was there before, or the new one whole,
also where publish is killed, the disk is full or the machine stops.

The policies are checked first, as the gate loads them, and so is DEST with the
archive in it. What the gate would refuse is not published, and DEST stays as it
was. The same policies are the same bytes.

The archive holds what DIR holds, without its tests. Several bundles in DIR
become one. Where DIR is signed, with the .signatures.json of 'opa sign', the
archive holds exactly what was signed. DIR may be a bundle archive NAME.tar.gz,
too, as 'opa build' writes it, and is published as it is.`,
		Example: `  mcp-runner policy publish ./mcp-policies /etc/mcp-runner/policy
  mcp-runner policy publish --name team-a --policy-key key.pem bundle.tar.gz /etc/mcp-runner/policy`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("policy publish takes the policies and the directory to publish them to, as in: mcp-runner policy publish ./mcp-policies /etc/mcp-runner/policy")
			}
			return a.policyPublish(cmd.Context(), f, args[0], args[1])
		},
	}
	fs := cmd.Flags()
	fs.StringVar(&f.name, "name", "", "`name` of the archive in DEST, without .tar.gz (default: that of DIR)")
	fs.StringVar(&f.keyFile, "policy-key", "", "`file` of public keys, PEM or JWKS: publish only what is signed by one of them, to a DEST that is (default: $"+gate.KeyVariable+")")
	fs.StringArrayVar(&f.allowBuiltins, "allow-builtin", nil, "Rego `builtin` that policies may call where they are published to (repeatable)")
	fs.BoolVar(&f.dryRun, "dry-run", false, "check everything and write nothing")
	return cmd
}

func (a *app) policyPublish(ctx context.Context, f *policyPublish, dir, dest string) error {
	log, err := a.logger()
	if err != nil {
		return err
	}
	cfg := rego.PublishConfig{
		LoadConfig: rego.LoadConfig{
			Name: filepath.Base(dir), Dir: dir, InputSchema: gate.InputSchema(),
			Permissions: rego.PermissionsIgnore, AllowBuiltins: f.allowBuiltins, Log: log,
		},
		Dest: dest, Archive: strings.TrimSuffix(f.name, ".tar.gz"), DryRun: f.dryRun,
	}
	real, err := realPath(dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	if info.IsDir() {
		repo, err := openRepository(dir)
		if err != nil {
			return err
		}
		cfg.Dir = repo.policy
		// In the source the archive would be a bundle of it the next time.
		switch inside, err := isInside(dest, repo.policy); {
		case err != nil:
			return err
		case inside:
			return usagef("%s lies in %s, whose policies it would hold twice: publish elsewhere", dest, repo.policy)
		}
	}
	if f.name == "" {
		cfg.Archive = strings.TrimSuffix(filepath.Base(real), ".tar.gz")
	}
	cfg.Name = cfg.Archive
	if f.keyFile != "" {
		cfg.Keys, err = rego.ReadKeys(f.keyFile)
	} else {
		cfg.Keys, err = gate.KeysFromEnvironment(os.LookupEnv)
	}
	if err != nil {
		return err
	}
	out, err := rego.Publish(ctx, cfg)
	if err != nil {
		return err
	}
	p := newPrinter(a.stderr)
	for _, warning := range out.Warnings {
		p.Printf("warning: %s\n", gate.RedactText(warning))
	}
	if out.Signed && cfg.Keys == nil {
		p.Printf("warning: the signature was not verified: name the key with --policy-key\n")
	}
	did := "published"
	if f.dryRun {
		did = "would publish"
	}
	p.Printf("%s %s: the directory has %s, revision %.12s\n", did, show.Clean(out.File), count(len(out.Policies), "policy"), out.Revision)
	return p.Err()
}

// isInside says whether the directory dest is dir or lies in it. One that does
// not exist is for others to refuse.
func isInside(dest, dir string) (bool, error) {
	root, err := realPath(dir)
	if err != nil {
		return false, err
	}
	inside, err := isBelow(filepath.Join(dest, "archive"), root)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("destination: %w", err)
	}
	return inside, nil
}
