//go:build unix

package rego

import "syscall"

// openFlags keep an open of a FIFO from waiting for a writer.
const openFlags = syscall.O_NONBLOCK
