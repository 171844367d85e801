package mcp.policy.reviewed.noted

deny contains {"msg": "a server starts", "details": {"transport": input.server.transport}} if input.server.name != ""
