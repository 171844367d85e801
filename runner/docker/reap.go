package docker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
)

// reapTime bounds how long a start waits for what dead owners left behind.
const reapTime = 2 * time.Second

// reap removes what owners have left behind who are proven dead. What fails is
// logged: the next start tries again.
func reap(ctx context.Context, api *engine, me owner, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, reapTime)
	defer cancel()
	if err := reapAll(ctx, api, me, log); err != nil && ctx.Err() == nil {
		log.Warn("what a runner that was killed has left behind is not removed", "error", err)
	}
}

func reapAll(ctx context.Context, api *engine, me owner, log *slog.Logger) error {
	if me.host == "" {
		return nil
	}
	ours := client.Filters{}.Add("label", LabelHost+"="+me.host)
	containers, err := api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: ours})
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range containers.Items {
		if !ownLabels(c.Labels, c.Names...) || !ownerOf(c.Labels).dead(me) {
			continue
		}
		log.Info("removing the container of a runner that was killed", "container", c.ID, "server", c.Labels[LabelName])
		errs = append(errs, removeContainer(ctx, api, c.ID))
	}
	networks, err := api.NetworkList(ctx, client.NetworkListOptions{Filters: ours})
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, n := range networks.Items {
		if !ownerOf(n.Labels).dead(me) {
			continue
		}
		_, err := api.NetworkRemove(ctx, n.ID, client.NetworkRemoveOptions{})
		errs = append(errs, unlessGone(err))
	}
	return errors.Join(errs...)
}

// removeContainer removes a container, whether it runs or not, and the volumes
// that have no name. That it is gone already is no error.
func removeContainer(ctx context.Context, api *engine, id string) error {
	_, err := api.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	return unlessGone(err)
}

// unlessGone is nil where what was to be removed is gone, or where another has
// begun to remove it.
func unlessGone(err error) error {
	if errdefs.IsNotFound(err) || errdefs.IsConflict(err) {
		return nil
	}
	return err
}
