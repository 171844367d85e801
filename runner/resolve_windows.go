package runner

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// interpreterOf returns the system's cmd.exe for a batch file, which Windows
// hands to it, and "" for any other file.
func (*resolver) interpreterOf(_ *RunConfig, file, _ string) (string, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".bat", ".cmd":
	default:
		return "", nil
	}
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(filepath.Join(dir, "cmd.exe"))
}
