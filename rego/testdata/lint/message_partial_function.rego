# input: {"server": {"permissions": {"privileged": true}, "kind": "process"}}
# outcome: silent
package mcp.policy.message_partial_function

word(kind) := "an image" if kind == "container"

word(kind) := "a URL" if kind == "remote"

deny contains sprintf("%s is privileged", [word(input.server.kind)]) if input.server.permissions.privileged # want: message-undefined
