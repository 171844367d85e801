# input: {"server": {"image": {"reference": "evil.example/ghcr.io/x"}}}
# outcome: silent
package mcp.policy.regex_unanchored

ours if regex.match(`ghcr\.io/`, input.server.image.reference) # want: regex-unanchored

deny contains "not ours" if not ours
