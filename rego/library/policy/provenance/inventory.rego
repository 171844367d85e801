# METADATA
# title: Servers are in the inventory
# description: >-
#   A shadow server is one that somebody runs and nobody knows of: it is not
#   reviewed, not updated, and missed when a vulnerability is searched for. Every
#   package, image, remote host and program of a server must be on the lists of those
#   that are known.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Ask for the server to be reviewed, and put what it runs into the params of
#     provenance.inventory: packages, images, hosts or commands. Without entries there,
#     every server is unknown.
#   owasp: [MCP09]
#   params:
#     type: object
#     additionalProperties: false
#     required: [packages, images, hosts, commands]
#     properties:
#       packages:
#         description: >-
#           Known packages. Names of pypi are in lower case, with one - for each run of
#           - _ and .; with versions, only these are known.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [ecosystem, name]
#           properties:
#             ecosystem: {type: string, enum: [npm, pypi, go, ""]}
#             name: {type: string, minLength: 1}
#             versions: {type: array, items: {type: string, minLength: 1}}
#         default: []
#       images:
#         description: >-
#           Known images: a registry with a repository or its first parts, each part whole,
#           such as docker.io/mcp or ghcr.io/acme/search.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
#       hosts:
#         description: "Known hosts of remote servers: a host, or *.example.com for all below it."
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
#       commands:
#         description: >-
#           Known programs: the file that runs, symlinks resolved, the arguments with which
#           its line begins, and where it matters the file's SHA-256. An interpreter needs its
#           script among the arguments, or every script is known.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [path, args]
#           properties:
#             path: {type: string, minLength: 1}
#             args: {type: array, items: {type: string}}
#             sha256: {type: string, minLength: 64, maxLength: 64}
#         default: []
package mcp.policy.provenance.inventory

import data.mcp.lib

deny contains {"msg": msg, "path": "/server/source/reference"} if {
	input.server.source.opaque == true
	msg := sprintf("what %q starts cannot be read, so it is not in the inventory", [input.server.source.reference])
}

known_host if lib.host_matches(input.server.remote.host, data.mcp.settings.params["provenance.inventory"].hosts)

deny contains {"msg": msg, "path": "/server/remote/host"} if {
	lib.is_remote(input.server)
	not known_host
	msg := sprintf("remote host %q is not in the inventory (params of provenance.inventory, hosts)", [input.server.remote.host])
}

known_image if lib.image_in(input.server.image, data.mcp.settings.params["provenance.inventory"].images)

deny contains {"msg": msg, "path": "/server/image/reference"} if {
	lib.image_runs(input.server)
	not known_image
	msg := sprintf("image %s is not in the inventory (params of provenance.inventory, images)", [lib.image_label(input.server.image)])
}

known_packages contains path if {
	some path, installed in lib.packages(input.server)
	lib.package_in(installed, data.mcp.settings.params["provenance.inventory"].packages)
}

deny contains {"msg": msg, "path": path} if {
	some path, installed in lib.packages(input.server)
	not path in known_packages
	msg := sprintf("package %q is not in the inventory (params of provenance.inventory, packages)", [lib.package_label(installed)])
}

# A launcher is known by what it launches.
by_command if {
	input.operation == "create_server"
	not lib.is_remote(input.server)
	not lib.image_runs(input.server)
	count(lib.packages(input.server)) == 0
}

known_command if {
	some command in data.mcp.settings.params["provenance.inventory"].commands
	command.path == input.server.command.resolved
	command.args == array.slice(input.server.command.args, 0, count(command.args))
	lower(object.get(command, "sha256", input.server.command.sha256)) == input.server.command.sha256
}

deny contains {"msg": msg, "path": "/server/command/resolved"} if {
	by_command
	not known_command
	msg := sprintf("program %q with its arguments is not in the inventory (params of provenance.inventory, commands)", [
		input.server.command.resolved,
	])
}
