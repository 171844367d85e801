# input: {"server": {"remote": {"port": 23}}}
# outcome: differs
package mcp.policy.sprintf_number

deny contains msg if {
	input.server.remote.port == 23
	msg := sprintf("port %s", [input.server.remote.port]) # want: sprintf-verbs
}
