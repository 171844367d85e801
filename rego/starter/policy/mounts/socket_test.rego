package mcp.policy.mounts.socket_test

import data.mcp.lib
import data.mcp.policy.mounts.socket

test_no_mount_is_allowed if count(socket.deny) == 0 with input as lib.input_with({})

test_other_mounts_are_allowed[path] if {
	some path in [
		"/home/u/project",
		"/home/u/.docker/config.json",
		"/home/u/docker",
		"/home/u/docker.sock.md",
		"/var/log",
		"/run/secrets",
		"/var/running",
		"/srv/run/user",
		"/run/user/1000/app",
		"data",
		"",
		`C:\work\project`,
	]
	count(socket.deny) == 0 with input as mounted(path, path)
	count(socket.deny) == 0 with input as lib.input_with({"server": {"kubernetes": {"host_paths": [path]}}})
}

test_sockets_and_what_holds_them_are_denied[path] if {
	some path in [
		"/var/run/docker.sock",
		"/run/docker.sock",
		"/run/podman/podman.sock",
		"/run/containerd/containerd.sock",
		"/run/k3s/containerd/containerd.sock",
		"/run/user/1000/docker.sock",
		"/run/user/1000/podman/podman.sock",
		"/Users/u/.docker/run/docker.sock",
		"/home/u/.docker/desktop/docker.sock",
		"/Users/u/.colima/docker.sock",
		"/Users/u/.colima/default/docker.sock",
		"/Users/u/.orbstack/run/docker.sock",
		"/Users/u/.rd/docker.sock",
		"/Users/u/.lima/docker/sock/docker.sock",
		"/private/var/run/docker.sock",
		"/srv/elsewhere/docker.sock",
		"/VAR/RUN/DOCKER.SOCK",
		"/var/run/docker.sock/",
		`\\.\pipe\docker_engine`,
		"//./pipe/docker_engine",
		"/",
		"/var",
		"/var/run",
		"/var/run/",
		"/run",
		"/run/podman",
		"/run/user",
		"/run/user/1000",
		"/run/user/1000/podman",
		"/Users/u/.docker",
		"/Users/u/.docker/run",
		"/Users/u/.colima/default",
		"/Users/u/.orbstack",
		"/users/u/.DOCKER/RUN",
	]
	socket.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
	socket.deny == denied(path, "/server/kubernetes/host_paths/0") with input as lib.input_with({"server": {"kubernetes": {"host_paths": [path]}}})
}

test_a_symlink_to_a_socket_is_denied if {
	socket.deny == denied("/home/u/harmless", "/server/mounts/0") with input as mounted("/home/u/harmless", "/run/docker.sock")
	socket.deny == denied("/home/u/harmless", "/server/mounts/0") with input as mounted("/home/u/harmless", "/home/u/.docker/desktop/docker.sock")
}

test_a_symlink_to_what_holds_a_socket_is_denied if {
	socket.deny == denied("/home/u/harmless", "/server/mounts/0") with input as mounted("/home/u/harmless", "/run")
}

test_a_socket_that_is_a_symlink_is_denied if {
	socket.deny == denied("/var/run/docker.sock", "/server/mounts/0") with input as mounted("/var/run/docker.sock", "/home/u/x")
	socket.deny == denied("/home/u/docker.sock", "/server/mounts/0") with input as mounted("/home/u/docker.sock", "/home/u/x")
}

test_read_only_is_denied if {
	count(socket.deny) == 1 with input as lib.input_with({"server": {"mounts": [{"source": "/run/docker.sock", "read_only": true}]}})
}

test_each_mount_is_named if {
	places := {v.path | some v in socket.deny} with input as lib.input_with({"server": {"mounts": [
		{"source": "/run/docker.sock"},
		{"source": "/srv/data"},
		{"source": "/run/podman/podman.sock"},
	]}})
	places == {"/server/mounts/0", "/server/mounts/2"}
}

mounted(source, resolved) := lib.input_with({"server": {"mounts": [{
	"source": source,
	"resolved": resolved,
	"target": "/x",
}]}})

denied(path, place) := {{
	"msg": sprintf("mount %q gives access to the socket of a container runtime", [path]),
	"path": place,
}}
