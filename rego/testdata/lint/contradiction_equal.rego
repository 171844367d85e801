# input: {"server": {"kind": "remote"}}
# outcome: silent
package mcp.policy.contradiction_equal

deny contains "a remote server or a process" if {
	input.server.kind == "remote"
	input.server.kind == "process" # want: contradiction
}
