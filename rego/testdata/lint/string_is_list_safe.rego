# input: {"server": {"kind": "remote"}}
package mcp.policy.string_is_list

deny contains "a remote server or a process" if input.server.kind in ["remote", "process"]
