//go:build unix

package gate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const openFlags = syscall.O_NOFOLLOW

// checkLogDir refuses a directory where others could replace the log.
func checkLogDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		return fmt.Errorf("every user may replace files in %s: run chmod o-w on it, or name another file", dir)
	}
	return nil
}

// checkLogFile refuses a log that others own or may write to, and closes one to
// readers that others may read.
func checkLogFile(f *os.File, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch uid := os.Geteuid(); {
	case !ok:
		return errors.New("its owner is not known")
	case int(stat.Uid) != uid:
		return fmt.Errorf("it belongs to user %d, and this process is user %d: name another file", stat.Uid, uid)
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("others may write to it (mode %04o), so it proves nothing: look at what is in it, then run chmod 600 on it", info.Mode().Perm())
	case info.Mode().Perm() != 0o600:
		return f.Chmod(0o600)
	}
	return nil
}

// syncDir waits until the names in a directory are on the disk. Some file
// systems cannot say.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// DefaultDecisionLog is the file for decisions of this user: below
// $XDG_STATE_HOME, which by its specification counts only where it is absolute,
// or below ~/.local/state, on macOS too.
func DefaultDecisionLog(getenv func(string) string) (string, error) {
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home := getenv("HOME")
		if !filepath.IsAbs(home) {
			return "", errors.New("there is no place for the decision log: neither XDG_STATE_HOME nor HOME names a directory")
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "mcp-runner", "decisions.jsonl"), nil
}
