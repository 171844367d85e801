package mcp.lib

# METADATA
# description: >-
#   True where the mount, a member of input.server.mounts, gives access to path
#   or to something below it: its source, as given or with symlinks resolved, is
#   path, lies above it (/var above /var/run) or lies below it. Paths compare by
#   segments, so /etcetera is not below /etc, and without regard to case, as the
#   file systems of some hosts do; ., .. and doubled slashes count as what they
#   mean, a backslash separates where the path begins like one of Windows, and
#   the names that common systems link to each other are one (/var/run and /run,
#   /bin and /usr/bin, /etc and /private/etc). A source that is no absolute path,
#   such as a volume's name, gives access to nothing. Where path itself is not
#   absolute (~/.ssh, etc) the answer is true for every mount, so that the slip
#   is seen.
# scope: document
default mounts_path(_, _) := false

mounts_path(mount, path) if strings.any_prefix_match(directories(path), mounted(mount))

mounts_path(mount, path) if strings.any_prefix_match(mounted(mount), directories(path))

mounts_path(_, path) if not is_absolute(path)

# METADATA
# description: >-
#   The source of the mount, as given and with symlinks resolved, each as directory
#   has it.
# scope: document
mounted(mount) := {directory(mount[field]) | some field in ["source", "resolved"]}

# The names of a directory that common systems have for the one of path.
directories(path) := {own} | {sprintf("%s%s", [link[1], substring(own, count(link[0]), -1)]) |
	some link in links
	startswith(own, link[0])
} if {
	own := directory(path)
}

links := linked | {[to, from] | some [from, to] in linked}

linked := {
	["/run/", "/var/run/"],
	["/run/lock/", "/var/lock/"],
	["/bin/", "/usr/bin/"],
	["/sbin/", "/usr/sbin/"],
	["/lib/", "/usr/lib/"],
	["/lib64/", "/usr/lib64/"],
	["/home/", "/var/home/"],
	["/root/", "/var/roothome/"],
	["/etc/", "/private/etc/"],
	["/tmp/", "/private/tmp/"],
	["/var/", "/private/var/"],
	["/run/", "/private/var/run/"],
}

# METADATA
# description: >-
#   The path in one form that compares: absolute, in lower case, without ., .. and
#   doubled slashes, with slashes for backslashes (/c:/windows/), and with a slash
#   at its end. The root of a process is taken for that of the machine, and so is
#   the volume under which macOS shows everything a second time, with what holds
#   it. Undefined for what is not absolute.
# scope: document
directory(path) := regex.replace(
	clean(path),
	`^((/proc/[^/]+(/task/[^/]+)?/root)+/|/system/volumes/data/|/system/(volumes/)?$)`,
	"/",
) if {
	is_absolute(path)
}

clean(path) := sprintf("%s/", [trim_right(lower(path), "/")]) if is_plain(path)

clean(path) := sprintf("/%s", [concat("", [sprintf("%s/", [segment]) | some segment in kept(segments(path))])]) if {
	not is_plain(path)
}

# Nothing to take away but slashes at the end.
is_plain(path) if regex.match(`^(/([^/.][^/]*|\.[^/.][^/]*|\.\.[^/]+))*/*$`, path)

segments(path) := [segment |
	some segment in split(slashes(lower(path)), "/")
	not segment in {"", "."}
]

# What .. does not take away.
kept(parts) := parts if not climbs(parts)

kept(parts) := [part |
	some i, part in parts
	part != ".."
	not taken_away(parts, i)
] if {
	climbs(parts)
}

climbs(parts) if ".." in parts

# Between the part and some .. behind it there are as many parts as that .. and
# the ones before it take away.
taken_away(parts, i) if {
	some j, ".." in parts
	behind := array.slice(parts, i + 1, j + 1)
	ups := count([part | some part in behind; part == ".."])
	ups * 2 > count(behind)
}

is_absolute(path) if startswith(path, "/")

is_absolute(path) if is_windows(path)

is_windows(path) if regex.match(`^([a-zA-Z]:([/\\]|$)|\\)`, path)

slashes(path) := replace(path, `\`, "/") if is_windows(path)

slashes(path) := path if not is_windows(path)
