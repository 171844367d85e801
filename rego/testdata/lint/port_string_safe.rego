# input: {"server": {"remote": {"port": 80}}}
package mcp.policy.port_string

deny contains "port 80" if input.server.remote.port == 80
