package mcp.lib_test

import data.mcp.lib

test_host_paths if {
	lib.host_paths(with_paths.server) == {
		{"path": "/server/mounts/0", "source": "/a", "resolved": "/b", "read_only": true},
		{"path": "/server/mounts/1", "source": "/c", "resolved": "/d", "read_only": false},
		{"path": "/server/kubernetes/host_paths/0", "source": "/e", "resolved": "/e", "read_only": false},
		{"path": "/server/kubernetes/host_paths/1", "source": "/f", "resolved": "/f", "read_only": false},
	}
}

test_writable_paths if {
	{found.source | some found in lib.writable_paths(with_paths.server)} == {"/c", "/e", "/f"}
}

with_paths := lib.input_with({"server": {
	"mounts": [
		{"source": "/a", "resolved": "/b", "target": "/x", "read_only": true},
		{"source": "/c", "resolved": "/d"},
	],
	"kubernetes": {"host_paths": ["/e", "/f"]},
}})

test_stands_below[name] if {
	some name, c in {
		"equal": {"mount": mount("/srv/a", "/srv/a"), "directories": ["/srv/a"]},
		"below": {"mount": mount("/srv/a/b", "/srv/a/b"), "directories": ["/etc", "/srv/a/"]},
		"two of them": {"mount": mount("/srv/a", "/data/a"), "directories": {"/srv", "/data"}},
		"a dot and more": {"mount": mount("/srv/.abc", "/srv/.abc"), "directories": ["/srv"]},
		"dots in names": {"mount": mount("/srv/.a/..b/...", "/srv/.a/..b"), "directories": ["/srv/.a"]},
		"the root": {"mount": mount("/srv", "/srv"), "directories": ["/"]},
		"Windows": {"mount": mount(`C:\Work\A`, "c:/work/a"), "directories": [`C:\work`]},
	}
	lib.stands_below(c.mount, c.directories) == true
}

test_stands_below_not[name] if {
	some name, c in {
		"none": {"mount": mount("/srv/a", "/srv/a"), "directories": []},
		"above": {"mount": mount("/srv", "/srv"), "directories": ["/srv/a"]},
		"begins alike": {"mount": mount("/srv/ab", "/srv/ab"), "directories": ["/srv/a"]},
		"leads out": {"mount": mount("/srv/a", "/etc"), "directories": ["/srv"]},
		"comes from outside": {"mount": mount("/etc", "/srv/a"), "directories": ["/srv"]},
		"resolved is not known": {"mount": mount("/srv/a", ""), "directories": ["/srv"]},
		"another case": {"mount": mount("/SRV/a", "/SRV/a"), "directories": ["/srv"]},
		"another name": {"mount": mount("/var/home/u", "/var/home/u"), "directories": ["/home"]},
		"climbs": {"mount": mount("/srv/../etc", "/srv/x"), "directories": ["/srv"]},
		"stays": {"mount": mount("/srv/./x", "/srv/x"), "directories": ["/srv"]},
		"doubled slash": {"mount": mount("//srv/x", "/srv/x"), "directories": ["/srv"]},
		"doubled slash within": {"mount": mount("/srv//x", "/srv/x"), "directories": ["/srv"]},
		"a directory that climbs": {"mount": mount("/srv/x", "/srv/x"), "directories": ["/srv/x/.."]},
		"a directory that is not absolute": {"mount": mount("/srv/x", "/srv/x"), "directories": ["srv", ""]},
		"a volume": {"mount": mount("data", "data"), "directories": ["/", "data"]},
		"slashes alone": {"mount": mount("//", "//"), "directories": ["/"]},
		"another letter at the end": {"mount": mount("/srv/a~", "/srv/a~"), "directories": ["/srv/a"]},
		"a directory with another letter at the end": {"mount": mount("/srv/a", "/srv/a"), "directories": ["/srv/a~"]},
	}
	lib.stands_below(c.mount, c.directories) == false
}

test_mounts_any[name] if {
	some name, m in {
		"equal": mount("/etc/ssh", "/etc/ssh"),
		"below": mount("/etc/ssh/x", "/etc/ssh/x"),
		"above": mount("/etc", "/etc"),
		"the root": mount("/", "/"),
		"the other": mount("/run/secrets/x", "/run/secrets/x"),
		"as given": mount("/etc/ssh", "/srv"),
		"as resolved": mount("/srv", "/etc/ssh"),
		"another name": mount("/var/run/secrets", "/var/run/secrets"),
		"another name of what is above": mount("/private", "/private"),
		"above, by another name": mount("/private/etc", "/private/etc"),
		"another case": mount("/ETC/Ssh", "/ETC/Ssh"),
		"climbs": mount("/srv/../etc/./ssh", ""),
		"Windows": mount(`C:\Windows\System32\x`, `C:\Windows\System32\x`),
		"Windows from above": mount("c:/", "c:/"),
		"a drive alone": mount("C:", "C:"),
	}
	lib.mounts_any(m, {"/etc/ssh/", "/run/secrets/", "/c:/windows/system32/"}) == true
}

