# input: {"server": {"image": {"reference": "evil.example/ghcr.io/x"}}}
package mcp.policy.regex_unanchored

ours if regex.match(`^ghcr\.io/`, input.server.image.reference)

deny contains "not ours" if not ours
