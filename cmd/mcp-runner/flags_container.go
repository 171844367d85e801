package main

import (
	"math"
	"slices"

	"github.com/docker/go-units"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mcp-runner/mcp-runner/runner"
)

// containerFlags say how the container of an image runs.
type containerFlags struct {
	pull, user, memory string
	cpus               float64
	pids               int
	writableRoot       bool
	publish            []string
}

// ofContainers are the flags that no other server than an image has.
var ofContainers = []string{"pull", "user", "memory", "cpus", "pids-limit", "writable-root", "publish"}

func (f *containerFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	policies := []string{string(runner.PullMissing), string(runner.PullAlways), string(runner.PullNever)}
	fs.StringVar(&f.pull, "pull", policies[0], "when to pull an image: "+oneOf(policies))
	fs.StringVar(&f.user, "user", "", "`user` of a container, NAME or UID, with or without :GROUP (default: the image's, else "+runner.DefaultContainerUser+")")
	fs.StringVar(&f.memory, "memory", units.BytesSize(runner.DefaultMemoryBytes), "memory of a container at most, such as 512m")
	fs.Float64Var(&f.cpus, "cpus", runner.DefaultCPUs, "processors of a container at most")
	fs.IntVar(&f.pids, "pids-limit", runner.DefaultPIDs, "processes and threads of a container at most")
	fs.BoolVar(&f.writableRoot, "writable-root", false, "let a container write to its root file system")
	fs.StringArrayVarP(&f.publish, "publish", "p", nil, "publish a port of a container, `[[IP:]HOST-PORT:]PORT`")
	noFileCompletion(cmd, "pull", policies...)
	noFileCompletion(cmd, "user")
	noFileCompletion(cmd, "memory")
}

// fill puts what was given into cfg.
func (f *containerFlags) fill(fs *pflag.FlagSet, cfg *runner.RunConfig) error {
	given := slices.DeleteFunc(slices.Clone(ofContainers), func(name string) bool { return !fs.Changed(name) })
	if len(given) == 0 {
		return nil
	}
	if cfg.Image == "" || runner.ImageScheme(cfg.Image) != "image" {
		return usagef("--%s is for a container; this server is not an image", given[0])
	}
	for _, port := range f.publish {
		if _, err := runner.ParsePublish(port); err != nil {
			return &usageError{err}
		}
	}
	cfg.Publish = f.publish
	var opts runner.ContainerOptions
	for _, name := range given {
		var wrong error
		switch name {
		case "pull":
			opts.Pull = runner.PullPolicy(f.pull)
			if f.pull == "" || opts.Validate() != nil {
				wrong = usagef("--pull %q: want missing, always or never", f.pull)
			}
		case "user":
			opts.User = f.user
			if f.user == "" || opts.Validate() != nil {
				wrong = usagef("--user %q: want NAME or UID, with or without :GROUP", f.user)
			}
		case "memory":
			n, err := units.RAMInBytes(f.memory)
			if err == nil && n <= math.MaxInt {
				opts.MemoryBytes = int(n)
			}
			if opts.MemoryBytes == 0 || opts.Validate() != nil {
				wrong = usagef("--memory %q: want %s or more, such as 512m or 1g", f.memory, units.BytesSize(runner.MinMemoryBytes))
			}
		case "cpus":
			opts.CPUs = f.cpus
			if f.cpus == 0 || opts.Validate() != nil {
				wrong = usagef("--cpus %v: want more than 0, and %d at most", f.cpus, runner.MaxCPUs)
			}
		case "pids-limit":
			opts.PIDs = f.pids
			if f.pids == 0 || opts.Validate() != nil {
				wrong = usagef("--pids-limit %d: want 1 or more", f.pids)
			}
		case "writable-root":
			opts.WritableRoot = f.writableRoot
		case "publish":
			continue
		}
		if wrong != nil {
			return wrong
		}
		cfg.Container = &opts
	}
	return nil
}
