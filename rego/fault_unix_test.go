//go:build unix

package rego_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/soak"
	"github.com/mcp-runner/mcp-runner/rego"
)

const faultVariable = "MCP_RUNNER_TEST_FAULT" // says that this process is the one that has it

// inProcess runs the test once more in a process of its own, which may exhaust
// what it likes. It returns true in that process.
func inProcess(t *testing.T) bool {
	t.Helper()
	if os.Getenv(faultVariable) != "" {
		return true
	}
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), faultVariable+"=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "_test.go:") {
			t.Log(strings.TrimSpace(line))
		}
	}
	return false
}

// takeFiles opens files until no more than free can be opened, and returns what
// closes them.
func takeFiles(t *testing.T, free int) func() {
	t.Helper()
	var taken []*os.File
	for {
		f, err := os.Open(os.DevNull)
		if errors.Is(err, syscall.EMFILE) {
			break
		}
		require.NoError(t, err)
		taken = append(taken, f)
	}
	for range free {
		require.NoError(t, taken[0].Close())
		taken = taken[1:]
	}
	return func() {
		for _, f := range taken {
			require.NoError(t, f.Close())
		}
	}
}

func limitFiles(t *testing.T) {
	t.Helper()
	var lim syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &lim))
	lim.Cur = 128
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lim))
}

// However few files can be opened, a source loads whole or not at all.
func TestLoadWithoutFiles(t *testing.T) {
	if !inProcess(t) {
		return
	}
	dir := t.TempDir()
	src := files{"a.rego": denyBad, "data.json": "{}", "x.tar.gz": packedFiles(t, files{"x.rego": "package mcp.policy.x\n\ndeny contains \"m\""})}
	deep := "" // the deeper, the more files are open at once
	for i := range 6 {
		deep += fmt.Sprintf("d%d/", i)
		src[deep+"p.rego"] = fmt.Sprintf("package mcp.policy.p%d\n\ndeny contains \"m\"", i)
		src[deep+"data.json"] = "{}"
	}
	write(t, dir, src)
	p, err := loadDir(t, dir)
	require.NoError(t, err)
	whole := p.Revision()
	limitFiles(t)

	loaded, refused := 0, 0
	for i := range soak.Times(1000) {
		free := takeFiles(t, i%8)
		p, err := loadDir(t, dir)
		free()
		if err != nil {
			refused++
			require.ErrorIs(t, err, syscall.EMFILE)
			require.ErrorContains(t, err, "policy source test: "+dir)
			continue
		}
		loaded++
		require.Equal(t, whole, p.Revision())
	}
	require.NotZero(t, loaded)
	require.NotZero(t, refused)
	soak.Report(t, "loads with 0 to 7 files to open: %d refused with an error that says so, %d whole, none in part", refused, loaded)
}

// A store whose process has no file left keeps its policy, says why, and goes on
// once there are files again.
func TestStoreWithoutFiles(t *testing.T) {
	if !inProcess(t) {
		return
	}
	dir := t.TempDir()
	current := filepath.Join(dir, "current")
	versions := []string{denyBad, denyGood}
	for i, v := range versions {
		write(t, dir, files{fmt.Sprintf("v%d/sub/a.rego", i): v})
	}
	relink(t, "v0", current)
	cfg := storeConfig(current)
	cfg.Settle, cfg.Tick = time.Millisecond, 5*time.Millisecond
	s := open(t, cfg)
	denies(t, s, "bad")
	limitFiles(t)
	rounds := soak.Times(100)
	for i := range rounds {
		before := s.Policy().Revision()
		free := takeFiles(t, 0)
		relink(t, fmt.Sprintf("v%d", (i+1)%2), current)
		eventually(t, "the store says what it lacks", func() bool { return errors.Is(s.Status().LastError, syscall.EMFILE) })
		require.Equal(t, before, s.Policy().Revision())
		starts, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: cfg.LoadConfig, DenyUntilLoaded: true, Static: true})
		require.NoError(t, err)
		_, err = starts.Policy().Eval(t.Context(), server("fine"))
		require.ErrorIs(t, err, syscall.EMFILE)
		require.NoError(t, starts.Close())
		free()
		denies(t, s, []string{"good", "bad"}[i%2])
		eventually(t, "no error is left", func() bool { return s.Status().LastError == nil })
	}
	soak.Report(t, "no file to open, %d times: the policy before stayed in force, the next came once there were files", rounds)
}

// Whatever of a source cannot be read, at the start it denies and later the
// policy before stays in force.
func TestStoreUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		asNobody(t)
		soak.Report(t, "a part of a source unreadable, %d times: the policy before stayed in force, a start denied", max(soak.Times(100), 10))
		return
	}
	const kept = "kept" // is readable all along
	src := files{
		kept + "/a.rego": denyBad, "sub/.manifest": "{}", "sub/b.rego": "package mcp.policy.b\n\nwarn contains \"m\"", "sub/sub/data.json": "{}", "b_test.rego": "package b_test\n",
		"x.tar.gz": packedFiles(t, files{"x.rego": "package mcp.policy.x\n\nwarn contains \"m\""}),
	}
	parts := []string{".", "sub", "sub/sub", "sub/.manifest", "sub/b.rego", "sub/sub/data.json", "b_test.rego", "x.tar.gz", kept, kept + "/a.rego"}
	for i := range max(soak.Times(100), 10) {
		part := parts[i%len(parts)]
		name := part
		if part == "sub" {
			name = "directory" // asNobody looks for it
		}
		t.Run(fmt.Sprintf("%s%.0d", name, i/len(parts)), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "source")
			write(t, dir, src)
			cfg := storeConfig(dir)
			cfg.Settle, cfg.Tick = time.Millisecond, 5*time.Millisecond
			s := open(t, cfg)
			denies(t, s, "bad")
			before := s.Policy().Revision()

			path := filepath.Join(dir, part)
			require.NoError(t, os.Chmod(path, 0))
			t.Cleanup(func() { require.NoError(t, os.Chmod(path, 0o755)) })
			eventually(t, "the store says what it cannot read", func() bool { return errors.Is(s.Status().LastError, os.ErrPermission) })
			require.ErrorContains(t, s.Status().LastError, part)
			require.Equal(t, before, s.Policy().Revision())
			denies(t, s, "bad")

			starts, err := rego.Open(t.Context(), rego.StoreConfig{LoadConfig: cfg.LoadConfig, DenyUntilLoaded: true, Static: true})
			require.NoError(t, err)
			_, err = starts.Policy().Eval(t.Context(), server("fine"))
			require.ErrorIs(t, err, os.ErrPermission)
			require.NoError(t, starts.Close())

			require.NoError(t, os.Chmod(path, 0o755))
			eventually(t, "no error is left", func() bool { return s.Status().LastError == nil })
		})
	}
}
