package mcp.lib_test

import data.mcp.lib

test_directory_has_one_form[path] if {
	some path, form in {
		"/": "/",
		"/a~": "/a~/",
		"/a/../b": "/b/",
		"/a/b/../../c": "/c/",
		"/a/./b//c/": "/a/b/c/",
		`/srv/./a\b`: `/srv/a\b/`,
		`/srv/a\..\..\b`: `/srv/a\..\..\b/`,
		"C:": "/c:/",
		`C:\a\..\b`: "/c:/b/",
		"/System": "/",
		"/System/Volumes": "/",
		"/System/Volumes/Data/x": "/x/",
		"/System/Library": "/system/library/",
		"/System/Volumes/Other": "/system/volumes/other/",
		"/srv/system/volumes/data/x": "/srv/system/volumes/data/x/",
		"/proc/1/root/x": "/x/",
		"/proc/1/task/2/root/proc/3/root/x": "/x/",
		"/proc/1/cwd": "/proc/1/cwd/",
		"/srv/proc/1/root/x": "/srv/proc/1/root/x/",
	}
	lib.directory(path) == form
}

test_what_is_not_absolute_is_no_directory[path] if {
	some path in ["", "a", "./a", "~/a", "c:a", "data/c:/x", `data\x`]
	not absolute(path)
}

absolute(path) if lib.directory(path)

# Names that common systems have for one directory.
test_directories_have_other_names[name] if {
	some name, pair in {
		"run": ["/run/x", "/var/run/x"],
		"lock": ["/run/lock/x", "/var/lock/x"],
		"bin": ["/bin/x", "/usr/bin/x"],
		"sbin": ["/sbin/x", "/usr/sbin/x"],
		"lib": ["/lib/x", "/usr/lib/x"],
		"lib64": ["/lib64/x", "/usr/lib64/x"],
		"home": ["/home/x", "/var/home/x"],
		"root": ["/root/.x", "/var/roothome/.x"],
		"etc": ["/etc/x", "/private/etc/x"],
		"tmp": ["/tmp/x", "/private/tmp/x"],
		"var": ["/var/x", "/private/var/x"],
		"run of macOS": ["/run/x", "/private/var/run/x"],
	}
	sprintf("%s/", [pair[1]]) in lib.directories(pair[0])
	sprintf("%s/", [pair[0]]) in lib.directories(pair[1])
}

test_directories_are_all_names if {
	lib.directories("/srv/x") == {"/srv/x/"}
	lib.directories("/Run/X") == {"/run/x/", "/var/run/x/", "/private/var/run/x/"}
}
