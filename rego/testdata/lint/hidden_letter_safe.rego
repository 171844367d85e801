# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.hidden_letter

deny contains "10 µm, α and 5 Ω: β-test" if input.server.image.registry == "evil.example"
