# input: {}
package mcp.policy.object_is_empty

deny contains "no image" if input.server.image.repository == ""
