package rego_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/mcp-runner/mcp-runner/rego"
)

// inNamespace runs the test once more, as root with mounts of its own, and says
// whether this is that run. dir is where it may mount.
func inNamespace(t *testing.T) (dir string, ok bool) {
	t.Helper()
	if dir := os.Getenv(childVariable); dir != "" {
		require.NoError(t, unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""))
		return dir, true
	}
	needRoot(t)
	if err := unshares(t); err != nil && os.Getenv("CI") == "" {
		t.Skip("the system makes no mount namespace: ", err)
	}
	again(t, sharedDir(t), &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS})
	return "", false
}

// unshares says why a process with mounts of its own cannot be made.
func unshares(t *testing.T) error {
	p, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{Sys: &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}})
	if err != nil {
		return err
	}
	_, err = p.Wait()
	require.NoError(t, err)
	return nil
}

// bind mounts from at to, to be made read-only later.
func bind(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.Mkdir(to, 0o755))
	require.NoError(t, unix.Mount(from, to, "", unix.MS_BIND, ""))
}

func readOnly(t *testing.T, to string) {
	t.Helper()
	require.NoError(t, unix.Mount("", to, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
}

// On what is mounted read-only, modes and owners say nothing; what is above it
// can still be replaced.
func TestPermissionsOfAReadOnlyMount(t *testing.T) {
	dir, ok := inNamespace(t)
	if !ok {
		return
	}
	require.NoError(t, both(configMapOf(0o777, 0o777), owner("map/..2026", stranger, group), owner("map/..2026/a.rego", stranger, group),
		owner("map/..data", stranger, group), owner("map", stranger, group))(dir))
	at := filepath.Join(dir, "mount")
	bind(t, filepath.Join(dir, "map"), at)
	_, err := loadDir(t, at)
	require.ErrorContains(t, err, "mount: user 4242 owns it")
	require.ErrorContains(t, err, "a.rego: user 4242 owns it")
	require.ErrorContains(t, err, "everyone may write it (mode 0777)")
	readOnly(t, at)
	_, err = loadDir(t, at)
	require.NoError(t, err)

	// The same files where they are not read-only.
	_, err = loadDir(t, filepath.Join(dir, "map"))
	require.ErrorContains(t, err, "everyone may write it (mode 0777)")
	// A mount in an open directory can be moved away.
	require.NoError(t, os.Chmod(dir, 0o777))
	_, err = loadDir(t, at)
	require.ErrorContains(t, err, dir+": everyone may write it (mode 0777): chmod o-w "+dir)
	require.NotContains(t, err.Error(), "user 4242")
	require.NoError(t, os.Chmod(dir, 0o755))

	// A link on it that leads elsewhere counts where it leads to.
	require.NoError(t, os.Symlink(filepath.Join(dir, "map"), filepath.Join(dir, "map", ".other")))
	_, err = loadDir(t, filepath.Join(at, ".other"))
	require.ErrorContains(t, err, dir+"/map: user 4242 owns it")
}

// The root of the file system is above everything.
func TestPermissionsOfTheRoot(t *testing.T) {
	dir, ok := inNamespace(t)
	if !ok {
		return
	}
	require.NoError(t, unix.Mount("none", dir, "tmpfs", 0, "size=1m,mode=755"))
	write(t, dir, files{"p/a.rego": denyBad})
	require.NoError(t, os.Symlink("/p", filepath.Join(dir, "link")))
	require.NoError(t, errors.Join(unix.Chroot(dir), os.Chdir("/")))
	for _, name := range []string{"/p", "p", "link", "/p/../p"} {
		require.NoError(t, os.Chmod("/", 0o755))
		require.NoError(t, rego.Writable(t.Context(), name))
		require.NoError(t, os.Chmod("/", 0o757))
		require.ErrorContains(t, rego.Writable(t.Context(), name), "/: everyone may write it (mode 0757): chmod o-w /")
	}
}

// A store notices that a mount can be written again.
func TestStoreFollowsAMount(t *testing.T) {
	dir, ok := inNamespace(t)
	if !ok {
		return
	}
	require.NoError(t, configMapOf(0o777, 0o666)(dir))
	at := filepath.Join(dir, "mount")
	bind(t, filepath.Join(dir, "map"), at)
	readOnly(t, at)
	cfg := storeConfig(at)
	cfg.Tick = 5 * time.Millisecond
	s := open(t, cfg)
	require.NoError(t, unix.Mount("", at, "", unix.MS_BIND|unix.MS_REMOUNT, ""))
	eventually(t, "error", func() bool { return s.Status().LastError != nil })
	require.ErrorContains(t, s.Status().LastError, "everyone may write it")
	denies(t, s, "bad")
	readOnly(t, at)
	eventually(t, "no error", func() bool { return s.Status().LastError == nil })
}

// What is above the source is looked at by each tick, also where none of its
// files has changed for long.
func TestStoreLooksAbove(t *testing.T) {
	dir, ok := inNamespace(t)
	if !ok {
		return
	}
	old := filepath.Join(os.Getenv(sourceVariable), "..", "examples", "policy")
	at := filepath.Join(dir, "p", "mount")
	require.NoError(t, os.Mkdir(filepath.Dir(at), 0o755))
	bind(t, old, at)
	readOnly(t, at)
	rego.WithoutWatches(t)
	for _, permissions := range []rego.Permissions{rego.PermissionsRefuse, rego.PermissionsWarn} {
		cfg := storeConfig(at)
		cfg.InputSchema, cfg.Tick, cfg.Permissions = nil, 5*time.Millisecond, permissions
		s := open(t, cfg)
		require.NoError(t, mode("p", 0o757)(dir))
		if permissions == rego.PermissionsRefuse {
			eventually(t, "error", func() bool { return s.Status().LastError != nil })
			require.ErrorContains(t, s.Status().LastError, dir+"/p: everyone may write it")
		} else {
			eventually(t, "warning", func() bool { return len(s.Policy().Warnings()) == 1 })
		}
		require.NoError(t, mode("p", 0o755)(dir))
		eventually(t, "neither", func() bool { return s.Status().LastError == nil && len(s.Policy().Warnings()) == 0 })
	}
}

// The mode of a file shows what a list grants as rights of its group.
func TestAccessControlList(t *testing.T) {
	needRoot(t)
	const everybody, unused = 7, 0xffffffff
	list := func(entries ...uint32) []byte { // of a tag, rights and an id each
		b := []byte{2, 0, 0, 0}
		for i := 0; i < len(entries); i += 3 {
			id := entries[i+2]
			b = append(b, byte(entries[i]), 0, byte(entries[i+1]), 0, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
		}
		return b
	}
	for name, tc := range map[string]struct {
		entries []uint32
		want    string
	}{
		"user writes":   {[]uint32{1, 6, unused, 2, 6, stranger, 4, 4, unused, 0x10, 6, unused, 0x20, 4, unused}, "a.rego: its access control list lets others write it: setfacl -b "},
		"group writes":  {[]uint32{1, 6, unused, 4, 4, unused, 8, everybody, group, 0x10, everybody, unused, 0x20, 4, unused}, "a.rego: its access control list lets others write it: setfacl -b "},
		"user reads":    {[]uint32{1, 6, unused, 2, 4, stranger, 4, 6, unused, 0x10, 6, unused, 0x20, 4, unused}, ""},
		"user may not":  {[]uint32{1, 6, unused, 2, 6, stranger, 4, 6, unused, 0x10, 4, unused, 0x20, 4, unused}, ""},
		"nothing named": {[]uint32{1, 6, unused, 4, 6, unused, 0x20, 4, unused}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, files{"a.rego": denyBad})
			err := unix.Setxattr(filepath.Join(dir, "a.rego"), "system.posix_acl_access", list(tc.entries...), 0)
			if errors.Is(err, unix.ENOTSUP) && os.Getenv("CI") == "" {
				t.Skip("the file system has no access control lists")
			}
			require.NoError(t, err)
			err = rego.Writable(t.Context(), dir)
			if tc.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tc.want)
			}
		})
	}
}
