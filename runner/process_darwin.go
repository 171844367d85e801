package runner

import (
	"errors"
	"syscall"
)

// processAttr asks for nothing: there is no parent-death signal here, and the
// guard alone ends the group of a runner that was killed.
func processAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// awaitExit is not to be had: waitid returns for a stopped process too. So the
// rest of the group is killed just after the process was reaped. The group's id
// cannot be another's by then: it is the guard's.
func awaitExit(int) error { return errors.ErrUnsupported }
