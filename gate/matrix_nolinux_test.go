//go:build unix && !linux

package gate_test

import (
	"os/exec"
	"testing"
)

var linuxChildFaults []string

func prepareChild(*testing.T, string, *exec.Cmd) {}

func linuxSourceFaults() []sourceFault { return nil }

func linuxFaults() []fault { return nil }
