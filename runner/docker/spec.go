package docker

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/mcp-runner/mcp-runner/runner"
)

// cpuPeriod is that of the processor quota, in microseconds. With NanoCPUs an
// engine would refuse more processors than it has.
const cpuPeriod = 100_000

// scratchOptions are those of the directories that a server with a read-only root
// may write to.
const scratchOptions = "rw,noexec,nosuid,nodev,size=64m,mode=1777"

// newSpec is all that the container of cfg is created with, but for its
// environment and its network.
func newSpec(cfg *runner.RunConfig, imageID string, labels map[string]string) (*client.ContainerCreateOptions, error) {
	resolved := cfg.Resolved.Container
	stdio := talksStdio(cfg)
	yes, pids := true, int64(resolved.PIDs)
	host := &container.HostConfig{
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: resolved.ReadOnlyRoot,
		Init:           &yes,
		IpcMode:        container.IPCModePrivate,
		CgroupnsMode:   container.CgroupnsModePrivate,
		RestartPolicy:  container.RestartPolicy{Name: container.RestartPolicyDisabled},
		// What the server writes waits here for the logs command. Only root on the
		// engine's machine reads it, and it goes with the container.
		LogConfig: container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "10m", "max-file": "1"}},
		Resources: container.Resources{
			Memory:     int64(resolved.MemoryBytes),
			MemorySwap: int64(resolved.MemoryBytes),
			PidsLimit:  &pids,
			CPUPeriod:  cpuPeriod,
			CPUQuota:   int64(resolved.CPUs * cpuPeriod),
		},
		Mounts: mounts(cfg),
	}
	if privileged(cfg) {
		host.Privileged = true
	} else {
		host.CapDrop = []string{"ALL"}
	}
	if resolved.ReadOnlyRoot {
		host.Tmpfs = scratch(cfg)
	}
	config := &container.Config{
		Image:        imageID,
		User:         resolved.User,
		Labels:       maps.Clone(cfg.ContainerLabels),
		AttachStdin:  stdio,
		OpenStdin:    stdio,
		StdinOnce:    stdio,
		AttachStdout: true,
		AttachStderr: true,
	}
	if len(cfg.CmdArgs) > 0 {
		config.Cmd = slices.Clone(cfg.CmdArgs)
	}
	if config.Labels == nil {
		config.Labels = map[string]string{}
	}
	maps.Copy(config.Labels, labels)
	name := containerName(cfg.Name)
	config.Labels[LabelContainer] = name
	if err := publishWritten(cfg, config, host); err != nil {
		return nil, err
	}
	return &client.ContainerCreateOptions{
		Name:             name,
		Config:           config,
		HostConfig:       host,
		NetworkingConfig: &network.NetworkingConfig{},
	}, nil
}

func talksStdio(cfg *runner.RunConfig) bool {
	return cfg.Transport == "" || cfg.Transport == runner.TransportStdio
}

func privileged(cfg *runner.RunConfig) bool {
	return cfg.PermissionProfile != nil && cfg.PermissionProfile.Privileged
}

// mounts are the sources that the gate was asked about: what their links led to,
// and nothing that is mounted below them.
func mounts(cfg *runner.RunConfig) []mount.Mount {
	var all []mount.Mount
	for _, m := range cfg.Resolved.Mounts {
		made := mount.Mount{Type: mount.TypeVolume, Source: m.Resolved, Target: m.Target, ReadOnly: m.ReadOnly}
		if isHostPath(m) {
			made.Type = mount.TypeBind
			made.BindOptions = &mount.BindOptions{Propagation: mount.PropagationRPrivate, NonRecursive: true}
		}
		all = append(all, made)
	}
	return all
}

// scratch are the directories in memory, where nothing else is mounted.
func scratch(cfg *runner.RunConfig) map[string]string {
	dirs := map[string]string{"/tmp": scratchOptions, "/run": scratchOptions}
	for _, m := range cfg.Resolved.Mounts {
		delete(dirs, m.Target)
	}
	return dirs
}

// publishWritten binds the ports of cfg to the addresses that it names.
func publishWritten(cfg *runner.RunConfig, config *container.Config, host *container.HostConfig) error {
	for _, written := range cfg.Publish {
		m, err := runner.ParsePublish(written)
		if err != nil {
			return err
		}
		protocol := network.TCP
		if m.Protocol == "udp" {
			protocol = network.UDP
		}
		port, ok := network.PortFrom(uint16(m.ContainerPort), protocol)
		if !ok {
			return fmt.Errorf("published port %q: not a port", written)
		}
		binding := network.PortBinding{}
		if m.HostIP != "" {
			if binding.HostIP, err = netip.ParseAddr(m.HostIP); err != nil {
				return fmt.Errorf("published port %q: %w", written, err)
			}
		}
		if m.HostPort != 0 {
			binding.HostPort = strconv.Itoa(m.HostPort)
		}
		if config.ExposedPorts == nil {
			config.ExposedPorts, host.PortBindings = network.PortSet{}, network.PortMap{}
		}
		config.ExposedPorts[port] = struct{}{}
		host.PortBindings[port] = append(host.PortBindings[port], binding)
	}
	return nil
}

// containerName is a name that no other container has, from what may be any text.
func containerName(server string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return '-'
		}
	}, server)
	if len(clean) > 40 {
		clean = clean[:40]
	}
	return "mcp-runner-" + clean + "-" + strings.ToLower(rand.Text()[:12])
}

// serverLabels are those that all of a server's container, network and egress
// container carry.
func serverLabels(allowed *runner.Approved, cfg *runner.RunConfig, own owner) map[string]string {
	verdict := allowed.Verdict()
	labels := map[string]string{
		LabelName:          cfg.Name,
		LabelDecision:      verdict.Decision,
		LabelRevision:      verdict.Revision,
		LabelSpecification: allowed.Specification(),
		LabelReference:     cfg.Image,
		LabelRole:          "server",
	}
	maps.Copy(labels, own.labels())
	return labels
}
