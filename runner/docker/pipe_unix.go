//go:build unix

package docker

import (
	"os"
	"os/signal"
	"syscall"
)

// holdBrokenPipe lets a write to a standard output that nobody reads fail, until
// release is called. Otherwise the signal would end this process there and then,
// and its containers would stay.
func holdBrokenPipe() (release func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGPIPE)
	return func() { signal.Stop(signals) }
}
