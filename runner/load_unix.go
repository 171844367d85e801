//go:build unix

package runner

import "syscall"

// openWithoutWaiting keeps an open of a FIFO from waiting for its writer.
const openWithoutWaiting = syscall.O_NONBLOCK
