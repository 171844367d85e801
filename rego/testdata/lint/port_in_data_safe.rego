# input: {"server": {"remote": {"port": 23}}}
# data: {"refused": {"ports": ["23"]}}
package mcp.policy.port_in_data

deny contains "a port that is refused" if sprintf("%d", [input.server.remote.port]) in data.refused.ports
