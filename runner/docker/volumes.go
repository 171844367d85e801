package docker

import (
	"context"
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/client"
)

// checkNamedVolumes refuses volumes that are something else behind their names: a
// path of the host, or what another machine has. Policy has seen the name only. The
// container has been created, so that they exist and nobody can replace them.
func checkNamedVolumes(ctx context.Context, api *engine, mounts []mount.Mount) error {
	for _, m := range mounts {
		if m.Type != mount.TypeVolume {
			continue
		}
		found, err := api.VolumeInspect(ctx, m.Source, client.VolumeInspectOptions{})
		if err != nil {
			return fmt.Errorf("volume %s: %w", m.Source, err)
		}
		v := found.Volume
		if v.Name != m.Source || v.Driver != "local" {
			return fmt.Errorf("volume %s is of the driver %q, and policy cannot see what that mounts: only volumes of the driver local are mounted", m.Source, v.Driver)
		}
		// With o=bind the kernel takes the device for a path, whatever the type says.
		device, memory := v.Options["device"], v.Options["type"] == "tmpfs" && !strings.Contains(v.Options["o"], "bind")
		if device != "" && !(memory && device == "tmpfs") {
			return fmt.Errorf("volume %s stands for %q, which policy has not seen: mount the path itself", m.Source, device)
		}
	}
	return nil
}
