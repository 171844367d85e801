# METADATA
# title: No privileged server
# description: >-
#   A privileged container has the host's devices and no isolation worth the
#   name: what runs in it can leave it. The host's process namespace comes to nearly
#   the same, and so do the capabilities SYS_ADMIN, SYS_MODULE, which loads code into
#   the kernel, and DAC_READ_SEARCH, which opens every file of the host.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: critical
#   remediation: >-
#     Take privileged out of the permission profile (--permission-profile), --privileged
#     and --cap-add NAME out of the command line, or privileged, hostPID and the
#     capability out of the pod template patch, and give the server the one thing that
#     it needs: a mount, a host, a port.
#   owasp: [MCP02]
package mcp.policy.permissions.privileged

# In the spellings that container runtimes take, in upper case.
capabilities := {
	"ALL",
	"CAP_ALL",
	"CAP_DAC_READ_SEARCH",
	"CAP_SYS_ADMIN",
	"CAP_SYS_MODULE",
	"DAC_READ_SEARCH",
	"SYS_ADMIN",
	"SYS_MODULE",
}

deny contains {"msg": "the server asks to run privileged", "path": "/server/permissions/privileged"} if {
	input.server.permissions.privileged == true
}

deny contains {"msg": "the server asks to run privileged", "path": "/server/kubernetes/privileged"} if {
	input.server.kubernetes.privileged == true
}

deny contains {"msg": "the server asks for the process namespace of the host", "path": "/server/kubernetes/host_pid"} if {
	input.server.kubernetes.host_pid == true
}

deny contains {"msg": msg, "path": path} if {
	some i, capability in input.server.permissions.capabilities
	upper(capability) in capabilities
	msg := sprintf("the server asks for the capability %s", [capability])
	path := sprintf("/server/permissions/capabilities/%d", [i])
}
