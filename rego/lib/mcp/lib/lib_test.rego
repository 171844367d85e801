package mcp.lib_test

import data.mcp.lib

test_loopback[host] if {
	some host in [
		"localhost",
		"LocalHost",
		"127.0.0.1",
		"127.255.255.254",
		"::1",
		"0:0:0:0:0:0:0:1",
		"::ffff:127.0.0.1",
	]
	lib.loopback(host) == true
}

test_not_loopback[host] if {
	some host in [
		"",
		"0.0.0.0",
		"::",
		"::2",
		"::ffff:10.0.0.1",
		"10.0.0.1",
		"128.0.0.1",
		"localhost.",
		"localhost.example.com",
		"127.0.0.1.example.com",
		"127.1",
		"2130706433",
		"0x7f.0.0.1",
		"127.0.0.01",
		"127.0.0.1/8",
		"[::1]",
		"::1%lo",
		"::127.0.0.1",
	]
	lib.loopback(host) == false
}

mount(source, resolved) := {"source": source, "resolved": resolved, "target": "/x", "read_only": true}

test_mounts_path[name] if {
	some name, c in {
		"equal": {"mount": mount("/etc", "/etc"), "path": "/etc"},
		"from above": {"mount": mount("/var", "/var"), "path": "/var/run/docker.sock"},
		"from the root": {"mount": mount("/", "/"), "path": "/etc"},
		"from below": {"mount": mount("/etc/ssl", "/etc/ssl"), "path": "/etc"},
		"below the root": {"mount": mount("/srv", "/srv"), "path": "/"},
		"the root": {"mount": mount("/", "/"), "path": "/"},
		"through a symlink": {"mount": mount("/home/u/x", "/etc"), "path": "/etc"},
		"as given": {"mount": mount("/var/run/docker.sock", "/run/docker.sock"), "path": "/var/run/docker.sock"},
		"slash at the end": {"mount": mount("/etc/", "/etc"), "path": "/etc/ssl/"},
		"another case": {"mount": mount("/ETC", "/ETC"), "path": "/etc"},
		"spelled through a parent": {"mount": mount("/home/../etc", "/etc"), "path": "/etc"},
		"resolved is not known": {"mount": mount("/etc", ""), "path": "/etc"},
		"the path has ..": {"mount": mount("/etc", "/etc"), "path": "/var/../etc"},
		"the path has .. twice": {"mount": mount("/etc", "/etc"), "path": "/var/lib/../../etc/ssl/.."},
		"the path has .. above the root": {"mount": mount("/etc", "/etc"), "path": "/../../etc"},
		"both have ..": {"mount": mount("/a/b/../../etc", ""), "path": "/x/y/z/../../../etc"},
		"the path has .": {"mount": mount("/etc", "/etc"), "path": "/./etc/."},
		"the path has doubled slashes": {"mount": mount("/etc", "/etc"), "path": "//etc//ssl/"},
		"the mount has doubled slashes": {"mount": mount("//etc//ssl/.", ""), "path": "/etc"},
		"the path in another case": {"mount": mount("/etc", "/etc"), "path": "/ETC/SSL"},
		"root of a process": {"mount": mount("/proc/self/root/etc", ""), "path": "/etc"},
		"root of a process's process": {"mount": mount("/proc/1/root/proc/2/task/2/root/etc", ""), "path": "/etc"},
		"root of a process itself": {"mount": mount("/proc/1/root", ""), "path": "/etc"},
		"socket under its other name": {"mount": mount("/run/docker.sock", "/run/docker.sock"), "path": "/var/run/docker.sock"},
		"socket above its other name": {"mount": mount("/run", "/run"), "path": "/var/run/docker.sock"},
		"socket under its old name": {"mount": mount("/var/run/docker.sock", "/var/run/docker.sock"), "path": "/run/docker.sock"},
		"macOS": {"mount": mount("/private/etc", "/private/etc"), "path": "/etc"},
		"macOS from above": {"mount": mount("/private", "/private"), "path": "/etc"},
		"macOS socket": {"mount": mount("/private/var/run/docker.sock", "/private/var/run/docker.sock"), "path": "/run/docker.sock"},
		"macOS volume": {"mount": mount("/System/Volumes/Data/Users/u", ""), "path": "/Users"},
		"macOS volume from above": {"mount": mount("/System", "/System"), "path": "/etc"},
		"merged usr": {"mount": mount("/usr/bin", "/usr/bin"), "path": "/bin/sh"},
		"Windows": {"mount": mount(`C:\Users\u`, `C:\Users\u`), "path": `c:\users`},
		"Windows with slashes": {"mount": mount("C:/Users/u/..", ""), "path": `C:\Users`},
		"Windows from above": {"mount": mount(`C:\`, `C:\`), "path": `C:\Windows\System32`},
		"Windows of a network": {"mount": mount(`\\host\share\x`, ""), "path": `\\HOST\share`},
		"a path that is not absolute": {"mount": mount("/srv", "/srv"), "path": "etc"},
		"a path below a home": {"mount": mount("/srv", "/srv"), "path": "~/.ssh"},
		"an empty path": {"mount": mount("/srv", "/srv"), "path": ""},
	}
	lib.mounts_path(c.mount, c.path) == true
}

test_mounts_path_not[name] if {
	some name, c in {
		"beside": {"mount": mount("/srv", "/srv"), "path": "/etc"},
		"begins alike": {"mount": mount("/etcetera", "/etcetera"), "path": "/etc"},
		"begins alike, the other way": {"mount": mount("/run", "/run"), "path": "/runner"},
		"empty": {"mount": mount("", ""), "path": "/"},
		"a volume": {"mount": mount("etc", "etc"), "path": "/etc"},
		"a volume that is called like a path": {"mount": mount("volume://etc", "volume://etc"), "path": "/etc"},
		"taken away by ..": {"mount": mount("/etc/../srv", "/srv"), "path": "/etc"},
		"the path taken away by ..": {"mount": mount("/etc", "/etc"), "path": "/etc/../srv"},
		"three dots": {"mount": mount("/etc/.../x", ""), "path": "/x"},
		"a backslash is no separator": {"mount": mount(`/srv\etc`, `/srv\etc`), "path": "/srv/etc"},
		"beside the other name": {"mount": mount("/var/runner", "/var/runner"), "path": "/run"},
		"another part of /var": {"mount": mount("/var/lib", "/var/lib"), "path": "/run"},
		"another drive": {"mount": mount(`D:\`, `D:\`), "path": `C:\Users`},
		"Windows": {"mount": mount(`C:\etc`, `C:\etc`), "path": "/etc"},
	}
	lib.mounts_path(c.mount, c.path) == false
}

# A backslash is a letter of a name where paths have slashes, so .. behind it
# takes nothing away.
test_mounts_path_of_a_backslash if {
	lib.mounts_path(mount(`/etc/x\..\..\y/shadow`, ""), "/etc")
}

test_input_with_nothing_is_whole if {
	whole := lib.input_with({})
	whole.version == 1
	whole.operation == "create_server"
	whole.server.permissions.network.outbound == {"allow_all": false, "hosts": [], "ports": []}
	whole.context.user == {"name": "", "uid": "", "groups": []}
}

test_input_with_sets_what_is_given_and_nothing_else if {
	lib.input_with({"server": {"endpoint": {"port": 80}}}) == json.patch(
		lib.input_with({}),
		[{"op": "replace", "path": "/server/endpoint/port", "value": 80}],
	)
	lib.input_with({"config": {"any": {"shape": [1]}}}).config == {"any": {"shape": [1]}}
}

test_input_with_makes_the_members_of_lists_whole if {
	whole := lib.input_with({"server": {"mounts": [{"source": "/a"}, {}], "environment": [{"name": "A"}]}})
	whole.server.mounts == [
		{"source": "/a", "resolved": "", "target": "", "read_only": false},
		{"source": "", "resolved": "", "target": "", "read_only": false},
	]
	whole.server.environment == [{"name": "A", "source": "", "value": "", "redacted": false}]
	whole.server.labels == []
}

test_input_with_refuses[name] if {
	some name, patch in {
		"a misspelled part": {"sever": {}},
		"a misspelled field": {"server": {"endpoint": {"hots": "0.0.0.0"}}},
		"another type": {"server": {"auth": {"oidc": "yes"}}},
		"an object for a list": {"server": {"mounts": {"source": "/"}}},
		"a misspelled field in a list": {"server": {"mounts": [{"from": "/"}]}},
		"another type in a list": {"server": {"mounts": [{"source": 1}]}},
		"a string in a list of objects": {"server": {"mounts": ["/"]}},
		"null": {"server": {"name": null}},
	}
	refused(patch)
}

refused(patch) if not accepted(patch)

accepted(patch) if is_object(lib.input_with(patch))
