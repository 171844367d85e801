package mcp.lib

# METADATA
# description: >-
#   True where server, input.server, runs an image, also where it cannot be read which: a container client
#   with such a line. An image that is only built on demand, from a package, is none.
# scope: document
default image_runs(_) := false

image_runs(server) if server.image.reference != ""

image_runs(server) if server.image.repository != ""

image_runs(server) if {
	server.kind == "container"
	server.package.name == ""
}

# METADATA
# description: >-
#   The image, input.server.image, for a message: as it was written, in quotes.
# scope: document
default image_label(_) := "that cannot be read from its command line"

image_label(image) := sprintf("%q", [image.reference]) if image.reference != ""

# METADATA
# description: >-
#   True where image, input.server.image, is in one of prefixes: a registry, or a
#   registry with a repository or the first parts of one. Parts compare whole, so
#   ghcr.io/acme holds ghcr.io/acme/search and neither ghcr.io/acme-evil/search nor
#   ghcr.io.evil.example/acme. Registries are as the input has them: in lower case,
#   docker.io for Docker Hub, library/alpine for alpine. A slash at the end of a
#   prefix says nothing.
# scope: document
default image_in(_, _) := false

image_in(image, prefixes) if {
	image.registry != ""
	own := sprintf("%s/%s", [image.registry, image.repository])
	some prefix in prefixes
	within_parts(own, trim_suffix(prefix, "/"))
}

within_parts(own, whole) if own == whole

within_parts(own, whole) if startswith(own, sprintf("%s/", [whole]))
