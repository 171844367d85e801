package docker

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// checkCreated returns an error where the engine has created another container
// than it was asked for: a plugin, a default of the daemon, or a limit that its
// kernel does not know, may have changed it. local says that the engine sees the
// same paths as this process.
func checkCreated(asked *client.ContainerCreateOptions, got container.InspectResponse, local bool) error {
	if got.Config == nil || got.HostConfig == nil {
		return fmt.Errorf("the engine does not tell what it has created")
	}
	want, host := asked.HostConfig, got.HostConfig
	for _, c := range []struct {
		what      string
		want, got any
	}{
		{"image", asked.Config.Image, got.Image},
		{"user", asked.Config.User, got.Config.User},
		{"privileged", want.Privileged, host.Privileged},
		{"read-only root", want.ReadonlyRootfs, host.ReadonlyRootfs},
		{"capabilities added", len(want.CapAdd), len(host.CapAdd)},
		{"capabilities kept", len(want.CapDrop) == 0, len(host.CapDrop) == 0},
		{"gain of privileges", false, !slices.ContainsFunc(host.SecurityOpt, noNewPrivileges)},
		{"confinement switched off", false, !want.Privileged && slices.ContainsFunc(host.SecurityOpt, unconfines)},
		{"groups added", len(want.GroupAdd), len(host.GroupAdd)},
		{"devices", len(want.Devices), len(host.Devices) + len(host.DeviceRequests) + len(host.DeviceCgroupRules)},
		{"memory limit", want.Memory, host.Memory},
		{"process limit", number(want.PidsLimit), number(host.PidsLimit)},
		{"processor limit", want.CPUQuota, host.CPUQuota},
		{"host's IPC namespace", false, host.IpcMode.IsHost() || host.IpcMode.IsContainer()},
		{"host's PID namespace", false, host.PidMode.IsHost() || host.PidMode.IsContainer()},
		{"host's UTS namespace", false, host.UTSMode.IsHost()},
		{"host's user namespace", false, host.UsernsMode.IsHost()},
	} {
		if c.want != c.got {
			return fmt.Errorf("the engine has created another container than it was asked for: %s is %v, want %v", c.what, c.got, c.want)
		}
	}
	if asked.Config.Cmd != nil && !slices.Equal(asked.Config.Cmd, got.Config.Cmd) {
		return fmt.Errorf("the engine has created another container than it was asked for: its arguments are others")
	}
	if !sameNetwork(string(want.NetworkMode), got) {
		return fmt.Errorf("the engine has created another container than it was asked for: network is %q, want %q", host.NetworkMode, want.NetworkMode)
	}
	if err := sameMounts(asked, got, local); err != nil {
		return fmt.Errorf("the engine has created another container than it was asked for: %w", err)
	}
	return nil
}

// noNewPrivileges knows the spellings of engines.
func noNewPrivileges(option string) bool {
	return slices.Contains([]string{"no-new-privileges", "no-new-privileges=true", "no-new-privileges:true"}, option)
}

// unconfines says whether a security option, such as seccomp=unconfined, takes away
// what confines every container. A privileged one has none of that.
func unconfines(option string) bool {
	return strings.HasSuffix(option, "unconfined") || strings.HasSuffix(option, "disable")
}

// sameNetwork also knows Podman's answer, which is bridge for every network of
// that kind, with its name elsewhere.
func sameNetwork(want string, got container.InspectResponse) bool {
	mode := string(got.HostConfig.NetworkMode)
	if mode == want {
		return true
	}
	if mode != "bridge" || want == "host" || want == "none" || got.NetworkSettings == nil || len(got.NetworkSettings.Networks) != 1 {
		return false
	}
	return got.NetworkSettings.Networks[want] != nil
}

// anonymousVolume is the name that an engine gives the volume of an image's own
// VOLUME instruction.
var anonymousVolume = regexp.MustCompile(`^[0-9a-f]{64}$`)

// sameMounts compares what is mounted with what was asked for. Volumes that the
// image itself declares are there too, below a directory in memory where the root
// is read-only.
func sameMounts(asked *client.ContainerCreateOptions, got container.InspectResponse, local bool) error {
	missing := map[string]mount.Mount{}
	for _, m := range asked.HostConfig.Mounts {
		missing[m.Target] = m
	}
	for _, m := range got.HostConfig.Mounts {
		if want, ok := missing[m.Target]; !ok || want.Source != m.Source || want.Type != m.Type || want.ReadOnly != m.ReadOnly {
			return fmt.Errorf("mount at %s is another", m.Target)
		}
	}
	for _, m := range got.Mounts {
		want, ok := missing[m.Destination]
		_, declared := got.Config.Volumes[m.Destination]
		_, scratch := asked.HostConfig.Tmpfs[m.Destination]
		switch {
		case !ok && m.Type == mount.TypeVolume && declared && anonymousVolume.MatchString(m.Name) && (scratch || !asked.HostConfig.ReadonlyRootfs):
			continue
		case !ok && m.Type == mount.TypeTmpfs && scratch:
			continue
		case !ok:
			return fmt.Errorf("%s is mounted at %s", m.Type, m.Destination)
		case m.Type != want.Type || m.RW == want.ReadOnly:
			return fmt.Errorf("mount at %s is another", m.Destination)
		case want.Type == mount.TypeVolume && m.Name != want.Source:
			return fmt.Errorf("mount at %s is volume %s, want %s", m.Destination, m.Name, want.Source)
		// The engine of another machine, or of a virtual one, has paths of its own.
		case want.Type == mount.TypeBind && local && m.Source != want.Source:
			return fmt.Errorf("mount at %s is %s, want %s", m.Destination, m.Source, want.Source)
		}
		delete(missing, m.Destination)
	}
	for target := range missing {
		return fmt.Errorf("nothing is mounted at %s", target)
	}
	return nil
}

func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
