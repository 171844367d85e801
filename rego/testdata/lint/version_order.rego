# input: {"server": {"package": {"name": "p", "version": "1.9.0"}}}
# outcome: silent
package mcp.policy.version_order

deny contains "too old" if input.server.package.version < "1.10.0" # want: version-order
