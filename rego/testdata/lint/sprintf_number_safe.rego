# input: {"server": {"remote": {"port": 23}}}
package mcp.policy.sprintf_number

deny contains msg if {
	input.server.remote.port == 23
	msg := sprintf("port %d", [input.server.remote.port])
}
