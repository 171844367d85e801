//go:build !linux

package docker

import (
	"errors"

	"github.com/mcp-runner/mcp-runner/runner"
)

// verifyMounts fails: containers are not processes of this system.
func verifyMounts(int, *runner.RunConfig) error { return errors.ErrUnsupported }

// canVerifyMounts is never true, so that checkMounts is strict.
func canVerifyMounts(*engine) bool { return false }
