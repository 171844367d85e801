package mcp.lib

# METADATA
# description: >-
#   The packages that server, input.server, installs, each at its path in the input:
#   the one whose program runs, and those that its line asks for beside it.
#   For example: some path, package_ in lib.packages(input.server)
# scope: document
packages(server) := object.union(
	{"/server/package": server.package | is_package(server.package)},
	{path: installed |
		some i, installed in server.packages
		path := sprintf("/server/packages/%d", [i])
	},
)

is_package(installed) if installed.name != ""

is_package(installed) if installed.ecosystem != ""

# METADATA
# description: >-
#   The name of a package for a message: NAME@VERSION, or NAME where no version was
#   asked for.
# scope: document
package_label(installed) := installed.name if installed.version == ""

package_label(installed) := sprintf("%s@%s", [installed.name, installed.version]) if installed.version != ""

# METADATA
# description: >-
#   True where the package is in list: an entry has its ecosystem and its name,
#   both equal to the letter, and where the entry has versions, its version is one
#   of them and pinned. An entry with versions does not take part of a range or a
#   tag of that name.
# scope: document
default package_in(_, _) := false

package_in(installed, list) if {
	some entry in list
	entry.name == installed.name
	entry.ecosystem == installed.ecosystem
	version_in(installed, object.get(entry, "versions", null))
}

version_in(_, null)

version_in(installed, versions) if {
	installed.pinned == true
	installed.version in versions
}
