//go:build !unix

package docker

import (
	"fmt"
	"os"
)

// ownedAlone returns an error where the file is no regular one. Who may write it is
// not looked at: it stands beside our own program, and who could replace one could
// replace the other.
func ownedAlone(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", name)
	}
	return nil
}
