package wrap_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestAttributesStay(t *testing.T) {
	path := place(t, sample)
	// rw- for user 65534 beside the owner, as setfacl -m u:65534:rw writes it.
	list := []byte{
		2, 0, 0, 0,
		1, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
		2, 0, 6, 0, 0xfe, 0xff, 0, 0,
		4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
		16, 0, 6, 0, 0xff, 0xff, 0xff, 0xff,
		32, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
	}
	if err := unix.Setxattr(path, "system.posix_acl_access", list, 0); err == unix.ENOTSUP {
		t.Skip("this file system has no access lists")
	} else {
		require.NoError(t, err)
	}
	wrapFile(t, path)
	have := make([]byte, 256)
	n, err := unix.Getxattr(path, "system.posix_acl_access", have)
	require.NoError(t, err)
	require.Equal(t, list, have[:n])
}
