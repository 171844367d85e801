package command

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/stacklok/toolhive/cmd/thv/app"
	"github.com/stacklok/toolhive/pkg/config"
	"github.com/stacklok/toolhive/pkg/registry"
	"github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/toolhive"
)

// runs are ToolHive's servers of npx://, uvx:// and go://, whose images it builds
// before it asks. About all others it asks in time.
type runs struct{ policy *toolhive.Policy }

func (r runs) ask(cmd *cobra.Command, args []string) (func() error, error) {
	flags, err := read(cmd, runFlags)
	if err != nil {
		return nil, err
	}
	if flags.FromConfig != "" || len(args) == 0 || !runner.IsImageProtocolScheme(args[0]) {
		return nil, nil
	}
	if flags.Name == "" {
		_, pkg, err := runner.ParseProtocolScheme(args[0])
		if err != nil {
			return nil, err
		}
		flags.Name = runner.PackageNameToImageName(pkg) // as ToolHive's run does
	}
	b := toolhive.Build{Reference: args[0]}
	cfg, err := r.policy.AskBeforeBuild(cmd.Context(), b, func(ctx context.Context) error {
		return describe(ctx, flags, image(b), cmd)
	})
	if err != nil {
		return nil, err
	}
	return nil, keepPorts(cmd, cfg)
}

// describe lets ToolHive make the run config of the command line, and ask about
// it. With an image in place of the reference ToolHive builds nothing, and the
// gate stops it before it pulls one. No registry is looked at: ToolHive does not
// look for a reference there, and nothing that is in one may stand for the image.
func describe(ctx context.Context, flags *app.RunFlags, image string, cmd *cobra.Command) error {
	registry.ResetDefaultProvider()
	defer registry.ResetDefaultProvider()
	if _, err := registry.GetDefaultProviderWithConfig(noRegistry{}); err != nil {
		return err
	}
	debug, err := cmd.Flags().GetBool("debug")
	if err != nil {
		return err
	}
	_, err = app.BuildRunnerConfig(ctx, flags, image, passed(os.Args), debug, cmd, "")
	return err
}

// noRegistry is a configuration whose registry is an empty file, in which no
// server is found.
type noRegistry struct{ config.Provider }

func (noRegistry) LoadOrCreateConfig() (*config.Config, error) {
	return &config.Config{LocalRegistryPath: os.DevNull}, nil
}

// keepPorts makes ToolHive take the ports that it has chosen for the question:
// the server that runs is the one that was asked about. A port that another
// program takes while the image is built is an error then.
func keepPorts(cmd *cobra.Command, cfg *runner.RunConfig) error {
	for name, port := range map[string]int{"proxy-port": cfg.Port, "target-port": cfg.TargetPort} {
		if port == 0 {
			continue
		}
		if err := cmd.Flags().Set(name, strconv.Itoa(port)); err != nil {
			return fmt.Errorf("flag --%s: %w", name, err)
		}
	}
	return nil
}

// image is a name as ToolHive makes it for what it builds now.
func image(b toolhive.Build) string {
	return b.Image() + ":" + time.Now().Format("20060102150405")
}

// passed are the arguments after "--", as ToolHive finds them: in the whole
// command line, and none where "--" is its end.
func passed(args []string) []string {
	for i, arg := range args {
		if arg == "--" && i < len(args)-1 {
			return args[i+1:]
		}
	}
	return nil
}
