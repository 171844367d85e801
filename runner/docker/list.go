package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
)

// Labels of all that this package creates with an engine.
const (
	// LabelName is the server's name, LabelDecision and LabelRevision are those of
	// the verdict that allowed it, LabelSpecification is of runner.Approved.
	LabelName          = "io.github.mcp-runner.name"
	LabelDecision      = "io.github.mcp-runner.decision"
	LabelRevision      = "io.github.mcp-runner.revision"
	LabelSpecification = "io.github.mcp-runner.specification"
	// LabelReference is the image as it was written.
	LabelReference = "io.github.mcp-runner.reference"
	// LabelRole is server, or egress for what keeps a server to its listed hosts.
	LabelRole = "io.github.mcp-runner.role"
	// LabelContainer is the name of the container that has it. An engine gives the
	// labels of an image to every container of the image, and no image knows the
	// name of a container that will be made of it.
	LabelContainer = "io.github.mcp-runner.container"
	// What identifies the process that owns it: the machine, its boot, the process
	// and when that started.
	LabelHost    = "io.github.mcp-runner.host"
	LabelBoot    = "io.github.mcp-runner.boot"
	LabelPID     = "io.github.mcp-runner.pid"
	LabelStarted = "io.github.mcp-runner.started"
)

// roleServer is the LabelRole of a server's own container.
const roleServer = "server"

// ownLabels says whether this package has given a container its labels, and not
// the image that it was made of. A container that was renamed is nobody's.
func ownLabels(labels map[string]string, names ...string) bool {
	own := labels[LabelContainer]
	return own != "" && slices.ContainsFunc(names, func(name string) bool { return strings.TrimPrefix(name, "/") == own })
}

// Container is a server's container, as its labels have it.
type Container struct {
	ID, Name, Decision, Revision string
	// Image is what the container was created from, and Reference what was asked
	// for, "" where its labels do not have it.
	Image, Reference string
	// Status is the engine's word for its state, such as running or exited.
	Status  string
	Created time.Time
	// PID is the process of mcp-runner that owns it.
	PID int
}

// List returns the containers of servers, of all owners, the oldest first.
func (e *Engine) List(ctx context.Context) ([]Container, error) {
	api, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	found, err := api.ContainerList(ctx, client.ContainerListOptions{
		All:     true,
		Filters: client.Filters{}.Add("label", LabelRole+"="+roleServer),
	})
	if err != nil {
		return nil, fmt.Errorf("list of containers: %w", err)
	}
	var servers []Container
	for _, c := range found.Items {
		if c.Labels[LabelRole] != roleServer || !ownLabels(c.Labels, c.Names...) { // an engine may know no filters
			continue
		}
		pid, err := strconv.Atoi(c.Labels[LabelPID])
		if err != nil {
			pid = 0 // whoever wrote the label, it was not this package
		}
		servers = append(servers, Container{
			ID:        c.ID,
			Name:      c.Labels[LabelName],
			Image:     c.Image,
			Reference: c.Labels[LabelReference],
			Decision:  c.Labels[LabelDecision],
			Revision:  c.Labels[LabelRevision],
			Status:    string(c.State),
			Created:   time.Unix(c.Created, 0).UTC(),
			PID:       pid,
		})
	}
	slices.SortFunc(servers, func(a, b Container) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
	})
	return servers, nil
}

// Logs copies what the server wrote to its error output, and with follow goes on
// until the container ends or ctx does, which is no error then.
func (e *Engine) Logs(ctx context.Context, id string, follow bool, stderr io.Writer) (err error) {
	api, server, err := e.server(ctx, id)
	if err != nil {
		return err
	}
	logs, err := api.ContainerLogs(ctx, server.ID, client.ContainerLogsOptions{ShowStderr: true, Follow: follow})
	if err != nil {
		return fmt.Errorf("logs of container %s: %w", shortID(server.ID), err)
	}
	defer func() { err = errors.Join(err, logs.Close()) }()
	if _, err = stdcopy.StdCopy(io.Discard, stderr, logs); err != nil && (ctx.Err() == nil || !follow) {
		return fmt.Errorf("logs of container %s: %w", shortID(server.ID), err)
	}
	return nil
}

