//go:build !unix

package runner

const openWithoutWaiting = 0
