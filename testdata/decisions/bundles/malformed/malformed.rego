package mcp.policy.malformed

deny contains {"message": "a wrong key"} if input.server.kind == "remote"

deny contains {"msg": "a path without a slash", "path": "server.kind"} if input.server.kind == "process"

deny contains 7 if input.server.permissions.privileged

warn contains {"msg": "a wrong type", "details": ["x"]} if input.server.kind == "process"

warn contains "it is all right" if input.server.kind != ""
