package docker

import (
	"errors"
	"strconv"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// machineID is the one that the installation of the system has made.
func machineID() string {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return ""
	}
	defer func() { _ = key.Close() }() // was only read
	id, _, err := key.GetStringValue("MachineGuid")
	if err != nil {
		return ""
	}
	return id
}

// bootID is the same for every boot: a process is told from those of other boots
// by the time at which it started, which is that of the clock.
func bootID() string { return "any" }

// processNamespace is always the same: this system has only one.
func processNamespace() string { return "" }

// processStart returns when the process with the pid started.
func processStart(pid int) (string, processState) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION|windows.SYNCHRONIZE, false, uint32(pid))
	switch {
	case errors.Is(err, windows.ERROR_INVALID_PARAMETER):
		return "", processGone
	case err != nil:
		return "", processUnknown
	}
	defer func() { _ = windows.CloseHandle(process) }() // was only read
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(process, &created, &exited, &kernel, &user); err != nil {
		return "", processUnknown
	}
	// A process that has ended stays as long as someone holds it open.
	if event, err := windows.WaitForSingleObject(process, 0); err == nil && event == windows.WAIT_OBJECT_0 {
		return "", processGone
	}
	return strconv.FormatInt(created.Nanoseconds(), 10), processRuns
}
