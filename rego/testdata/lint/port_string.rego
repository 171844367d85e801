# input: {"server": {"remote": {"port": 80}}}
# outcome: silent
package mcp.policy.port_string

deny contains "port 80" if input.server.remote.port == "80" # want: type-mismatch
