// Package docker runs MCP servers in containers, through the API of a Docker
// Engine or of Podman.
package docker

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/mcp-runner/mcp-runner/runner"
)

// Options configure an Engine. The zero value is the engine that the docker
// command would talk to.
type Options struct {
	// Host is the engine's address, as in DOCKER_HOST. Empty means DOCKER_HOST,
	// the current context of the docker command, and then the usual sockets of
	// Docker and Podman.
	Host string
	// Secrets returns the value of the secret with the given name; it is called
	// only after the gate has allowed the server. Nil means runner.EnvSecrets.
	Secrets func(ctx context.Context, name string) (string, error)
	// StopGrace is how long a server may take to end after its input has ended, and
	// again after it was then asked to. Zero means five seconds.
	StopGrace time.Duration
	// Progress is where the progress of a pull goes. Nil shows none.
	Progress io.Writer
	// Log is where the engine's runtime logs. Nil means slog.Default().
	Log *slog.Logger
}

// Engine runs servers in containers. It connects when it is first used, and is
// safe for concurrent use.
type Engine struct {
	opts       Options
	connection connection
}

var _ runner.ContainerRuntime = (*Engine)(nil)

// New returns the runtime of the engine that opts say. It connects to nothing.
func New(opts Options) *Engine { return &Engine{opts: opts} }
