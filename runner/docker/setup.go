package docker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/mcp-runner/mcp-runner/runner"
)

const (
	// cleanupTime bounds the removal of what a server leaves.
	cleanupTime = 30 * time.Second
	// createTime bounds the creation of a container, which is not cut off when
	// its caller goes away: the engine might complete it all the same.
	createTime = time.Minute
	// defaultStopGrace is Options.StopGrace where that is zero.
	defaultStopGrace = 5 * time.Second
)

// Setup starts the container that was allowed. Where it returns an error, nothing
// is left of what it has created.
func (e *Engine) Setup(ctx context.Context, allowed *runner.Approved, stdio runner.Stdio) (runner.Server, error) {
	cfg, err := allowed.Config()
	if err != nil {
		return nil, err
	}
	if cfg.Resolved == nil || cfg.Resolved.Container == nil {
		return nil, fmt.Errorf("image %s: not resolved", cfg.Image)
	}
	if err := e.Supported(cfg); err != nil {
		return nil, fmt.Errorf("image %s: %w", cfg.Image, err)
	}
	api, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	log := cmp.Or(e.opts.Log, slog.Default())
	own := self()
	reaped := make(chan struct{})
	go func() { // ends within reapTime; joined below
		defer close(reaped)
		reap(ctx, api, own, log)
	}()
	defer func() { <-reaped }()

	b := &build{engine: e, api: api, cfg: cfg, log: log.With("server", cfg.Name), labels: serverLabels(allowed, cfg, own)}
	server, err := b.server(ctx, stdio)
	if err != nil {
		return nil, fmt.Errorf("image %s: %w", cfg.Image, err)
	}
	return server, nil
}

// build is the setting up of one server.
type build struct {
	engine *Engine
	api    *engine
	cfg    *runner.RunConfig
	log    *slog.Logger
	labels map[string]string

	network   *serverNetwork
	container string // its ID, or its name until the engine has answered
	secrets   []string
}

// server creates and starts the container, and all that belongs to it.
func (b *build) server(ctx context.Context, stdio runner.Stdio) (_ runner.Server, err error) {
	if b.api.os != "" && b.api.os != "linux" {
		return nil, fmt.Errorf("the engine runs %s containers, and what the permission profile says is enforced for Linux only: switch it to Linux containers", b.api.os)
	}
	looks := canVerifyMounts(b.api)
	if err := checkMounts(b.cfg, looks); err != nil {
		return nil, err
	}
	image, err := b.engine.ensureImage(ctx, b.api, b.cfg)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.remove(ctx))
		}
	}()
	spec, err := b.spec(ctx, image)
	if err != nil {
		return nil, err
	}
	stopSignal, err := b.create(ctx, spec)
	if err != nil {
		return nil, err
	}
	conn, err := b.api.ContainerAttach(ctx, b.container, client.ContainerAttachOptions{
		Stream: true, Stdin: spec.Config.AttachStdin, Stdout: true, Stderr: true,
	})
	if err != nil {
		return nil, fmt.Errorf("attach: %w", err)
	}
	if err := b.start(ctx, looks); err != nil {
		conn.Close()
		return nil, err
	}
	s := newServer(b, &conn.HijackedResponse, stopSignal)
	s.begin(stdio)
	if talksStdio(b.cfg) {
		return s, nil
	}
	if err := s.serveEndpoint(ctx, stdio); err != nil {
		s.abort()
		return nil, err
	}
	return s, nil
}

// spec is what the container is created with. Secrets are asked for here, and so
// only once the gate has allowed the server and its image is there.
func (b *build) spec(ctx context.Context, image string) (*client.ContainerCreateOptions, error) {
	spec, err := newSpec(b.cfg, image, b.labels)
	if err != nil {
		return nil, err
	}
	if err := b.coverVolumes(ctx, image, spec.HostConfig.Tmpfs); err != nil {
		return nil, err
	}
	env, err := runner.ContainerEnvironment(ctx, b.cfg, b.engine.opts.Secrets, b.engine.opts.Log)
	if err != nil {
		return nil, err
	}
	b.secrets = secretValues(b.cfg, env)
	port := 0
	if !talksStdio(b.cfg) {
		port = b.cfg.TargetPort
	}
	b.network, err = b.engine.newNetwork(ctx, b.api, b.cfg, b.labels, port, spec.HostConfig, spec.NetworkingConfig)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	for published := range spec.HostConfig.PortBindings { // of others an engine takes no notice
		if spec.Config.ExposedPorts == nil {
			spec.Config.ExposedPorts = network.PortSet{}
		}
		spec.Config.ExposedPorts[published] = struct{}{}
	}
	// The network's own win: with others the server would reach nothing.
	for _, variable := range b.network.env {
		name, _, _ := strings.Cut(variable, "=")
		env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		env = append(env, variable)
	}
	spec.Config.Env = env
	return spec, nil
}

