//go:build unix

package gate

import "path/filepath"

func defaultSystemDir() (string, error) { return "/etc/mcp-runner/policy", nil }

// defaultConfigDir is ~/.config on macOS too: it is where people look for the
// configuration of a command line program. Without a home there is none.
func (cfg SourcesConfig) defaultConfigDir() string {
	home := cfg.Getenv("HOME")
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".config")
}
