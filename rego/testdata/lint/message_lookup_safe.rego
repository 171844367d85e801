# input: {"server": {"transport": "sse"}}
package mcp.policy.message_lookup

names := {"stdio": "standard input"}

deny contains msg if {
	input.server.transport == "sse"
	name := object.get(names, input.server.transport, "another transport")
	msg := sprintf("the server speaks over %s", [name])
}
