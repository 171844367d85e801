# input: {"server": {"kind": "remote"}}
# outcome: silent
package mcp.policy.string_is_list

deny contains "a remote server or a process" if input.server.kind == ["remote", "process"] # want: type-mismatch
