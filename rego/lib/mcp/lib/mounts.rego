package mcp.lib

# METADATA
# description: >-
#   True where the mount, a member of input.server.mounts, gives access to path
#   or to something below it: its source, as given or with symlinks resolved, is
#   path, lies above it (/var above /var/run) or lies below it. Paths compare by
#   segments, so /etcetera is not below /etc, and without regard to case, as the
#   file systems of some hosts do. A source that is no absolute path, such as a
#   volume's name, gives access to nothing.
# scope: document
default mounts_path(_, _) := false

mounts_path(mount, path) if {
	some field in ["source", "resolved"]
	startswith(directory(path), directory(mount[field]))
}

mounts_path(mount, path) if {
	some field in ["source", "resolved"]
	startswith(directory(mount[field]), directory(path))
}

# Undefined for what is not absolute.
directory(path) := sprintf("%s/", [trim_right(lower(path), "/")]) if startswith(path, "/")
