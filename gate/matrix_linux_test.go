package gate_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/runner"
)

// asMounter is a process that sees a small file system of its own.
const asMounter = "a process with mounts of its own"

var linuxChildFaults = []string{asMounter}

// prepareChild gives a process mounts of its own. Root has the right to; another
// user gets it in a user namespace, where the system allows one.
func prepareChild(_ *testing.T, as string, cmd *exec.Cmd) {
	if as != asMounter {
		return
	}
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
}

func linuxSourceFaults() []sourceFault {
	return []sourceFault{{name: "device", as: asMounter, do: func(t testing.TB, dir string) {
		// A mount, because a device is made by the first user of the machine alone.
		path := filepath.Join(dir, "x.rego")
		require.NoError(t, os.WriteFile(path, []byte(denyNamed("x", "other")), 0o644))
		require.NoError(t, syscall.Mount("/dev/zero", path, "", syscall.MS_BIND, ""))
		t.Cleanup(func() { require.NoError(t, syscall.Unmount(path, 0)) })
	}, reason: "x.rego is neither a file nor a directory", not: map[string]string{atAgain: "a directory with a mount in it is not renamed"}}}
}

// linuxFaults has a decision log on a file system of 64 KiB.
func linuxFaults() []fault {
	place := map[*cell]string{}
	return []fault{switched{
		name: "disk full", as: asMounter, reason: "decision could not be recorded: .*no space left on device",
		make: func(c *cell, _ *atomic.Bool) runner.PolicyGate {
			dir := filepath.Join(c.TempDir(), "log")
			require.NoError(c, os.Mkdir(dir, 0o700))
			require.NoError(c, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k,mode=0700"))
			c.Cleanup(func() { require.NoError(c, syscall.Unmount(dir, 0)) })
			place[c] = dir
			recorder, err := gate.NewFileRecorder(gate.FileRecorderConfig{Path: filepath.Join(dir, "d.jsonl")})
			require.NoError(c, err)
			return c.gate(gate.Config{Stores: []*rego.Store{open(c, "s", allowing)}, Recorder: recorder})
		},
		turn: func(c *cell, on bool) {
			name := filepath.Join(place[c], "filler")
			if !on {
				require.NoError(c, os.Remove(name))
				return
			}
			require.ErrorIs(c, os.WriteFile(name, make([]byte, 1<<20), 0o600), syscall.ENOSPC)
		},
	}.fault()}
}
