package mcp.policy.mounts.root_test

import data.mcp.lib
import data.mcp.policy.mounts.root

test_allowed_nothing if count(root.deny) == 0 with input as lib.input_with({})

test_allowed_other_mounts[path] if {
	some path in [
		"/home/u/project",
		"/Users/u/project",
		"/root/project",
		"/etc/ssl/certs",
		"/etcetera",
		"/procs/x",
		"/srv/proc/x",
		"proc/x",
		"/srv",
		"/opt/tool",
		"/var/lib/app",
		"/dev/shm",
		"/mnt/data",
		"etc",
		"",
		`C:\Users\u\project`,
		`D:\work`,
	]
	count(root.deny) == 0 with input as mounted(path, path)
	count(root.deny) == 0 with input as pod(path)
}

test_denied_system_directories_and_homes[path] if {
	some path in [
		"/",
		"/bin",
		"/dev",
		"/lib",
		"/lib64",
		"/sbin",
		"/usr/bin",
		"/usr/lib",
		"/usr/local",
		"/usr/sbin",
		"/var/lib",
		"/private",
		"/private/var",
		"/private/var/run",
		"/Applications",
		"/Library",
		"/Volumes",
		"/System",
		"/System/Volumes/Data",
		"C:/Program Files",
		"C:/Program Files (x86)",
		"C:/ProgramData",
		"C:/Windows/System32",
		"/mnt",
		"/mnt/c",
		"/cygdrive",
		"/host_mnt",
		"/mnt/c/Users/u",
		"/run/desktop/mnt/host/c/Users/u",
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
	root.deny == denied(path, "/server/kubernetes/host_paths/0") with input as pod(path)
}

test_hostile_a_link_is_denied_for_where_it_leads if {
	root.deny == denied("/home/u/project", "/server/mounts/0") with input as mounted("/home/u/project", "/etc")
}

test_hostile_a_path_is_denied_for_how_it_was_given if {
	root.deny == denied("/etc", "/server/mounts/0") with input as mounted("/etc", "/srv/etc")
}

test_hostile_a_path_that_climbs_is_denied_for_where_it_leads if {
	root.deny == denied("/home/../etc", "/server/mounts/0") with input as mounted("/home/../etc", "/etc")
}

test_hostile_the_root_of_a_process_by_either_name if {
	root.deny == denied("/proc/1/root/srv", "/server/mounts/0") with input as mounted("/proc/1/root/srv", "/srv")
	root.deny == denied("/srv/x", "/server/mounts/0") with input as mounted("/srv/x", "/proc/1/root/srv")
}

test_hostile_spellings[path] if {
	some path in [
		"//",
		"//etc//",
		"/./etc/.",
		"/home/u/../u",
		"/usr/../proc/kcore",
		"/proc/self/root",
		"/proc/self/root/home/u/project",
		"/proc/1/root/etc",
		"//proc/1/root/srv",
		"/pRoC",
		"/Sys/Kernel",
		`\\?\C:\`,
		`\\wsl$\Ubuntu\home\u`,
	]
	root.deny == denied(path, "/server/mounts/0") with input as mounted(path, path)
}

test_denied_each_by_its_place if {
	{v.path | some v in root.deny} == {"/server/mounts/0", "/server/kubernetes/host_paths/1"} with input as lib.input_with({"server": {
		"mounts": [{"source": "/etc"}, {"source": "/srv/data"}],
		"kubernetes": {"host_paths": ["/srv/data", "/etc"]},
	}})
}

test_params_absent_is_denied_all_the_same if {
	root.deny == denied("/etc", "/server/mounts/0") with input as mounted("/etc", "/etc") with data.mcp.settings.params as {}
}

test_denied_read_only if {
	count(root.deny) == 1 with input as lib.input_with({"server": {"mounts": [{"source": "/etc", "read_only": true}]}})
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
	"msg": sprintf("mount %q opens a directory of the system or a whole home", [path]),
	"path": place,
}}
