package runner

import (
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// goneDelay is how long close waits for terminated processes to disappear.
const goneDelay = time.Second

// killedCode is the exit code of a process that was made to end: what 128 plus
// SIGKILL is elsewhere.
const killedCode = 137

// tree is a process with all that it started: a job that only the runner has a
// handle of, so that the system ends it with the runner.
type tree struct {
	cmd *exec.Cmd
	job windows.Handle
}

// startTree starts cmd in a job of its own, before it has run an instruction.
func startTree(cmd *exec.Cmd, _ *slog.Logger) (*tree, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		// The group is for CTRL_BREAK, which is sent to groups.
		CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NEW_PROCESS_GROUP,
	}
	if isBatch(cmd.Path) {
		line, err := batchCommandLine(cmd.Path, cmd.Args[1:])
		if err != nil {
			return nil, err
		}
		cmd.SysProcAttr.CmdLine = line
	}
	job, err := newJob()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, windows.CloseHandle(job))
	}
	t := &tree{cmd: cmd, job: job}
	if err := t.adopt(); err != nil {
		// It has not run yet. Wait reports that it was killed, which is known.
		err = errors.Join(err, cmd.Process.Kill())
		_ = cmd.Wait()
		return nil, errors.Join(err, windows.CloseHandle(job))
	}
	return t, nil
}

// terminate asks for the end. It fails where the runner has no console.
func (t *tree) terminate() error {
	err := windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(t.cmd.Process.Pid))
	if err != nil {
		return fmt.Errorf("CTRL_BREAK to process group %d: %w", t.cmd.Process.Pid, err)
	}
	return nil
}

func (t *tree) kill() error {
	if err := windows.TerminateJobObject(t.job, killedCode); err != nil {
		return fmt.Errorf("terminate job: %w", err)
	}
	return nil
}

// awaitExit blocks until the process has ended; what it started may still run.
func (t *tree) awaitExit() error {
	var waitErr error
	err := t.cmd.Process.WithHandle(func(handle uintptr) {
		_, waitErr = windows.WaitForSingleObject(windows.Handle(handle), windows.INFINITE)
	})
	return errors.Join(err, waitErr)
}

// disarm does nothing: the job ends with its handle.
func (t *tree) disarm() {}

// close returns once the job is empty.
func (t *tree) close() {
	for deadline := time.Now().Add(goneDelay); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if t.empty() {
			break
		}
	}
	_ = windows.CloseHandle(t.job) // fails only where the handle is not open, and it is
}

// empty reports whether no process of the job is left, or nothing is known.
func (t *tree) empty() bool {
	// JOBOBJECT_BASIC_ACCOUNTING_INFORMATION
	var accounting struct {
		totalUserTime, totalKernelTime, periodUserTime, periodKernelTime           int64
		totalPageFaults, totalProcesses, activeProcesses, totalTerminatedProcesses uint32
	}
	err := windows.QueryInformationJobObject(t.job, windows.JobObjectBasicAccountingInformation,
		uintptr(unsafe.Pointer(&accounting)), uint32(unsafe.Sizeof(accounting)), nil)
	return err != nil || accounting.activeProcesses == 0
}

// adopt puts the suspended process into the job and lets it run.
func (t *tree) adopt() error {
	var assignErr error
	err := t.cmd.Process.WithHandle(func(handle uintptr) {
		assignErr = windows.AssignProcessToJobObject(t.job, windows.Handle(handle))
	})
	if err := errors.Join(err, assignErr); err != nil {
		return fmt.Errorf("assign to job: %w", err)
	}
	if err := resume(uint32(t.cmd.Process.Pid)); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	return nil
}

// newJob returns a job whose processes end when its last handle is closed. The
// handle is not inheritable, so that is when the runner ends.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, fmt.Errorf("create job: %w", err)
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
		},
	}
	if _, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))); err != nil {
		return 0, fmt.Errorf("limit job: %w", errors.Join(err, windows.CloseHandle(job)))
	}
	return job, nil
}

// resume lets the threads of a suspended process run. os/exec closes the handle
// of the first thread, so it is looked up again.
func resume(pid uint32) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return fmt.Errorf("list threads: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ThreadEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	resumed := 0
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID != pid {
			continue
		}
		if err := resumeThread(entry.ThreadID); err != nil {
			return fmt.Errorf("thread %d: %w", entry.ThreadID, err)
		}
		resumed++
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return fmt.Errorf("list threads: %w", err)
	}
	if resumed == 0 {
		return fmt.Errorf("process %d has no thread", pid)
	}
	return nil
}

func resumeThread(id uint32) error {
	thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, id)
	if err != nil {
		return err
	}
	_, err = windows.ResumeThread(thread)
	return errors.Join(err, windows.CloseHandle(thread))
}

func isBatch(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".bat" || ext == ".cmd"
}

// batchCommandLine is the command line of a batch file such as npx.cmd. It is
// read by cmd.exe, whose rules differ from those that os/exec quotes by: in
// double quotes all is literal to it but the quote itself, % and the end of the
// line. Those have no safe form, and an argument that the policy saw as one word
// must not become a command.
func batchCommandLine(path string, args []string) (string, error) {
	var line strings.Builder
	for i, word := range append([]string{path}, args...) {
		if at := strings.IndexAny(word, "\"%\r\n"); at >= 0 {
			return "", fmt.Errorf("argument %d: the character %q cannot be passed to a batch file", i, word[at])
		}
		if i > 0 {
			line.WriteByte(' ')
		}
		line.WriteByte('"')
		line.WriteString(word)
		// The program behind the batch file takes \" for a quote.
		line.WriteString(strings.Repeat(`\`, len(word)-len(strings.TrimRight(word, `\`))))
		line.WriteByte('"')
	}
	return line.String(), nil
}
