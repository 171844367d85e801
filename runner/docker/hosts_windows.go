package docker

// usualHosts are the pipes where Docker and Podman listen.
func usualHosts() []string {
	return []string{"npipe:////./pipe/docker_engine", "npipe:////./pipe/podman-machine-default"}
}
