# input: {"server": {"remote": {"port": 23}}}
package mcp.policy.port_in_strings

deny contains "a port that is not allowed" if input.server.remote.port in {21, 23}
