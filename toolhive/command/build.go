package command

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/spf13/cobra"

	"github.com/stacklok/toolhive-core/permissions"
	"github.com/stacklok/toolhive/pkg/container/templates"
	"github.com/stacklok/toolhive/pkg/runner"
	"github.com/stacklok/toolhive/pkg/transport/types"

	"github.com/mcp-runner/mcp-runner/toolhive"
	"github.com/mcp-runner/mcp-runner/toolhive/internal/origins"
)

// builds are ToolHive's images of npx://, uvx:// and go:// that it builds without
// a server, and without a question.
type builds struct{ policy *toolhive.Policy }

func (b builds) ask(cmd *cobra.Command, args []string) (func() error, error) {
	flags := cmd.Flags()
	dry, err := flags.GetBool("dry-run")
	if err != nil {
		return nil, err
	}
	output, err := flags.GetString("output")
	if err != nil {
		return nil, err
	}
	tag, err := flags.GetString("tag")
	if err != nil {
		return nil, err
	}
	with, err := flags.GetStringArray("build-with")
	if err != nil {
		return nil, err
	}
	// With the first two ToolHive writes a Dockerfile and builds nothing. What is
	// no reference it refuses.
	if dry || output != "" || !runner.IsImageProtocolScheme(args[0]) {
		return nil, nil
	}
	if err := checkTag(tag); err != nil {
		return nil, err
	}
	_, pkg, err := runner.ParseProtocolScheme(args[0])
	if err != nil {
		return nil, err
	}
	build := toolhive.Build{Reference: args[0], Args: passed(os.Args)}
	cfg := &runner.RunConfig{
		Name:    runner.PackageNameToImageName(pkg),
		Image:   image(build),
		CmdArgs: build.Args,
		// Nothing is known yet of a server of the image: one that may do nothing.
		Transport: types.TransportTypeStdio, PermissionProfile: permissions.BuiltinNoneProfile(), Host: "127.0.0.1",
	}
	if len(with) > 0 {
		cfg.RuntimeConfig = &templates.RuntimeConfig{BuildWith: with}
	}
	allowed, err := b.policy.AskBeforeBuild(cmd.Context(), build, func(ctx context.Context) error {
		if err := runner.ActivePolicyGate().CheckCreateServer(ctx, cfg); err != nil {
			return fmt.Errorf("build blocked by policy: %w", err)
		}
		return nil
	})
	if err != nil || tag != "" {
		return nil, err // an image with a name of the person's is judged by that name when it is run
	}
	if err := flags.Set("tag", cfg.Image); err != nil {
		return nil, fmt.Errorf("flag --tag: %w", err)
	}
	return func() error { return b.policy.Remember(cfg.Image, build, allowed) }, nil
}

// checkTag refuses the names that ToolHive gives by itself: what is remembered of
// such an image would be believed of another one that takes its name.
func checkTag(tag string) error {
	if tag == "" {
		return nil
	}
	ref, err := name.ParseReference(tag)
	if err != nil {
		return fmt.Errorf("flag --tag: %w", err)
	}
	if strings.HasPrefix(ref.Context().RepositoryStr(), origins.Prefix) {
		return fmt.Errorf("flag --tag: the names below %s are for images that ToolHive names by itself: choose another, or none", origins.Prefix)
	}
	return nil
}
