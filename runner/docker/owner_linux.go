package docker

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// machineID is the one of systemd, which most systems without it have too.
func machineID() string {
	for _, name := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		if id := readTrimmed(name); id != "" && id != "uninitialized" {
			return id
		}
	}
	return ""
}

func bootID() string { return readTrimmed("/proc/sys/kernel/random/boot_id") }

// processNamespace identifies the PID namespace. Where it cannot be read, none is
// the same: not even that of the next process.
func processNamespace() string {
	name, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return "unknown:" + strconv.Itoa(os.Getpid())
	}
	return name
}

// processStart returns when the process with the pid started, in ticks since the
// boot.
func processStart(pid int) (string, processState) {
	// Where /proc hides the processes of others, a missing directory says nothing.
	if errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
		return "", processGone
	}
	dir := "/proc/" + strconv.Itoa(pid)
	stat := readTrimmed(dir + "/stat")
	// The name stands in parentheses and may hold anything, so fields are counted
	// from behind it: the state is the 3rd of all, the start the 22nd.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 {
		return "", processUnknown
	}
	if fields[0] == "Z" || fields[0] == "X" {
		// Killed and not yet reaped, unless only its first thread has ended.
		if threads, err := os.ReadDir(dir + "/task"); err == nil && len(threads) <= 1 {
			return "", processGone
		}
	}
	return fields[19], processRuns
}

// readTrimmed returns "" for what cannot be read.
func readTrimmed(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
