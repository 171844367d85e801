# input: {"server": {"image": {"reference": "alpine"}}}
package mcp.policy.absent_split

pinned if split(input.server.image.reference, "@")[1] == "sha256:abc"

deny contains "not pinned by a digest" if not pinned
