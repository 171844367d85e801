package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// ProcessOptions configure the process runtime.
type ProcessOptions struct {
	// Secrets returns the value of the secret with the given name. Nil means
	// EnvSecrets.
	Secrets func(ctx context.Context, name string) (string, error)
	// StopGrace is how long a process may take to end after it was asked to.
	// Zero means five seconds.
	StopGrace time.Duration
	// Log is where the runtime logs. Nil means slog.Default().
	Log *slog.Logger
}

// NewProcessRuntime returns a Runtime for local processes.
//
// It executes the file that Resolve found, with argv[0] as it was found, and
// gives it the environment that the MCP SDKs give a server plus what the config
// asks for, never the runner's own.
//
// On Linux that file is the one whose digest was compared, whatever its path leads
// to by then: it is executed through the descriptor that it was read through. For
// a script this holds of its interpreter, which gets the path of the script as
// from the kernel; that the path still leads to the same file is looked at once
// more when the interpreter has started. It takes a /proc; a server's name in
// process lists that show no arguments is a number. Elsewhere the files are
// compared just before they are executed by their path.
//
// A process gets a process group of its own (on Windows a job). When it ends,
// or is stopped, the rest of its group ends with it; when the runner dies, even
// by SIGKILL, all of it ends. (For that a small /bin/sh waits beside each server.
// On a Linux without one, a killed runner takes only the process itself with it.)
// A process that leaves its group, as a daemon does, outlives it.
//
// In a terminal such a group is in the background: a server that reads from the
// terminal itself is stopped by the system (SIGTTIN). The standard input of an
// MCP server is a pipe, so this concerns only a person who tries one by hand.
func NewProcessRuntime(opts ProcessOptions) Runtime {
	if opts.Secrets == nil {
		opts.Secrets = EnvSecrets
	}
	opts.StopGrace = cmp.Or(opts.StopGrace, defaultStopGrace)
	opts.Log = cmp.Or(opts.Log, slog.Default())
	return &processRuntime{opts}
}

type processRuntime struct {
	opts ProcessOptions
}

// Setup starts the process that was allowed.
func (r *processRuntime) Setup(ctx context.Context, allowed *Approved, stdio Stdio) (Server, error) {
	cfg, err := allowed.Config()
	if err != nil {
		return nil, err
	}
	if cfg.Resolved == nil || cfg.Resolved.Command == nil {
		return nil, fmt.Errorf("command %s: not resolved", cfg.Command)
	}
	cfg = cfg.AsCommand()
	if err := Supported(cfg); err != nil {
		return nil, err
	}
	command := cfg.Resolved.Command
	env, err := newEnvironment(ctx, cfg, r.opts.Secrets, r.opts.Log)
	if err != nil {
		return nil, fmt.Errorf("command %s: %w", cfg.Command, err)
	}
	cmd := &exec.Cmd{Env: env.list()}
	streams, err := connect(cmd, stdio)
	if err != nil {
		return nil, fmt.Errorf("command %s: %w", cfg.Command, err)
	}
	files, err := command.pin(ctx, cmd, cfg.CmdArgs)
	if err != nil {
		streams.abandon()
		return nil, fmt.Errorf("command %s: %w", cfg.Command, err)
	}
	defer files.close()
	p := &process{
		name:    cfg.Command,
		grace:   r.opts.StopGrace,
		log:     r.opts.Log.With("server", cfg.Name),
		cmd:     cmd,
		streams: streams,
		done:    make(chan struct{}),
	}
	started := make(chan error, 1)
	go p.run(files, started) // ends with the process; Wait joins it
	if err := <-started; err != nil {
		return nil, fmt.Errorf("command %s: %w", cfg.Command, err)
	}
	return p, nil
}

// process is a server that is a local process.
type process struct {
	name    string
	grace   time.Duration
	log     *slog.Logger
	cmd     *exec.Cmd
	streams *streams
	polite  sync.Once

	done chan struct{} // closed when everything is gone
	err  error         // how it ended; read after done

	mu   sync.Mutex
	tree *tree // nil once its ids may name something else
}

// Wait returns how the process ended.
func (p *process) Wait() error {
	<-p.done
	return p.err
}

// Stop sends SIGTERM to the group, waits for the grace time or ctx, whichever
// ends first, and then sends SIGKILL.
func (p *process) Stop(ctx context.Context) error {
	p.polite.Do(func() {
		if !p.withTree((*tree).terminate) {
			p.withTree((*tree).kill)
		}
	})
	timer := time.NewTimer(p.grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	p.withTree((*tree).kill)
	<-p.done
	return nil
}

// withTree calls f while the ids in the tree are certain to be the server's own.
// It reports whether there was nothing left to do or f did it.
func (p *process) withTree(f func(*tree) error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tree == nil {
		return true
	}
	if err := f(p.tree); err != nil {
		p.log.Debug("signal to server", "error", err)
		return false
	}
	return true
}

// run starts the process, says on started whether it did, and stays until
// everything that belongs to it is gone.
func (p *process) run(files *pinned, started chan<- error) {
	// On Linux the parent-death signal comes when the thread that started the
	// process ends, so that thread has to stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	t, err := startTree(p.cmd, p.log)
	if err != nil {
		err = files.named(err)
	} else if err = files.confirm(); err != nil {
		p.discard(t)
	}
	if err != nil {
		p.streams.abandon()
		started <- err
		return
	}
	p.streams.started()
	p.tree = t // Setup returns the process only after the send below
	started <- nil
	p.err = p.await(t)
	close(p.done)
}

// discard ends a tree that should not have started. How it ended is known.
func (p *process) discard(t *tree) {
	if err := t.kill(); err != nil {
		p.log.Debug("signal to server", "error", err)
		_ = p.cmd.Process.Kill() // fails where it has ended
	}
	_ = p.cmd.Wait() // it was killed
	t.disarm()
	t.close()
}

func (p *process) await(t *tree) error {
	// Where possible the rest is killed before the process is reaped: until then
	// nothing else can have got its id, not even where there is no guard.
	unreaped := t.awaitExit() == nil
	if unreaped {
		p.disband(t)
	}
	// All streams are files, so this waits for nothing but the process.
	waitErr := p.cmd.Wait()
	if !unreaped {
		p.disband(t)
	}
	t.close()
	copyErr := p.streams.drain(p.log)

	var exit *exec.ExitError
	switch {
	case errors.As(waitErr, &exit):
		return &ExitError{Code: exitCode(exit.ProcessState)}
	case waitErr != nil:
		return fmt.Errorf("command %s: %w", p.name, waitErr)
	case copyErr != nil:
		return fmt.Errorf("command %s: %w", p.name, copyErr)
	default:
		return nil
	}
}

// disband kills what is left of the tree; no signal is sent to it afterwards.
func (p *process) disband(t *tree) {
	p.withTree(func(t *tree) error {
		p.tree = nil
		return t.kill()
	})
	t.disarm()
}

func exitCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}
