# input: {"server": {"remote": {"host": "ftp.example"}}}
package mcp.policy.not_partial_function

default zone(_) := "outer"

zone(host) := "inner" if endswith(host, ".corp.example")

zone(host) := "partner" if endswith(host, ".partner.example")

deny contains "the host is in no allowed zone" if {
	not zone(input.server.remote.host) in {"inner", "partner"}
}
