package wrap

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// accessList is the attribute in which a file has who else may read it.
const accessList = "system.posix_acl_access"

// copyAttributes gives tmp the extended attributes of the file at path: its
// access list, and what desktops and SELinux note on it. Only the first must
// not be lost.
func copyAttributes(path string, tmp *os.File) error {
	list, err := attribute(func(b []byte) (int, error) { return unix.Listxattr(path, b) })
	if err != nil {
		return attributeError(path, err)
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(list), "\x00"), "\x00") {
		if name == "" {
			continue
		}
		value, err := attribute(func(b []byte) (int, error) { return unix.Getxattr(path, name, b) })
		if err == nil {
			err = unix.Fsetxattr(int(tmp.Fd()), name, value, 0)
		}
		if err != nil && name == accessList {
			return attributeError(path, err)
		}
	}
	return nil
}

func attributeError(path string, err error) error {
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENODATA) {
		return nil
	}
	return fmt.Errorf("%s: its access list: %w", path, err)
}

// attribute calls get with a buffer that is large enough.
func attribute(get func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := get(nil)
		if n <= 0 || err != nil {
			return nil, err
		}
		b := make([]byte, n)
		n, err = get(b)
		if errors.Is(err, unix.ERANGE) {
			continue // it grew meanwhile
		}
		return b[:max(n, 0)], err
	}
}
