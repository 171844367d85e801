# input: {"server": {"image": {"registry": "evil.example"}}}
package mcp.policy.absent_lookup

trust := {"ghcr.io": 9, "docker.io": 3}

deny contains "too little trust" if object.get(trust, input.server.image.registry, 0) < 5
