# METADATA
# custom:
#   enforcement: deny
package mcp.policy.other

deny contains "one" if input.version == 1

warn contains "two" if input.version == 1
