//go:build !linux

package runner

import (
	"errors"
	"runtime"
	"slices"
	"strings"
)

// processLink is an error for what stands for something that one process has
// open, or for a file by its number, and "" else.
func processLink(at, name string) (string, error) {
	switch {
	case strings.EqualFold(at, "/dev/fd"):
		return "", errors.New("/dev/fd is what one process has open, and another place to the next: write the path itself")
	case runtime.GOOS == "darwin" && at == "/" && slices.Contains([]string{".vol", ".nofollow", ".resolve"}, strings.ToLower(name)):
		return "", errors.New("/" + name + " is another way to name any file: write the path itself")
	default:
		return "", nil
	}
}
