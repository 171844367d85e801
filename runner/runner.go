package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// ErrNoContainerRuntime says that a server needs a container runtime and there
// is none.
var ErrNoContainerRuntime = errors.New("containers are not supported by this version")

// Options configure a Runner. The zero value runs local processes and remote
// servers.
type Options struct {
	// Runtime sets every server up. Nil means the process runtime for a command
	// and for a package, the remote runtime for a URL, and Containers for an image.
	Runtime Runtime
	// Containers resolves images and sets their servers up. Nil means that there
	// is nobody to: images are not resolved, and end with ErrNoContainerRuntime.
	Containers ContainerRuntime
	// Secrets returns the value of the secret with the given name; it is called
	// only after the gate has allowed the server. Nil means EnvSecrets.
	Secrets func(ctx context.Context, name string) (string, error)
	// StopGrace is how long a server may take to end after it was asked to. Zero
	// means five seconds.
	StopGrace time.Duration
	// OnPolicyChange is what becomes of a server that runs where the policies that
	// come into force would not allow it. It takes a gate that is a PolicyWatcher.
	OnPolicyChange PolicyChange
	// Log is where the runner logs. Nil means slog.Default().
	Log *slog.Logger
}

// Runner creates servers that the policy gate allows. It is safe for concurrent
// use.
type Runner struct {
	opts Options
}

// New returns a Runner.
func New(opts Options) *Runner {
	if opts.Secrets == nil {
		opts.Secrets = EnvSecrets
	}
	opts.StopGrace = cmp.Or(opts.StopGrace, defaultStopGrace)
	opts.Log = cmp.Or(opts.Log, slog.Default())
	return &Runner{opts: opts}
}

// Run creates the server that cfg describes and returns once it has ended. The
// active policy gate is asked exactly once, after cfg was validated and
// resolved and before anything is pulled, built or started. Run works on a copy
// of cfg that it takes before the question: what was asked is what is set up,
// whatever happens to cfg meanwhile.
//
// When ctx is done the server is stopped. Where the gate does not allow the
// server the error is a *BlockedError and nothing was started; where the server
// ended with a code other than 0 it is an *ExitError, and where it failed in
// another way ErrServerFailed. A server that a change of policy stopped is a
// *StoppedError, however it ended.
func (r *Runner) Run(ctx context.Context, cfg *RunConfig, stdio Stdio) error {
	return r.run(ctx, cfg, stdio, func(Server) {})
}

// run is Run; it calls started once the server is set up.
func (r *Runner) run(ctx context.Context, cfg *RunConfig, stdio Stdio, started func(Server)) error {
	gate := ActivePolicyGate()
	watcher, revision, err := r.watcher(gate)
	if err != nil {
		return &BlockedError{Err: err}
	}
	approved, err := r.ask(ctx, gate, cfg)
	if err != nil {
		return err
	}
	allowed := approved.config
	server, err := r.runtime(allowed).Setup(ctx, approved, stdio)
	if err != nil {
		return err
	}
	started(server)

	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }() // ends with the server, which Run awaits
	stop := make(chan error, 1)
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	if watcher != nil {
		go r.recheck(watching, watcher, revision, allowed, stop) // ends soon after Run
	}
	var stopped error
	select {
	case err := <-ended:
		return endError(err)
	case stopped = <-stop:
	case <-ctx.Done():
	}
	stopCtx, cancelStop := context.WithTimeout(context.WithoutCancel(ctx), r.opts.StopGrace)
	defer cancelStop()
	if err := server.Stop(stopCtx); err != nil {
		r.opts.Log.Warn("server did not stop cleanly", "server", allowed.Name, "error", err)
	}
	return cmp.Or(stopped, endError(<-ended))
}

// Resolve is [Resolve], and also finds out which image a reference stands for.
func (r *Runner) Resolve(ctx context.Context, cfg *RunConfig) (*RunConfig, error) {
	return (&resolver{images: r.opts.Containers}).resolve(ctx, cfg)
}

// Check asks the active gate about cfg as Run does, and creates nothing. A caller
// that creates servers later, such as an HTTP endpoint that starts one for each
// session, can so refuse before it listens.
func (r *Runner) Check(ctx context.Context, cfg *RunConfig) error {
	_, err := r.ask(ctx, ActivePolicyGate(), cfg)
	return err
}

// Supported returns an error where Run would not do all that cfg asks for, though
// policy may allow it. It asks nobody.
func (r *Runner) Supported(cfg *RunConfig) error {
	if r.opts.Containers != nil && cfg.Image != "" && !IsPackage(cfg.Image) {
		return r.opts.Containers.Supported(cfg)
	}
	return Supported(cfg)
}

// endError marks what went wrong after a server was set up.
func endError(err error) error {
	if _, exited := errors.AsType[*ExitError](err); err == nil || exited {
		return err
	}
	return fmt.Errorf("%w: %w", ErrServerFailed, err)
}

const defaultStopGrace = 5 * time.Second

func (r *Runner) runtime(cfg *RunConfig) Runtime {
	switch {
	case r.opts.Runtime != nil:
		return r.opts.Runtime
	case cfg.Command != "", IsPackage(cfg.Image):
		return NewProcessRuntime(ProcessOptions{Secrets: r.opts.Secrets, StopGrace: r.opts.StopGrace, Log: r.opts.Log})
	case cfg.RemoteURL != "":
		return NewRemoteRuntime(RemoteOptions{Secrets: r.opts.Secrets, Log: r.opts.Log})
	case r.opts.Containers != nil:
		return r.opts.Containers
	default:
		return noContainerRuntime{}
	}
}

// noContainerRuntime answers for images: the gate was asked, and what remains
// is to say what to do instead.
type noContainerRuntime struct{}

func (noContainerRuntime) Setup(_ context.Context, allowed *Approved, _ Stdio) (Server, error) {
	cfg, err := allowed.Config()
	if err != nil {
		return nil, err
	}
	return nil, cmp.Or(Supported(cfg), ErrNoContainerRuntime)
}
