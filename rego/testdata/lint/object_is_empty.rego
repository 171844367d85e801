# input: {}
# outcome: silent
package mcp.policy.object_is_empty

deny contains "no image" if input.server.image == {} # want: type-mismatch
