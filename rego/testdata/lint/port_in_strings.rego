# input: {"server": {"remote": {"port": 23}}}
# outcome: silent
package mcp.policy.port_in_strings

deny contains "a port that is not allowed" if input.server.remote.port in {"21", 23.5} # want: type-mismatch
