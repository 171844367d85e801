package rego

import "os"

// alive says whether there is a process of this id.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	_ = p.Release() // it was only looked for
	return true
}

// sync does nothing: Windows does not write a directory to the disk on request.
// NTFS keeps a journal of renames.
func (d *destination) sync() error { return nil }
