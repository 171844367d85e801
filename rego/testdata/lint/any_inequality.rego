# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.any_inequality

harmless if input.server.image.registry != "evil.example"

harmless if input.server.image.registry != "bad.example" # want: any-inequality

deny contains "a refused registry" if not harmless
