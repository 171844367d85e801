# METADATA
# title: No credentials of the machine for servers that were not named
# description: >-
#   AWS_SECRET_ACCESS_KEY, GITHUB_TOKEN, KUBECONFIG and SSH_AUTH_SOCK are what a
#   developer's other programs work with. Copied into a server they give it, and
#   whoever gets hold of it, the developer's rights in a service that it may have
#   nothing to do with.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Take the variable out (-e NAME without a value), and give the server a token
#     of its own, with no more rights than it needs: --secret
#     NAME,target=VARIABLE. For a server that works with the service, write both
#     into allowed in params of secrets.host:
#     {variable: GITHUB_TOKEN, server: "image:ghcr.io/github/github-mcp-server"}.
#   owasp: [MCP01, MCP02]
#   params:
#     type: object
#     additionalProperties: false
#     required: [allowed]
#     properties:
#       allowed:
#         description: Which server may get which variable.
#         type: array
#         items:
#           type: object
#           additionalProperties: false
#           required: [server, variable]
#           properties:
#             variable:
#               description: The name of the variable.
#               type: string
#               minLength: 1
#             server:
#               description: >-
#                 What runs, whatever it is called: npm:NAME, pypi:NAME, go:NAME,
#                 image:REGISTRY/REPOSITORY, or command:PATH for a program on this machine.
#               type: string
#               minLength: 1
#         default: []
package mcp.policy.secrets.host

import data.mcp.lib

names := {
	# Sockets and files that stand for a person.
	"DBUS_SESSION_BUS_ADDRESS",
	"DOCKER_CONFIG",
	"GNUPGHOME",
	"GPG_AGENT_INFO",
	"KRB5CCNAME",
	"KUBECONFIG",
	"NETRC",
	"PGPASSFILE",
	"SSH_AGENT_PID",
	"SSH_AUTH_SOCK",
	"XAUTHORITY",
	# Code and packages.
	"CARGO_REGISTRY_TOKEN",
	"GH_ENTERPRISE_TOKEN",
	"GH_TOKEN",
	"GITHUB_TOKEN",
	"GITLAB_TOKEN",
	"NODE_AUTH_TOKEN",
	"NPM_TOKEN",
	"PYPI_TOKEN",
	"TWINE_PASSWORD",
	# Clouds and what runs in them.
	"CLOUDFLARE_API_KEY",
	"CLOUDFLARE_API_TOKEN",
	"CONSUL_HTTP_TOKEN",
	"DIGITALOCEAN_ACCESS_TOKEN",
	"FLY_API_TOKEN",
	"GOOGLE_APPLICATION_CREDENTIALS",
	"HCLOUD_TOKEN",
	"HEROKU_API_KEY",
	"NOMAD_TOKEN",
	"VAULT_TOKEN",
	"VERCEL_TOKEN",
	# Keepers of passwords.
	"BW_SESSION",
	"OP_SERVICE_ACCOUNT_TOKEN",
	# Models.
	"ANTHROPIC_API_KEY",
	"ANTHROPIC_AUTH_TOKEN",
	"GEMINI_API_KEY",
	"HF_TOKEN",
	"OPENAI_API_KEY",
	# Databases.
	"DATABASE_URL",
	"MYSQL_PWD",
	"PGPASSWORD",
}

# MCP_RUNNER_SECRET_ has the secrets of all servers.
prefixes := {"ARM_", "AWS_", "AZURE_", "MCP_RUNNER_SECRET_", "OP_SESSION_", "TF_TOKEN_"}

# Where, and not who.
harmless := {"ARM_ENVIRONMENT", "AWS_DEFAULT_REGION", "AWS_REGION"}

keys := lib.variable_keys(input.server.environment)

copied contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	key in names
	input.server.environment[i].source == "host"
}

copied contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	strings.any_prefix_match(key, prefixes)
	input.server.environment[i].source == "host"
}

permitted contains c if {
	some c in copied
	lib.variable_key(c.variable.name) in harmless
}

permitted contains c if {
	some c in copied
	some entry in data.mcp.settings.params["secrets.host"].allowed
	entry.variable == c.variable.name
	entry.server in lib.identities(input.server)
}

deny contains {"msg": msg, "path": path} if {
	some c in (copied - permitted)
	msg := sprintf("environment variable %s would give the server credentials of this machine", [c.variable.name])
	path := sprintf("/server/environment/%d", [c.at])
}
