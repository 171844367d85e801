package mcp.policy.network.listens

expected if input.server.endpoint.host in data.mcp.settings.params["network.listens"].hosts

deny contains {"msg": "it listens elsewhere", "path": "/server/endpoint/host"} if not expected
