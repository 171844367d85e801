package gate

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// defaultSystemDir asks the system: the variable ProgramData is the user's to
// set.
func defaultSystemDir() (string, error) {
	data, err := windows.KnownFolderPath(windows.FOLDERID_ProgramData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return "", fmt.Errorf("system policy directory: %w", err)
	}
	return filepath.Join(data, "mcp-runner", "policy"), nil
}

// defaultConfigDir is the platform's; without one there is no user's directory.
func (cfg SourcesConfig) defaultConfigDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return dir
}
