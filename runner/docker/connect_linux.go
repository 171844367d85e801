package docker

import (
	"net"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// listeners are the programs that listen for an engine which runs in their own
// namespaces. Anything else may relay to an engine somewhere else.
var listeners = map[string]bool{"dockerd": true, "podman": true, "systemd": true}

// sameNamespaces says whether the process that listens at the other end of conn is
// an engine, or listens for one, in the mount and PID namespaces of this process.
// What cannot be read, as another user's processes cannot, counts as others.
func sameNamespaces(conn *net.UnixConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var peer *unix.Ucred
	var peerErr error
	if err := raw.Control(func(fd uintptr) {
		peer, peerErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil || peerErr != nil || peer.Pid <= 0 {
		return false
	}
	proc := "/proc/" + strconv.Itoa(int(peer.Pid))
	name, err := os.ReadFile(proc + "/comm")
	if err != nil || !listeners[strings.TrimSuffix(string(name), "\n")] {
		return false
	}
	for _, namespace := range []string{"/ns/mnt", "/ns/pid"} {
		theirs, err := os.Readlink(proc + namespace)
		if err != nil {
			return false
		}
		ours, err := os.Readlink("/proc/self" + namespace)
		if err != nil || theirs != ours {
			return false
		}
	}
	return true
}

// sameKernel says whether this process runs on a kernel of that version.
func sameKernel(version string) bool {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return false
	}
	return version != "" && version == unix.ByteSliceToString(name.Release[:])
}
