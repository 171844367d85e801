# input: {"server": {"remote": {"port": 8080}}}
# outcome: silent
package mcp.policy.port_order_string

high(port) if port > "1024" # want: type-mismatch

deny contains "a high port" if high(input.server.remote.port)
