//go:build !unix

package gate

import "os"

// defaultConfigDir is the platform's; without one there is no user's directory.
func (cfg SourcesConfig) defaultConfigDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return dir
}
