package mcp.policy.mounts.socket_test

import data.mcp.lib
import data.mcp.policy.mounts.socket

test_allowed_nothing if count(socket.deny) == 0 with input as lib.input_with({})

test_allowed_other_mounts[path] if {
	some path in [
		"/home/u/project",
		"/home/u/.docker/config.json",
		"/home/u/docker",
		"/home/u/.config/app",
		"/home/u/.docker/cli-plugins",
		"/run/podman.md",
		"/var/lib/app",
		"/var/snap/tool",
		"/run/user/1000/docker-app",
		"/home/u/podman.socket",
		"/home/u/dockerish.sock",
		"/home/u/docker-x/app.sock",
		"/home/u/docker.sock.rawer",
		"/home/u/a/pipe/docker",
		"/home/u/pipes",
		`\\.\pipeline`,
		`\\.\pipedocker`,
		`\\.\pipe\other`,
		`\\host\share\pipe\docker`,
		"/xpipe",
		"pipe",
		"/run/user//podman",
		"/Users/u/Library/Fonts",
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
	count(socket.deny) == 0 with input as pod(path)
}

test_denied_sockets_and_what_holds_them[path] if {
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
	socket.deny == denied(path, "/server/kubernetes/host_paths/0") with input as pod(path)
}

test_hostile_a_link_to_a_socket if {
	socket.deny == denied("/home/u/harmless", "/server/mounts/0") with input as mounted("/home/u/harmless", "/run/docker.sock")
	socket.deny == denied("/home/u/harmless", "/server/mounts/0") with input as mounted("/home/u/harmless", "/home/u/.docker/desktop/docker.sock")
}

test_hostile_a_link_to_what_holds_a_socket if {
	socket.deny == denied("/home/u/harmless", "/server/mounts/0") with input as mounted("/home/u/harmless", "/run")
}

test_hostile_a_socket_that_is_a_link if {
	socket.deny == denied("/var/run/docker.sock", "/server/mounts/0") with input as mounted("/var/run/docker.sock", "/home/u/x")
	socket.deny == denied("/home/u/docker.sock", "/server/mounts/0") with input as mounted("/home/u/docker.sock", "/home/u/x")
}

test_denied_read_only if {
	count(socket.deny) == 1 with input as lib.input_with({"server": {"mounts": [{"source": "/run/docker.sock", "read_only": true}]}})
}

test_denied_each_by_its_place if {
	places := {v.path | some v in socket.deny} with input as lib.input_with({"server": {"mounts": [
		{"source": "/run/docker.sock"},
		{"source": "/srv/data"},
		{"source": "/run/podman/podman.sock"},
	]}})
	places == {"/server/mounts/0", "/server/mounts/2"}
}

test_denied_each_place_of_the_system[path] if {
	some path in [
		"/run/buildkit/buildkitd.socket",
		"/run/containerd/x",
		"/run/cri-dockerd.sock",
		"/run/crio/x",
		"/run/docker.sock",
		"/run/docker/plugins",
		"/run/dockershim.sock",
		"/run/k0s/containerd.socket",
		"/run/k3s/containerd",
		"/run/podman/x",
		"/var/lib/docker/volumes",
		"/var/lib/incus/unix.socket",
		"/var/lib/lxd/unix.socket",
		"/var/snap/lxd/common/lxd",
		"/var/snap/microk8s/common/run",
		"/var/lib",
		"/var/snap",
	]
	socket.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
}

test_denied_each_place_of_a_home[path] if {
	some path in [
		"/Users/u/.colima/x",
		"/home/u/.config/colima/default",
		"/home/u/.docker/desktop/x",
		"/home/u/.docker/run/x",
		"/Users/u/.finch/finch.socket",
		"/home/u/.lima/default/x",
		"/home/u/.local/share/containers/podman/machine",
		"/home/u/.minikube/machines",
		"/Users/u/.orbstack/x",
		"/Users/u/.rd/x",
		"/Users/u/.sbx/x",
		"/Users/u/Library/Containers/com.docker.docker/Data",
		"/Users/u/Library/Containers/com.apple.container",
		"/Users/u/Library/Application Support/rancher-desktop/lima",
		"/Users/u/Library/Group Containers/HUB8V9ZQ2E.dev.orbstack",
		"/home/u",
		"/Users",
		"/root",
		"/home/u/.config",
		"/home/u/.local/share/containers",
		"/Users/u/Library/Containers",
		`C:\Users\u`,
	]
	socket.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
}

test_denied_each_name_wherever_it_stands[name] if {
	some name in [
		"docker.sock",
		"docker.raw.sock",
		"docker-cli.sock",
		"docker-host.sock",
		"docker.proxy.sock",
		"docker_engine.sock",
		"docker.sock.raw",
		"balena.sock",
		"balena-engine.sock",
		"podman.sock",
		"podman-machine-default-api.sock",
		"containerd.sock",
		"containerd-debug.sock",
		"crio.sock",
		"cri-dockerd.sock",
		"buildkitd.sock",
		"dockerd.sock",
		"nerdctl.sock",
	]
	path := sprintf("/srv/elsewhere/%s", [name])
	socket.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
}

test_denied_each_pipe[path] if {
	some path in [
		"npipe:////./pipe/docker_engine",
		"/pipe/docker_engine",
		`\\?\pipe\docker_engine`,
		"npipe:////./pipe/dockerDesktopLinuxEngine",
		`\\.\pipe\docker_engine_linux`,
		`\\host\pipe\podman-machine-default`,
		`\\host\pipe\containerd-containerd`,
		`\\host\pipe\rancher_desktop`,
		`\\host\pipe\buildkitd`,
		`\\.\pipe`,
		`\\.\pipe\docker`,
		`\\.\pipe\`,
	]
	socket.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
}

test_denied_each_directory_of_a_user[path] if {
	some path in [
		"/var/run/user",
		"/run/user/1000/containerd",
		"/run/user/1000/containerd-rootless",
		"/run/user/1000/docker",
		"/run/user/1000/buildkit",
		"/run/user/1000/buildkit-default/",
	]
	socket.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
}

test_hostile_spellings[path] if {
	some path in [
		"/run/../run/docker.sock",
		"//run//docker.sock",
		"/proc/self/root/run/docker.sock",
		"/Private/Var/Run/Docker.Sock",
		"/System/Volumes/Data/Users/u/.docker/run",
		"/home/u/../u/.docker/run/docker.sock",
		`\\.\PIPE\Docker_Engine`,
	]
	socket.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
}

test_params_absent_is_denied_all_the_same if {
	socket.deny == denied("/run/docker.sock", "/server/mounts/0") with input as mounted("/run/docker.sock", "/run/docker.sock")
		with data.mcp.settings.params as {}
}

mounted(source, resolved) := object.union(nothing, {"server": {"mounts": [{
	"source": source,
	"resolved": resolved,
	"target": "/x",
	"read_only": false,
}]}})

pod(path) := object.union(nothing, {"server": {"kubernetes": {"host_paths": [path]}}})

# Made once: there are many mounts.
nothing := lib.input_with({})

denied(path, place) := {{
	"msg": sprintf("mount %q gives access to the socket of a container runtime", [path]),
	"path": place,
}}
