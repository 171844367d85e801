package mcp.lib

# METADATA
# description: >-
#   True where it is certain that version comes before limit in the order of its
#   ecosystem, and before all pre-releases of limit. For npm and go that is the
#   order of Semantic Versioning; for pypi only released versions, such as 1.0 or
#   2025.7.1, have an order here. False for what is no such version: latest, ^1.2,
#   a commit.
#   For example: safe if lib.version_before("npm", "0.0.4", "0.0.5")
# scope: document
default version_before(_, _, _) := false

version_before(ecosystem, version, limit) if {
	order := semver_order(ecosystem, version, sprintf("%s-0", [regex.replace(limit, `[-+].*`, "")]))
	order < 0
}

version_before("pypi", version, limit) if release(version) < release(limit)

# METADATA
# description: >-
#   True where it is certain that version is limit or comes after it, in the order
#   of version_before. A pre-release comes before what it leads to. False for what
#   is no such version.
# scope: document
default version_from(_, _, _) := false

version_from(ecosystem, version, limit) if {
	order := semver_order(ecosystem, version, limit)
	order >= 0
}

version_from("pypi", version, limit) if release(version) >= release(limit)

# With or without the v with which versions of Go modules begin.
semver_order(ecosystem, version, limit) := semver.compare(version, limit) if {
	ecosystem in {"go", "npm"}
	semver.is_valid(version)
	semver.is_valid(limit)
}

# The numbers of a released version of Python's packages, without zeros at the
# end: 1.0 is 1. Undefined for a pre-release, a post-release, an epoch and so on,
# whose order has more rules than are worth it here.
release(version) := [to_number(part) | some part in split(significant, ".")] if {
	regex.match(`^[0-9]{1,15}(\.[0-9]{1,15})*$`, version)
	significant := regex.replace(version, `(\.0+)+$`, "")
}
