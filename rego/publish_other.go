//go:build !unix && !windows

package rego

// alive is true where processes cannot be asked: age alone tells.
func alive(int) bool { return true }

// sync does nothing: not every one of these systems takes the request.
func (d *destination) sync() error { return nil }
