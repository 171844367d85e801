// Package memlimit chooses the soft memory limit of this process.
package memlimit

import (
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"strconv"
	"strings"
)

// Default is the limit where nothing lower holds: many times what a thousand
// policies take, and little enough for one runner beside each server of a
// person's machine.
const Default = 1 << 30

// Set asks the garbage collector to keep this process below a limit: Default, or
// three quarters of what its control group may use, whichever is lower. The Go
// runtime does not read control groups. Where GOMEMLIMIT is set, it holds. The
// limit is no part of the environment, so that no child inherits it.
func Set() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(Of(os.DirFS("/")))
	}
}

// Of is the limit on a system with this root directory.
func Of(root fs.FS) int64 {
	limit := int64(Default)
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return limit // no Linux, or nobody may know
	}
	for line := range strings.Lines(string(groups)) {
		// hierarchy:controllers:path, of which version 2 has one without controllers.
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		base, file := "sys/fs/cgroup", "memory.max"
		switch {
		case fields[1] == "memory":
			base, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		case fields[1] != "":
			continue
		}
		// A container may see its group as the root, or the path that it has outside.
		for at := path.Join("/", fields[2]); ; at = path.Dir(at) {
			if n, ok := readLimit(root, path.Join(base, at, file)); ok {
				limit = min(limit, n/4*3)
			}
			if at == "/" {
				break
			}
		}
	}
	return limit
}

// readLimit reads a limit in bytes. What says max, or is not there, is none.
func readLimit(root fs.FS, name string) (int64, bool) {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil && n > 0
}
