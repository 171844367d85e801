//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package rego

import (
	"context"
	"errors"
	"syscall"
	"time"
)

// lockTimeout is how long a publish waits for another one. It is short of what a
// person takes for a hang: whoever may read the directory may hold it, too.
const lockTimeout = 30 * time.Second

// lock lets one process publish to the directory at a time, so that what was
// checked is what the archive comes to stand beside. The lock is on the directory
// itself, and leaves no file behind. Where a network file system has no such lock
// there is none.
func (d *destination) lock(ctx context.Context) (unlock func(), err error) {
	dir, err := d.root.Open(".")
	if err != nil {
		return nil, err
	}
	unlock = func() { _ = dir.Close() } // it was only locked, and is unlocked by that
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return unlock, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return unlock, nil
		}
		select {
		case <-ctx.Done():
			unlock()
			return nil, errors.Join(errors.New("another publish has not ended"), ctx.Err())
		case <-poll.C:
		}
	}
}
