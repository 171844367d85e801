# input: {"server": {"remote": {"port": 23}}}
# outcome: silent
# data: {"refused": {"ports": ["23"]}}
package mcp.policy.port_in_data

deny contains "a port that is refused" if input.server.remote.port in data.refused.ports # want: type-mismatch
