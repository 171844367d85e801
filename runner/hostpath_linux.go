package runner

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// processLink returns where the link called name in the directory at leads if it
// is one of procfs that stands for something of a process, and "" for any other
// name. The root of a process that sees what this one sees is /. Other links (cwd,
// fd, exe and the like) lead whoever follows them somewhere else, and are errors.
func processLink(at, name string) (string, error) {
	dir := filepath.Base(at)
	process := dir != "" && strings.Trim(dir, "0123456789") == ""
	switch {
	case process && (name == "root" || name == "cwd" || name == "exe"):
	case dir == "fd" || dir == "fdinfo" || dir == "map_files" || dir == "ns":
	default:
		return "", nil
	}
	if is, err := onProcfs(at); err != nil || !is {
		return "", err
	}
	if !process || name != "root" {
		return "", fmt.Errorf("%s is what one process has open, and another place to the next: write the path itself", filepath.Join(at, name))
	}
	if !sameRoot(at) {
		return "", fmt.Errorf("%s is the root of a process that may see other files than this one: write the path itself", filepath.Join(at, name))
	}
	return "/", nil
}

// onProcfs looks at what exists of p: a process may start and end any time.
func onProcfs(p string) (bool, error) {
	for {
		var fs unix.Statfs_t
		err := unix.Statfs(p, &fs)
		switch {
		case err == nil:
			return fs.Type == unix.PROC_SUPER_MAGIC, nil
		case !errors.Is(err, unix.ENOENT) || p == "/":
			return false, &os.PathError{Op: "statfs", Path: p, Err: err}
		}
		p = filepath.Dir(p)
	}
}

// sameRoot reports whether the process whose directory is dir has this process's
// root and mounts.
func sameRoot(dir string) bool {
	theirs, err := os.Stat(dir + "/root/")
	if err != nil {
		return false
	}
	ours, err := os.Stat("/")
	if err != nil || !os.SameFile(theirs, ours) {
		return false
	}
	a, err := os.Readlink(dir + "/ns/mnt")
	if err != nil {
		return false
	}
	b, err := os.Readlink("/proc/self/ns/mnt")
	return err == nil && a == b
}
