# METADATA
# title: No container runs as root
# description: >-
#   Root in a container is root of the kernel that it shares with the host, less what
#   the runtime takes away. A hole in the runtime, a mount or a capability too many, and
#   the server is root of the host. Where nothing says who it runs as, as on a command
#   line without --user, the image decides, and most say root. Another name can have the
#   number 0 in an image too; that cannot be seen from outside it.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: medium
#   remediation: >-
#     Run the server as somebody without rights: container.user of the run config, or
#     --user 65532:65532 on the command line. An image that needs root to start has
#     mostly a variant that does not.
#   owasp: [MCP02]
package mcp.policy.permissions.root

import data.mcp.lib

user := input.server.permissions.user

# The number in the spellings that runtimes read, and no user before a group.
root if regex.match(`^([+-]?0+|root)(:|$)|^:`, user)

root if lower(user) == "containeradministrator"

deny contains {"msg": msg, "path": "/server/permissions/user"} if {
	lib.image_runs(input.server)
	root
	msg := sprintf("the server runs as root: its user is %q", [user])
}

deny contains {"msg": "nothing says who the server runs as, which with most images is root", "path": "/server/permissions/user"} if {
	lib.image_runs(input.server)
	user == ""
}
