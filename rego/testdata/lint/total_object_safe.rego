# input: {}
package mcp.policy.total_object

deny contains "no image" if input.server.image.repository == ""
