package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// secretProgram finds the program of an exec: provider.
func secretProgram(name string) (*secretCommand, error) {
	r := &resolver{}
	argv0, path, err := r.findExecutable(name)
	if err != nil {
		return nil, err
	}
	return &secretCommand{argv0: argv0, path: path, name: filepath.Base(argv0), timeout: secretTimeout}, nil
}

// secretCommand is a program that writes secrets to its standard output.
type secretCommand struct {
	argv0, path, name string
	timeout           time.Duration
}

// secret runs the program with the name of a secret. Nothing of what it started
// is left afterwards, except what has left its process group.
func (c *secretCommand) secret(ctx context.Context, name string) ([]byte, error) {
	value, err := c.output(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("secret provider %s: %w", c.name, err)
	}
	return value, nil
}

func (c *secretCommand) output(ctx context.Context, name string) ([]byte, error) {
	log := slog.New(slog.DiscardHandler)
	env, err := newEnvironment(ctx, &RunConfig{}, EnvSecrets, log)
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	// Both other streams are the null device: what it says may hold the secret.
	cmd := &exec.Cmd{Path: c.path, Args: []string{c.argv0, name}, Env: env.list(), Stdout: write}

	runtime.LockOSThread() // as in process.run
	defer runtime.UnlockOSThread()
	t, err := startTree(cmd, log)
	if err = errors.Join(err, write.Close()); err != nil {
		return nil, errors.Join(err, read.Close())
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	life := &secretLife{tree: t}
	stop := context.AfterFunc(limited, life.end)
	var value []byte
	var readErr error
	done := make(chan struct{})
	go func() { // ends when the pipe does, or is closed below
		defer close(done)
		value, readErr = io.ReadAll(io.LimitReader(read, maxSecret+3))
		if len(value) > maxSecret+2 {
			life.end() // it may write for ever
		}
	}()
	unreaped := t.awaitExit() == nil
	if unreaped {
		life.forget()
	}
	waitErr := cmd.Wait()
	if !unreaped {
		life.forget()
	}
	stop()
	t.disarm()
	t.close()
	// The group is gone. Only what has left it can hold the pipe open still.
	select {
	case <-done:
	case <-time.After(time.Second):
		readErr = errors.New("something that it started keeps its standard output open")
	}
	closeErr := read.Close()
	<-done

	var exit *exec.ExitError
	switch {
	case len(value) > maxSecret+2:
		return value, nil // the caller says that it is too long
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case limited.Err() != nil:
		return nil, fmt.Errorf("has not ended within %s", c.timeout)
	case errors.As(waitErr, &exit):
		return nil, fmt.Errorf("ended with exit code %d", exitCode(exit.ProcessState))
	}
	return value, errors.Join(waitErr, readErr, closeErr)
}

// secretLife kills a tree for as long as its ids are certain to be its own.
type secretLife struct {
	mu   sync.Mutex
	tree *tree
}

func (l *secretLife) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tree != nil {
		_ = l.tree.kill() // it has ended where this finds nobody
	}
}

// forget kills what is left, and nothing any more afterwards.
func (l *secretLife) forget() {
	l.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tree = nil
}
