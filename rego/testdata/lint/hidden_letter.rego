# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.hidden_letter

deny contains "evil" if input.server.image.registry == "еvil.example" # want: hidden-character
