package rego

import "golang.org/x/sys/unix"

// readOnly says that path is on what is mounted read-only.
func readOnly(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Flags&unix.MNT_RDONLY != 0
}

// listed is false: access control lists of macOS are read with a C library
// alone. They grant beside the mode, and nobody has one who did not ask for it.
func listed(string) bool { return false }
