package gate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

const openFlags = 0

// On Windows a file has the permissions of its directory, which is the user's
// own below %LocalAppData%.
func checkLogDir(string) error                 { return nil }
func checkLogFile(*os.File, fs.FileInfo) error { return nil }

// syncDir has nothing to do: a directory is not flushed apart from the file.
func syncDir(string) error { return nil }

// DefaultDecisionLog is the file for decisions of this user, below
// %LocalAppData%.
func DefaultDecisionLog(getenv func(string) string) (string, error) {
	dir := getenv("LocalAppData")
	if !filepath.IsAbs(dir) {
		return "", errors.New("there is no place for the decision log: LocalAppData names no directory")
	}
	return filepath.Join(dir, "mcp-runner", "decisions.jsonl"), nil
}
