# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
package mcp.policy.absent_lookup

trust := {"ghcr.io": 9, "docker.io": 3}

deny contains "too little trust" if trust[input.server.image.registry] < 5 # want: absent-passes
