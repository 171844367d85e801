//go:build !unix

package clients

import "io/fs"

const openWithoutWaiting = 0

// errNotDirectory is what a path below a file gives: here it does not exist.
var errNotDirectory = fs.ErrNotExist