// releaseTime is how long the process that owns a container may take to remove it
// after its end.
const releaseTime = 5 * time.Second

// Stop ends a server's container, which has the time of grace after it was asked
// to, and returns once the container is gone, with all that belongs to it. The
// process that owns it sees its server end.
func (e *Engine) Stop(ctx context.Context, id string, grace time.Duration) error {
	api, server, err := e.server(ctx, id)
	if err != nil {
		return err
	}
	seconds := int(math.Ceil(max(grace, 0).Seconds())) // a negative number would be without end
	if _, err := api.ContainerStop(ctx, server.ID, client.ContainerStopOptions{Timeout: &seconds}); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("stop of container %s: %w", shortID(server.ID), err)
	}
	return e.release(ctx, api, server)
}

// release waits until the owner has removed a container that has ended, and what
// belongs to it, and does it itself where there is no owner, or none that does.
func (e *Engine) release(ctx context.Context, api *engine, server container.InspectResponse) error {
	if ownerOf(server.Config.Labels).dead(self()) {
		return removeAll(ctx, api, server)
	}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for end := time.Now().Add(releaseTime); time.Now().Before(end); {
		left, err := belongings(ctx, api, server)
		if err != nil || left.none() {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return removeAll(ctx, api, server)
}

// belonging is what an engine has of one server, by its ID.
type belonging struct{ containers, networks []string }

func (b belonging) none() bool { return len(b.containers)+len(b.networks) == 0 }

// belongings finds what has the same labels as a server's container: the decision
// that allowed it, and its owner. A server that no gate has decided about has
// nothing that tells it from its like, but its container.
func belongings(ctx context.Context, api *engine, server container.InspectResponse) (belonging, error) {
	same, labels := client.Filters{}, server.Config.Labels
	if labels[LabelDecision] == "" {
		same.Add("id", server.ID)
	}
	for _, label := range []string{LabelName, LabelDecision, LabelSpecification, LabelHost, LabelBoot, LabelPID, LabelStarted} {
		same.Add("label", label+"="+labels[label])
	}
	containers, err := api.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: same})
	if err != nil {
		return belonging{}, fmt.Errorf("list of containers: %w", err)
	}
	networks, err := api.NetworkList(ctx, client.NetworkListOptions{Filters: same}) // by the container's ID it finds none
	if err != nil {
		return belonging{}, fmt.Errorf("list of networks: %w", err)
	}
	var found belonging
	for _, c := range containers.Items {
		if !ownLabels(c.Labels, c.Names...) {
			continue
		}
		found.containers = append(found.containers, c.ID)
	}
	for _, n := range networks.Items {
		found.networks = append(found.networks, n.ID)
	}
	return found, nil
}

func removeAll(ctx context.Context, api *engine, server container.InspectResponse) error {
	left, err := belongings(ctx, api, server)
	errs := []error{err}
	for _, id := range left.containers {
		errs = append(errs, removeContainer(ctx, api, id))
	}
	for _, id := range left.networks {
		_, err := api.NetworkRemove(ctx, id, client.NetworkRemoveOptions{})
		errs = append(errs, unlessGone(err))
	}
	return errors.Join(errs...)
}

// server returns the server's container with the ID. Others are not touched.
func (e *Engine) server(ctx context.Context, id string) (*engine, container.InspectResponse, error) {
	api, err := e.connect(ctx)
	if err != nil {
		return nil, container.InspectResponse{}, err
	}
	found, err := api.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	if err != nil {
		return nil, container.InspectResponse{}, fmt.Errorf("container %s: %w", shortID(id), err)
	}
	c := found.Container
	if c.Config == nil || c.Config.Labels[LabelRole] != roleServer || !ownLabels(c.Config.Labels, c.Name) {
		return nil, container.InspectResponse{}, fmt.Errorf("container %s is no server of mcp-runner", shortID(id))
	}
	return api, c, nil
}

// shortID is an ID as people read it.
func shortID(id string) string {
	if len(id) > 12 {
		return id[:12]
	}
	return id
}
