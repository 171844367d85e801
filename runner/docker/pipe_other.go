//go:build !unix

package docker

// holdBrokenPipe does nothing: there is no signal that tells of a broken pipe.
func holdBrokenPipe() (release func()) { return func() {} }
