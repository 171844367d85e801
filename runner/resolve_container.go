package runner

import (
	"cmp"
	"context"
	"fmt"
)

// ContainerOf is how the container of c will run, as far as c itself says: its
// image is not known, and neither is the user that the image names.
func ContainerOf(c *RunConfig) *ResolvedContainer {
	var opts ContainerOptions
	if c.Container != nil {
		opts = *c.Container
	}
	return &ResolvedContainer{
		User:         opts.User,
		ReadOnlyRoot: !opts.WritableRoot,
		MemoryBytes:  cmp.Or(opts.MemoryBytes, DefaultMemoryBytes),
		PIDs:         cmp.Or(opts.PIDs, DefaultPIDs),
		CPUs:         cmp.Or(opts.CPUs, DefaultCPUs),
		Network:      containerNetwork(c),
	}
}

// container finds out how the container of c will run. Without r.images the image
// is not known.
func (r *resolver) container(ctx context.Context, c *RunConfig) (*ResolvedContainer, error) {
	found := ContainerOf(c)
	if r.images == nil {
		return found, nil
	}
	if _, err := ParseImage(c.Image); err != nil {
		return nil, err
	}
	image, err := r.images.ResolveImage(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", c.Image, err)
	}
	if found.User == "" && image.User != "" {
		// As in a config: policies compare, and 00 would be root under another name.
		if err := checkContainerUser(image.User); err != nil {
			return nil, fmt.Errorf("image %s: the user that it names: %w: name another one (--user, container.user)", c.Image, err)
		}
	}
	found.Image = *image
	found.User = cmp.Or(found.User, image.User, DefaultContainerUser)
	return found, nil
}
