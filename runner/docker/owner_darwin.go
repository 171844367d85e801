package docker

import (
	"encoding/hex"
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// machineID is the UUID of the hardware.
func machineID() string {
	var id [16]byte
	wait := unix.Timespec{Sec: 1}
	if _, _, errno := unix.Syscall(unix.SYS_GETHOSTUUID, uintptr(unsafe.Pointer(&id)), uintptr(unsafe.Pointer(&wait)), 0); errno != 0 {
		return ""
	}
	return hex.EncodeToString(id[:])
}

// bootID does not change when the clock is set, as the time of the boot does.
func bootID() string {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return ""
	}
	return id
}

// processNamespace is always the same: this system has only one.
func processNamespace() string { return "" }

// processStart returns when the process with the pid started.
func processStart(pid int) (string, processState) {
	if errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
		return "", processGone
	}
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil || int(info.Proc.P_pid) != pid {
		return "", processUnknown
	}
	return fmt.Sprintf("%d.%06d", info.Proc.P_starttime.Sec, info.Proc.P_starttime.Usec), processRuns
}
