# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.regex_swapped

deny contains "evil" if regex.match(input.server.image.registry, `^evil\..*$`) # want: argument-order builtin-error
