# input: {"server": {"kind": "remote"}}
package mcp.policy.contradiction_equal

deny contains "a remote server or a process" if input.server.kind in {"remote", "process"}