// coverVolumes adds to scratch, where the root is read-only, the directories that
// the image declares as volumes: the engine would make each one that can be written
// to without a bound, which policies know nothing of.
func (b *build) coverVolumes(ctx context.Context, image string, scratch map[string]string) error {
	if scratch == nil {
		return nil
	}
	got, err := b.api.ImageInspect(ctx, image)
	if err != nil {
		return err
	}
	if got.Config == nil {
		return nil
	}
	for volume := range got.Config.Volumes {
		at := path.Clean("/" + volume)
		if !slices.ContainsFunc(b.cfg.Resolved.Mounts, func(m runner.Mount) bool { return m.Target == at }) {
			scratch[at] = scratchOptions
		}
	}
	return nil
}

// create creates the container and looks at what has become of it. It returns the
// signal by which the image wants to be asked to end.
func (b *build) create(ctx context.Context, spec *client.ContainerCreateOptions) (stopSignal string, err error) {
	b.container = spec.Name
	created, err := createContainer(ctx, b.api, *spec)
	if err != nil {
		return "", fmt.Errorf("create: %w", err)
	}
	b.container = created.ID
	for _, warning := range created.Warnings {
		b.log.Debug("the engine warns about the container", "warning", warning)
	}
	got, err := b.api.ContainerInspect(ctx, b.container, client.ContainerInspectOptions{})
	if err != nil {
		return "", fmt.Errorf("create: %w", err)
	}
	if err := checkCreated(spec, got.Container, b.api.local); err != nil {
		return "", err
	}
	if err := checkNamedVolumes(ctx, b.api, spec.HostConfig.Mounts); err != nil {
		return "", err
	}
	return cmp.Or(got.Container.Config.StopSignal, "SIGTERM"), nil
}

// createContainer is not cut off when its caller goes away: the engine might create
// the container all the same, and nobody would know.
func createContainer(ctx context.Context, api *engine, opts client.ContainerCreateOptions) (client.ContainerCreateResult, error) {
	if err := ctx.Err(); err != nil {
		return client.ContainerCreateResult{}, err
	}
	creating, cancel := context.WithTimeout(context.WithoutCancel(ctx), createTime)
	defer cancel()
	return api.ContainerCreate(creating, opts)
}

// start starts the container; looks says that its mounts are looked at then.
func (b *build) start(ctx context.Context, looks bool) error {
	if _, err := b.api.ContainerStart(ctx, b.container, client.ContainerStartOptions{}); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	if !looks || !slices.ContainsFunc(b.cfg.Resolved.Mounts, isHostPath) {
		return nil
	}
	pid, err := b.process(ctx)
	if err != nil {
		return err
	}
	found := verifyMounts(pid, b.cfg)
	// Of a process that has ended meanwhile nothing was seen, whatever was found.
	if again, err := b.process(ctx); err != nil || again != pid {
		return cmp.Or(err, errors.New("the server was started again before its mounts could be looked at"))
	}
	return found
}

// process is the container's first process, on this machine.
func (b *build) process(ctx context.Context) (pid int, err error) {
	got, err := b.api.ContainerInspect(ctx, b.container, client.ContainerInspectOptions{})
	if err != nil {
		return 0, fmt.Errorf("start: %w", err)
	}
	state := got.Container.State
	if state == nil || !state.Running || state.Pid <= 0 {
		code := 0
		if state != nil {
			code = state.ExitCode
		}
		return 0, fmt.Errorf("the server ended with exit code %d before its mounts could be looked at", code)
	}
	return state.Pid, nil
}

// remove removes all that was created, whether or not ctx is done.
func (b *build) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	var errs []error
	if b.container != "" {
		if err := removeContainer(ctx, b.api, b.container); err != nil {
			errs = append(errs, fmt.Errorf("container %s is left, and the next start of a container removes it: %w", shortID(b.container), err))
		}
	}
	if b.network != nil {
		if err := b.network.close(ctx, b.api); err != nil {
			errs = append(errs, fmt.Errorf("network of the container is left: %w", err))
		}
	}
	return errors.Join(errs...)
}

// secretValues are the values in env that came from secrets.
func secretValues(cfg *runner.RunConfig, env []string) []string {
	var values []string
	for _, reference := range cfg.Secrets {
		secret, err := runner.ParseSecret(reference)
		if err != nil {
			continue // ContainerEnvironment has refused it
		}
		for _, variable := range env {
			if value, ok := strings.CutPrefix(variable, secret.Target+"="); ok && value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}