test_mounts_any_not[name] if {
	some name, m in {
		"beside": mount("/etc/ssl", "/etc/ssl"),
		"begins alike": mount("/etc/sshd", "/etc/sshd"),
		"elsewhere": mount("/srv", "/srv"),
		"a volume": mount("etc", "etc"),
		"empty": mount("", ""),
		"another drive": mount(`D:\Windows`, `D:\Windows`),
	}
	lib.mounts_any(m, {"/etc/ssh/", "/run/secrets/", "/c:/windows/system32/"}) == false
}

homes := [
	"/home/u",
	"/Users/u",
	"/var/home/u",
	"/root",
	"/var/root",
	"/private/var/root",
	"/var/roothome",
	"/data/home/u",
	"/export/home/u",
	"/mnt/home/u",
	"/nfs/home/u",
	"/srv/home/u",
	"/usr/home/u",
	`C:\Users\u`,
	"C:/Documents and Settings/u",
	`\\?\C:\Users\u`,
	"/mnt/c/Users/u",
	"/cygdrive/c/Users/u",
	"/host_mnt/c/Users/u",
	"/run/desktop/mnt/host/c/Users/u",
	"/c/Users/u",
	`\\wsl$\Ubuntu\home\u`,
	`\\wsl.localhost\Ubuntu\home\u`,
	`\\wsl$\Ubuntu\root`,
	"/proc/1/root/home/u",
	"/System/Volumes/Data/Users/u",
]

test_mounts_home_of_each_home[home] if {
	some home in homes
	lib.mounts_whole_home(mount(home, home)) == true
	lib.mounts_home(mount(home, home), {"app/"}) == true
	lib.mounts_home(below(home, "app"), {"app/"}) == true
	lib.mounts_home(below(home, "a"), {"a/b/"}) == true
	lib.mounts_home(below(home, "other"), {"app/"}) == false
	lib.mounts_whole_home(below(home, "app")) == false
}

below(home, name) := mount(path, path) if path := sprintf("%s/%s", [home, name])

test_mounts_home_of_what_holds_homes[path] if {
	some path in ["/", "/home", "/Users", "/var", "/var/home", `C:\`, `C:\Users`, "/mnt/c", "/mnt/c/Users", "/host_mnt/c", `\\wsl$\Ubuntu`, `\\wsl$\Ubuntu\home`, "//"]
	lib.mounts_whole_home(mount(path, path)) == true
	lib.mounts_home(mount(path, path), {".ssh/"}) == true
}

test_mounts_home[name] if {
	some name, m in {
		"equal": mount("/home/u/.ssh", "/home/u/.ssh"),
		"below": mount("/home/u/.ssh/id", "/home/u/.ssh/id"),
		"above": mount("/home/u/.config", "/home/u/.config"),
		"no home that is known": mount("/anywhere/u/.ssh", "/anywhere/u/.ssh"),
		"above, and no home that is known": mount("/anywhere/u/.config", "/anywhere/u/.config"),
		"without a dot, anywhere": mount("/anywhere/library/keychains/x", "/anywhere/library/keychains/x"),
		"as given": mount("/home/u/.ssh", "/srv"),
		"as resolved": mount("/srv", "/home/u/.ssh"),
		"another case": mount("/HOME/U/.SSH", "/HOME/U/.SSH"),
		"climbs": mount("/home/u/x/../.ssh", ""),
		"without a slash": mount("/home/u/.mozilla-x/y", "/home/u/.mozilla-x/y"),
	}
	lib.mounts_home(m, {".ssh/", ".config/gcloud/", "library/keychains/", ".mozilla"}) == true
}

test_mounts_home_not[name] if {
	some name, m in {
		"beside": mount("/home/u/.config/x", "/home/u/.config/x"),
		"begins alike": mount("/home/u/.sshd", "/home/u/.sshd"),
		"ends alike": mount("/home/u/x.ssh", "/home/u/x.ssh"),
		"above without a dot, and no home that is known": mount("/anywhere/library", "/anywhere/library"),
		"a volume": mount(".ssh", ".ssh"),
		"empty": mount("", ""),
		"a project": mount("/home/u/project", "/home/u/project"),
	}
	lib.mounts_home(m, {".ssh/", ".config/gcloud/", "library/keychains/", ".mozilla"}) == false
	lib.mounts_whole_home(m) == false
}

test_tails_are_what_stands_behind_each_slash if {
	lib.tails(mount("/a/b", "")) == {"a/b/", "b/"}
	lib.tails(mount("/~a", "")) == {"~a/"}
}

test_from_home_is_below_a_home if {
	lib.from_home(mount("/home/u/a", "")) == {"a/"}
	lib.from_home(mount("/srv/a", "")) == set()
	lib.from_home(mount("/srv/.a", "")) == {".a/"}
}

test_reached_has_the_other_names if {
	lib.reached(mount("/var/run/x", "")) == {"/var/run/x/", "/run/x/", "/private/var/run/x/"}
}

test_directory if {
	lib.directory("/Etc//x/../ssh/") == "/etc/ssh/"
	lib.directory(`C:\Users`) == "/c:/users/"
	lib.mounted(mount("/a", "b")) == {"/a/"}
}
