package mcp.policy.conflict

place := "loopback" if input.server.endpoint.loopback == true

place := "process" if input.server.kind == "process"

deny contains msg if {
	input.server.transport == "stdio"
	msg := sprintf("it runs at %s", [place])
}
