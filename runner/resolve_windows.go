package runner

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// interpreterOf returns the system's cmd.exe for a batch file, which Windows
// hands to it, and nil for any other file.
func (*resolver) interpreterOf(_ *RunConfig, file, _ string) (*Interpreter, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".bat", ".cmd":
	default:
		return nil, nil
	}
	dir, err := windows.GetSystemDirectory()
	if err != nil {
		return nil, err
	}
	shell, err := filepath.EvalSymlinks(filepath.Join(dir, "cmd.exe"))
	if err != nil {
		return nil, err
	}
	return &Interpreter{Path: shell}, nil
}
