package rego

import (
	"encoding/binary"
	"errors"

	"golang.org/x/sys/unix"
)

// readOnly says that path is on what is mounted read-only here.
func readOnly(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Flags&unix.ST_RDONLY != 0
}

// Entries of an access control list, as linux/posix_acl_xattr.h has them.
const (
	aclVersion   = 2
	aclUser      = 0x02
	aclGroup     = 0x08
	aclMayWrite  = 0x02
	aclHeader    = 4
	aclEntrySize = 8
)

// listed says that an access control list lets a user or group write path that
// the mode does not show, or that it cannot be read.
func listed(path string) bool {
	var buf [4096]byte
	n, err := unix.Getxattr(path, "system.posix_acl_access", buf[:])
	if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.ENOTSUP) {
		return false
	}
	if err != nil || n < aclHeader || (n-aclHeader)%aclEntrySize != 0 || binary.LittleEndian.Uint32(buf[:]) != aclVersion {
		return true
	}
	for at := aclHeader; at < n; at += aclEntrySize {
		tag, perm := binary.LittleEndian.Uint16(buf[at:]), binary.LittleEndian.Uint16(buf[at+2:])
		if (tag == aclUser || tag == aclGroup) && perm&aclMayWrite != 0 {
			return true
		}
	}
	return false
}
