//go:build unix

package clients

import "syscall"

// openWithoutWaiting keeps the opening of a pipe from waiting for its writer.
const openWithoutWaiting = syscall.O_NONBLOCK

// errNotDirectory is what a path below a file gives.
var errNotDirectory = syscall.ENOTDIR
