# METADATA
# title: No capability beyond those of every container
# description: >-
#   A Linux capability is a part of what root may do. Those that container runtimes
#   leave out by themselves reach the kernel, the network or the memory of other
#   processes, and most of them are a known way out of a container. Only those on a list
#   may be added.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://man7.org/linux/man-pages/man7/capabilities.7.html
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html
# custom:
#   severity: high
#   remediation: >-
#     Take the capability out: the flag --cap-add of the container client, or
#     capabilities.add of the pod template patch. If the server works without it only as
#     another user, or with a device, give it that in its place. If it must stay, ask
#     the security team to add it to params of permissions.capabilities, as in allowed:
#     [NET_ADMIN].
#   owasp: [MCP02]
#   params:
#     type: object
#     additionalProperties: false
#     required: [allowed]
#     properties:
#       allowed:
#         description: >-
#           Linux capabilities that a server may add, in capitals and without CAP_. The
#           default are those that Docker gives every container.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - AUDIT_WRITE
#           - CHOWN
#           - DAC_OVERRIDE
#           - FOWNER
#           - FSETID
#           - KILL
#           - MKNOD
#           - NET_BIND_SERVICE
#           - NET_RAW
#           - SETFCAP
#           - SETGID
#           - SETPCAP
#           - SETUID
#           - SYS_CHROOT
package mcp.policy.permissions.capabilities

allowed contains trim_prefix(upper(name), "CAP_") if {
	some name in data.mcp.settings.params["permissions.capabilities"].allowed
}

# What they give, for the person who asked for one.
gives := {
	"ALL": "every right of root on the host",
	"AUDIT_CONTROL": "the audit of the host",
	"BPF": "programs in the kernel",
	"CHECKPOINT_RESTORE": "the memory of other processes",
	"DAC_READ_SEARCH": "every file of the host",
	"IPC_OWNER": "the memory that processes share",
	"LINUX_IMMUTABLE": "files that nobody may change",
	"MAC_ADMIN": "the rules of AppArmor and SELinux",
	"MAC_OVERRIDE": "a way around AppArmor and SELinux",
	"NET_ADMIN": "the network and its firewall",
	"PERFMON": "what every process does",
	"SYSLOG": "addresses of the kernel",
	"SYS_ADMIN": "mounts, namespaces and devices: nearly every right of root",
	"SYS_BOOT": "a new kernel",
	"SYS_MODULE": "modules in the kernel",
	"SYS_NICE": "the processor, away from other processes",
	"SYS_PACCT": "the accounting of processes",
	"SYS_PTRACE": "the memory of other processes",
	"SYS_RAWIO": "the disks and the memory of the host",
	"SYS_RESOURCE": "a way around all limits",
	"SYS_TIME": "the clock of the host",
	"SYS_TTY_CONFIG": "the terminals of the host",
}

added contains {"i": i, "name": trim_prefix(upper(name), "CAP_")} if {
	some i, name in input.server.permissions.capabilities
}

permitted contains capability if {
	some capability in added
	capability.name in allowed
	capability.name != "ALL" # by its parts or not at all
}

deny contains {"msg": msg, "path": path} if {
	some capability in (added - permitted)
	path := sprintf("/server/permissions/capabilities/%d", [capability.i])
	what := object.get(gives, capability.name, "a right that no container has by itself")
	msg := sprintf("the server asks for the capability %s, which gives %s", [capability.name, what])
}
