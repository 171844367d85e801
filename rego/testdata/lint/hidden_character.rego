# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.hidden_character

deny contains "evil" if input.server.image.registry == "evil.example​" # want: hidden-character
