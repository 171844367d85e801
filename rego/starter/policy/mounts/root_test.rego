package mcp.policy.mounts.root_test

import data.mcp.lib
import data.mcp.policy.mounts.root

test_no_mount_is_allowed if count(root.deny) == 0 with input as lib.input_with({})

test_other_mounts_are_allowed[path] if {
	some path in [
		"/home/u/project",
		"/Users/u/project",
		"/root/project",
		"/etc/ssl/certs",
		"/etcetera",
		"/procs/x",
		"/srv",
		"/opt/tool",
		"/var/lib/app",
		"/dev/shm",
		"etc",
		"",
		`C:\Users\u\project`,
		`D:\work`,
	]
	count(root.deny) == 0 with input as mounted(path, path)
	count(root.deny) == 0 with input as lib.input_with({"server": {"kubernetes": {"host_paths": [path]}}})
}

test_system_directories_and_homes_are_denied[path] if {
	some path in [
		"/",
		"/etc",
		"/etc/",
		"/ETC",
		"/proc",
		"/proc/1/root",
		"/sys",
		"/sys/fs/cgroup",
		"/dev",
		"/boot",
		"/boot/efi",
		"/root",
		"/run",
		"/var",
		"/var/run",
		"/usr",
		"/private/etc",
		"/home",
		"/home/u",
		"/home/u/",
		"/var/home/u",
		"/Users",
		"/Users/u",
		`C:\`,
		"C:",
		`C:\Users`,
		`C:\Users\u`,
		"c:/users/u/",
		`C:\Windows`,
	]
	root.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
	root.deny == denied(path, "/server/kubernetes/host_paths/0") with input as lib.input_with({"server": {"kubernetes": {"host_paths": [path]}}})
}

test_a_symlink_is_denied_for_where_it_leads if {
	root.deny == denied("/home/u/project", "/server/mounts/0") with input as mounted("/home/u/project", "/etc")
}

test_a_path_is_denied_for_how_it_was_given if {
	root.deny == denied("/etc", "/server/mounts/0") with input as mounted("/etc", "/srv/etc")
}

test_a_path_that_climbs_is_denied_for_where_it_leads if {
	root.deny == denied("/home/../etc", "/server/mounts/0") with input as mounted("/home/../etc", "/etc")
}

test_read_only_is_denied if {
	count(root.deny) == 1 with input as lib.input_with({"server": {"mounts": [{"source": "/etc", "read_only": true}]}})
}

mounted(source, resolved) := lib.input_with({"server": {"mounts": [{
	"source": source,
	"resolved": resolved,
	"target": "/x",
}]}})

denied(path, place) := {{
	"msg": sprintf("mount %q opens a directory of the system or a whole home", [path]),
	"path": place,
}}
