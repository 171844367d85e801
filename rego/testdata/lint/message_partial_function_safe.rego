# input: {"server": {"permissions": {"privileged": true}, "kind": "process"}}
package mcp.policy.message_partial_function

default word(_) := "a program"

word(kind) := "an image" if kind == "container"

word(kind) := "a URL" if kind == "remote"

deny contains sprintf("%s is privileged", [word(input.server.kind)]) if input.server.permissions.privileged
