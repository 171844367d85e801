# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.not_object_lookup

trust := {"ghcr.io": "high", "docker.io": "low"}

trusted if trust[input.server.image.registry] in {"high", "medium"}

deny contains "the registry is not trusted" if not trusted
