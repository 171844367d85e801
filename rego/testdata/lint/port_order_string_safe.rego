# input: {"server": {"remote": {"port": 8080}}}
package mcp.policy.port_order_string

high(port) if port > 1024

deny contains "a high port" if high(input.server.remote.port)
