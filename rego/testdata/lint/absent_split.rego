# input: {"server": {"image": {"reference": "alpine"}}}
# outcome: silent
package mcp.policy.absent_split

deny contains "not pinned by a digest" if split(input.server.image.reference, "@")[1] != "sha256:abc" # want: absent-passes
