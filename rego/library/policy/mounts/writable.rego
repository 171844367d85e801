# METADATA
# title: Write access only below approved directories
# description: >-
#   Where a server may write, it can change programs, configurations and the work of the
#   person, and leave files that others run. A list of directories in which agents may
#   work keeps a slip (-v $HOME:/data, or a link that leads out of a project) from
#   opening more than was meant. Volumes of the container runtime are not host paths,
#   and are not asked about.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Add :ro to the -v/--volume flag, or move the path from write to read in the
#     permission profile. If the server must write there, ask the security team to add
#     the directory to params of mounts.writable, as in directories:
#     [/home/you/projects].
#   owasp: [MCP02, MCP10]
#   params:
#     type: object
#     additionalProperties: false
#     required: [directories]
#     properties:
#       directories:
#         description: >-
#           Absolute paths below which servers may write, themselves included, as they
#           are behind all symbolic links, for example /home/you/projects.
#         type: array
#         items: {type: string, minLength: 1}
#         default: []
package mcp.policy.mounts.writable

import data.mcp.lib

approved := data.mcp.settings.params["mounts.writable"].directories

listed if count(approved) > 0

hint := "which is below none of the approved directories" if listed

hint := "and no directory is approved: list those for servers in params, mounts.writable, directories" if not listed

# Volumes, which have a name and no path, are none of them.
writable contains found if {
	some found in lib.writable_paths(input.server)
	lib.mounts_path(found, "/")
}

allowed contains found if {
	some found in writable
	lib.stands_below(found, approved)
}

deny contains {"msg": msg, "path": found.path} if {
	some found in (writable - allowed)
	msg := sprintf("mount %q is writable, %s", [found.source, hint])
}
