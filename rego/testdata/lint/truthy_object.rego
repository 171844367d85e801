# input: {}
# outcome: silent
package mcp.policy.truthy_object

deny contains "no provenance" if not input.server.provenance # want: always-truthy
