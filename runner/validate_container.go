package runner

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Bounds of ContainerOptions.
const (
	// MinMemoryBytes is the least that a Docker Engine accepts.
	MinMemoryBytes = 6 << 20
	MaxCPUs        = 1024
)

// Validate reports the first field that cannot be right, by its JSON name. No
// limit can be switched off.
func (o *ContainerOptions) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.MemoryBytes != 0 && o.MemoryBytes < MinMemoryBytes:
		return fmt.Errorf("memory_bytes: %d is less than %d", o.MemoryBytes, MinMemoryBytes)
	case o.PIDs < 0:
		return fmt.Errorf("pids: %d is less than 1", o.PIDs)
	case !(o.CPUs >= 0 && o.CPUs <= MaxCPUs): // so that NaN is refused
		return fmt.Errorf("cpus: %v is not from 0 to %d", o.CPUs, MaxCPUs)
	case o.CPUs != 0 && o.CPUs < minCPUs:
		return fmt.Errorf("cpus: %v is less than %v", o.CPUs, minCPUs)
	}
	switch o.Pull {
	case "", PullMissing, PullAlways, PullNever:
	default:
		return fmt.Errorf("pull: %q is not %s, %s or %s", shorten(string(o.Pull)), PullMissing, PullAlways, PullNever)
	}
	if o.User == "" {
		return nil
	}
	if err := checkContainerUser(o.User); err != nil {
		return fmt.Errorf("user: %w", err)
	}
	return nil
}

func checkContainerUser(s string) error {
	user, group, hasGroup := strings.Cut(s, ":")
	if err := checkAccount(user); err != nil {
		return fmt.Errorf("%q %w", shorten(user), err)
	}
	if hasGroup {
		if err := checkAccount(group); err != nil {
			return fmt.Errorf("group %q %w", shorten(group), err)
		}
	}
	return nil
}

// minCPUs is the least that the kernel's scheduler can be told, rounded up.
const minCPUs = 0.01

var (
	accountName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]{0,254}\$?$`)
	accountNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)$`)
)

// checkAccount wants the name or the number of a user or a group. A number has
// one spelling, since policies compare: container tools take 00 and +0 for root.
func checkAccount(s string) error {
	if accountNumber.MatchString(s) {
		if _, err := strconv.ParseInt(s, 10, 32); err != nil {
			return fmt.Errorf("is larger than %d", 1<<31-1)
		}
		return nil
	}
	if !accountName.MatchString(s) {
		return fmt.Errorf("is neither a name nor a number")
	}
	return nil
}
