# METADATA
# title: A container cannot write to its own programs
# description: >-
#   What can write to the root file system of its container can put another program, or
#   a library, in the place of its own, and it stays for as long as the container does.
#   With a read-only root nothing but memory, temporary directories and mounts can be
#   written.
# related_resources:
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: low
#   remediation: >-
#     Take container.writable_root out of the run config, or add --read-only to the
#     command line, with --tmpfs /tmp for what the server must write. Give it a mount
#     for what must stay.
#   owasp: [MCP02]
package mcp.policy.permissions.writable_root

import data.mcp.lib

deny contains {"msg": "the root file system of the container can be written", "path": "/server/permissions/read_only_root"} if {
	lib.image_runs(input.server)
	input.server.permissions.read_only_root == false
}
