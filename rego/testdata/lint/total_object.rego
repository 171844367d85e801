# input: {}
# outcome: silent
package mcp.policy.total_object

deny contains "no image" if count(input.server.image) == 0 # want: total-object
