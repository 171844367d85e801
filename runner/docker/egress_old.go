package docker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/moby/moby/client"
)

// egressRepository is where the images of egress containers are, each with the
// digest of its program as its tag.
const egressRepository = "mcp-runner-egress"

// oldEgress is the age at which an image of another program is removed: two versions
// side by side do not remove each other's at each start.
const oldEgress = 24 * time.Hour

// dropOldEgress removes the images of other programs than that of the image with
// the ID. The engine keeps those of which there is a container, and those with
// another name, which a person has given them.
func dropOldEgress(ctx context.Context, api *engine, id string) error {
	found, err := api.ImageList(ctx, client.ImageListOptions{Filters: client.Filters{}.Add("label", labelEgress)})
	if err != nil {
		return err
	}
	var errs []error
	for _, image := range found.Items {
		name := egressRepository + ":" + image.Labels[labelEgress]
		if image.ID == id || time.Since(time.Unix(image.Created, 0)) < oldEgress || !slices.Equal(image.RepoTags, []string{name}) {
			continue
		}
		if _, err := api.ImageRemove(ctx, image.ID, client.ImageRemoveOptions{PruneChildren: true}); unlessGone(err) != nil {
			errs = append(errs, fmt.Errorf("image %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}
