package mcp.policy.strict

deny contains {"msg": msg, "path": redaction.path, "details": {"reason": redaction.reason}} if {
	some redaction in input.server.redactions
	startswith(redaction.path, "/server/")
	msg := sprintf("a secret stands in clear at %s", [redaction.path])
}

deny contains "a container must not be privileged" if input.server.permissions.privileged

deny contains sprintf("it would listen on %s", [input.server.endpoint.host]) if {
	input.server.endpoint.loopback == false
}

warn contains "only a pinned image is the one that was reviewed" if {
	input.server.kind == "container"
	not input.server.image.pinned
}
