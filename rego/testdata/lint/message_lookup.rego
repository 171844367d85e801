# input: {"server": {"transport": "sse"}}
# outcome: silent
package mcp.policy.message_lookup

names := {"stdio": "standard input"}

deny contains msg if {
	input.server.transport == "sse"
	name := names[input.server.transport] # want: message-undefined
	msg := sprintf("the server speaks over %s", [name])
}
