//go:build !windows

package docker

import (
	"os"
	"path/filepath"
)

// usualHosts are the sockets where Docker and Podman listen.
func usualHosts() []string {
	hosts := []string{"unix:///var/run/docker.sock"}
	runtime := os.Getenv("XDG_RUNTIME_DIR")
	if filepath.IsAbs(runtime) {
		hosts = append(hosts, "unix://"+filepath.Join(runtime, "docker.sock"))
	}
	if home, err := os.UserHomeDir(); err == nil && filepath.IsAbs(home) {
		hosts = append(hosts, "unix://"+filepath.Join(home, ".docker/run/docker.sock"))
	}
	if filepath.IsAbs(runtime) {
		hosts = append(hosts, "unix://"+filepath.Join(runtime, "podman/podman.sock"))
	}
	return append(hosts, "unix:///run/podman/podman.sock")
}
