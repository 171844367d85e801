# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.hidden_character

deny contains "évil, зло, 👩‍💻, « a b »" if input.server.image.registry == "evil.example"
