package docker

import (
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mcp-runner/mcp-runner/runner"
)

// verifyMounts finds out whether the container's first process, which has the pid
// on this machine, has the files mounted that the gate was asked about, read-only
// where that was said, and no other files of the host but what the engine itself
// puts into every container.
func verifyMounts(pid int, cfg *runner.RunConfig) error {
	proc := fmt.Sprintf("/proc/%d", pid)
	// The link is of procfs and leads into the container's mount namespace.
	root, err := unix.Open(proc+"/root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("mounts of the container: %w", &os.PathError{Op: "open", Path: proc + "/root", Err: err})
	}
	defer func() { _ = unix.Close(root) }() // nothing was written
	table, err := readMountTable(proc + "/mountinfo")
	if err != nil {
		return fmt.Errorf("mounts of the container: %w", err)
	}
	ours, err := readMountTable("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("mounts of this machine: %w", err)
	}
	asked := map[uint64]bool{}
	for i, m := range cfg.Resolved.Mounts {
		var want *runner.FileID
		if isHostPath(m) {
			if i >= len(cfg.Resolved.MountFiles) || cfg.Resolved.MountFiles[i] == (runner.FileID{}) {
				return fmt.Errorf("mount %q: it did not exist when policy was asked about it", m.Source)
			}
			want = &cfg.Resolved.MountFiles[i]
		}
		id, err := verifyMount(root, table, m, want)
		if err != nil {
			return fmt.Errorf("mount %q: %w", m.Source, err)
		}
		asked[id] = true
	}
	return checkOthers(table, ours, asked)
}

// verifyMount looks at what the container sees at the target of m, and returns
// the ID of that mount. It has to be want, where that is not nil.
func verifyMount(root int, table mountTable, m runner.Mount, want *runner.FileID) (uint64, error) {
	// As for the container, links of its own stay within its root.
	fd, err := unix.Openat2(root, path.Join(".", strings.TrimLeft(m.Target, "/")), &unix.OpenHow{
		Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT,
	})
	if err != nil {
		return 0, &os.PathError{Op: "open in the container", Path: m.Target, Err: err}
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written
	id, isRoot, err := mountOf(fd)
	if err != nil {
		return 0, err
	}
	if !isRoot {
		return 0, fmt.Errorf("nothing is mounted at %s of the container", m.Target)
	}
	mounted, ok := table[id]
	if !ok {
		return 0, fmt.Errorf("the mount at %s of the container has changed meanwhile", m.Target)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return 0, &os.PathError{Op: "stat in the container", Path: m.Target, Err: err}
	}
	if want != nil && (*want != runner.FileID{Device: uint64(stat.Dev), Inode: stat.Ino}) {
		return 0, fmt.Errorf("the container has another file or directory at %s than policy was asked about", m.Target)
	}
	if m.ReadOnly && !mounted.readOnly {
		return 0, fmt.Errorf("the container can write to %s, which policy was asked about as read-only", m.Target)
	}
	return id, nil
}

// mountOf returns the ID of the mount that fd is on, and whether it is the root of
// it.
func mountOf(fd int) (id uint64, isRoot bool, err error) {
	var statx unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW, unix.STATX_MNT_ID, &statx); err != nil {
		return 0, false, fmt.Errorf("statx: %w", err)
	}
	if statx.Mask&unix.STATX_MNT_ID == 0 || statx.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT == 0 {
		return 0, false, errors.New("this kernel does not tell which mount a file is on: it takes Linux 5.8")
	}
	return statx.Mnt_id, statx.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0, nil
}

var (
	// engineFiles are where Docker and Podman put files of their own.
	engineFiles = []string{
		"/", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/shm", "/sbin/docker-init",
		"/dev/init", "/run/podman-init", "/run/.containerenv", "/run/secrets",
	}
	// kernelTypes show no files of the host.
	kernelTypes = []string{"proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"}
	// harmlessDevices are what a container has in /dev, and over what it may not see.
	harmlessDevices = []string{"/null", "/zero", "/full", "/random", "/urandom", "/tty", "/console"}
	// volumeOfEngine is the directory that an engine makes for a VOLUME of an image.
	volumeOfEngine = regexp.MustCompile(`/volumes/[0-9a-f]{64}/_data$`)
)

// checkOthers finds mounts of the container that nobody asked for. A file system
// that this machine has mounted is the host's; one that only the container has,
// such as a tmpfs, is new.
func checkOthers(table, ours mountTable, asked map[uint64]bool) error {
	hosts := map[string]bool{}
	for _, m := range ours {
		hosts[m.device] = true
	}
	for id, m := range table {
		switch {
		case asked[id], !hosts[m.device], slices.Contains(kernelTypes, m.kind), slices.Contains(engineFiles, m.point):
		case m.kind == "devtmpfs" && slices.Contains(harmlessDevices, m.root):
		case volumeOfEngine.MatchString(m.root):
		default:
			return fmt.Errorf("the container has something of the host mounted at %s that policy was not asked about", m.point)
		}
	}
	return nil
}

// canVerifyMounts says whether verifyMounts can look at the processes of api: they
// run here, the kernel tells, and this process may look at another user's. Where
// something else forbids it, verifyMounts fails.
func canVerifyMounts(api *engine) bool {
	return api.local && mayLook() && kernelTells()
}

// mayLook says whether this process has CAP_SYS_PTRACE, as root has and users have
// not.
func mayLook() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_PTRACE) != 0
}

// kernelTells tries the system calls of verifyMount on this process's own root.
func kernelTells() bool {
	fd, err := unix.Openat2(unix.AT_FDCWD, "/", &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
	if err != nil {
		return false
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written
	_, _, err = mountOf(fd)
	return err == nil
}
