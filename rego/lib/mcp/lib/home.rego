package mcp.lib

# METADATA
# description: >-
#   The paths of the host that a server, which is input.server, gets: the members of
#   its mounts and the host paths of its pod, each with the path of the place in the
#   input and with source, resolved and read_only. Whether a pod only reads is not
#   known, so its paths are not read-only. Each is a mount to the functions on
#   mounts.
# scope: document
host_paths(server) := from_mounts | of_pod if {
	from_mounts := {found |
		some i, mount in server.mounts
		found := {
			"path": sprintf("/server/mounts/%d", [i]),
			"source": mount.source,
			"resolved": mount.resolved,
			"read_only": mount.read_only,
		}
	}
	of_pod := {found |
		some i, source in server.kubernetes.host_paths
		found := {
			"path": sprintf("/server/kubernetes/host_paths/%d", [i]),
			"source": source,
			"resolved": source,
			"read_only": false,
		}
	}
}

# METADATA
# description: Those of host_paths in which the server may write.
# scope: document
writable_paths(server) := {found |
	some found in host_paths(server)
	found.read_only == false
}

# METADATA
# description: >-
#   True where the mount, as given and with symlinks resolved, is one of
#   directories or stands below one, by segments. It is for what a policy allows:
#   letters count, other names of a directory do not, and what has .. or doubled
#   slashes in it stands nowhere. Paths of Windows compare without regard to case.
# scope: document
default stands_below(_, _) := false

stands_below(mount, directories) if {
	tops := {top | some path in directories; top := exact(path)}
	every field in ["source", "resolved"] {
		strings.any_prefix_match(exact(mount[field]), tops)
	}
}

exact(path) := sprintf("%s/", [trim_right(path, "/")]) if {
	startswith(path, "/")
	not startswith(path, "//")
	is_plain(path)
}

exact(path) := directory(path) if is_windows(path)

# METADATA
# description: >-
#   mounts_path for any of many absolute paths, at the price of one. They are a
#   set, in lower case and each with a slash at its end: {"/etc/shadow/"}. A drive
#   of Windows is the first part of a path: "/c:/windows/".
# scope: document
default mounts_any(_, _) := false

mounts_any(mount, paths) if strings.any_prefix_match(paths, reached(mount))

mounts_any(mount, paths) if strings.any_prefix_match(reached(mount), paths)

# METADATA
# description: >-
#   True where the mount gives access to one of many paths below the home of
#   somebody, or to something below it. They are a set, in lower case and each
#   with a slash at its end: {".ssh/", ".config/gcloud/"}; without that slash they
#   are what names begin with. From below a home counts wherever it stands
#   (/srv/alice/.ssh); from above, /home/alice and what holds it, the homes of
#   macOS and Windows (also as WSL and Docker Desktop show them) and that of root
#   are known, and directories with a dot (.config) stand below any.
# scope: document
default mounts_home(_, _) := false

mounts_home(mount, paths) if strings.any_prefix_match(paths, from_home(mount))

mounts_home(mount, paths) if strings.any_prefix_match(tails(mount), paths)

# METADATA
# description: True where the mount is the home of somebody, or holds homes.
# scope: document
default mounts_whole_home(_) := false

mounts_whole_home(mount) if "" in from_home(mount)

# The directories that the mount opens, by every name: links as directories() has
# them, and those that stand below the mount.
reached(mount) := (names | {concat("", [to, trim_prefix(name, from)]) |
	some name in names
	some [from, to] in links
	startswith(name, from)
}) | {to |
	some name in names
	some [from, to] in links
	startswith(from, name)
} if {
	names := mounted(mount)
}

# Where the mount stands as seen from a home; "" is all of it.
from_home(mount) := {place |
	some name in mounted(mount)
	some place in places_below(name)
} | {tail |
	some tail in tails(mount)
	startswith(tail, ".")
}

places_below(name) := {""} if regex.match(holds_homes, name)

places_below(name) := {regex.replace(name, home, "")} if {
	regex.match(home, name)
	not regex.match(holds_homes, name)
}

# A drive of Windows by the names that it has there, in WSL, Cygwin and Docker
# Desktop, or a distribution of WSL as seen from Windows.
drive := `(/[?.])?/[a-z]:|/(mnt|cygdrive|host_mnt|run/desktop/mnt/host)/[a-z]|/wsl(\$|\.localhost)/[^/]+`

holds_homes := concat("", ["^((", drive, ")?/((users|home|documents and settings)/)?|(/private)?/var/(home/)?)$"])

home := concat("", [
	"^((", drive, `|/[a-z])?/(users|home|documents and settings)/[^/]+`,
	`|/(data|export|mnt|nfs|srv|usr|var)/home/[^/]+|(`, drive, ")?/root|(/private)?/var/root(home)?)/",
])

# What stands behind each slash of the mount's names.
tails(mount) := {tail |
	some own in mounted(mount)
	parts := split(trim_left(own, "/"), "/")
	some i, _ in parts
	tail := concat("/", array.slice(parts, i, count(parts)))
	tail != ""
}
