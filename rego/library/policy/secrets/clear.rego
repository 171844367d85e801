# METADATA
# title: No secret in clear
# description: >-
#   A secret in an environment variable, an argument, a header or a URL of a run
#   config ends up in process lists, in files and in logs, where other programs,
#   backups and colleagues read it. It is given by reference.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
# custom:
#   severity: high
#   remediation: >-
#     Give the secret by reference, and replace it, since it was in clear:
#     --secret NAME,target=VARIABLE takes the value from MCP_RUNNER_SECRET_NAME,
#     -e VARIABLE without a value takes it from the environment of mcp-runner, and
#     --header-secret HEADER=NAME sets a header of a remote server. An argument such as
#     --api-key=… goes away, and the variable that the server reads in its place is set
#     so: its documentation names it.
#   owasp: [MCP01]
package mcp.policy.secrets.clear

# The gate tells where it replaced a secret, and why it took it for one.
reasons := {
	"name": "its name says so",
	"token": "it has the form of a known kind of token",
	"entropy": "it is long and random",
	"url": "it is part of a URL",
	"argument": "the flag before it says so",
}

# What a person calls the places that they can set.
places["/server/source/reference"] := "what is to run"

places["/registry/url"] := "the URL of the registry"

places["/registry/api_url"] := "the URL of the registry's API"

places[path] := sprintf("environment variable %s", [variable.name]) if {
	some i, variable in input.server.environment
	path := sprintf("/server/environment/%d/value", [i])
}

places[path] := sprintf("argument %d of the command", [(i + 1) - launchers]) if {
	some i, _ in input.server.command.args
	path := sprintf("/server/command/args/%d", [i])
}

places[redaction.path] := sprintf("header %s", [header]) if {
	some redaction in input.server.redactions
	startswith(redaction.path, headers)
	header := trim_prefix(redaction.path, headers)
}

headers := "/config/header_forward/add_plaintext_headers/"

# How many of the arguments are those of a package's launcher, which stand before
# the ones that the person wrote.
default launchers := 0

launchers := count(input.server.command.args) - count(input.config.cmd_args) if {
	input.server.source.scheme in {"npx", "uvx", "go"}
}

replaced contains redaction.path if some redaction in input.server.redactions

# The input holds some strings twice. Where one secret was replaced in both
# places, it is told of the one that a person knows.
repeated contains sprintf("/config/env_vars/%s", [variable.name]) if {
	some i, variable in input.server.environment
	sprintf("/server/environment/%d/value", [i]) in replaced
}

repeated contains sprintf("/config/cmd_args/%d", [i - launchers]) if {
	some i, _ in input.server.command.args
	sprintf("/server/command/args/%d", [i]) in replaced
}

repeated contains path if {
	"/server/source/reference" in replaced
	some path in ["/config/image", "/config/remote_url", "/config/command", "/server/remote/url"]
}

deny contains {"msg": msg, "path": redaction.path} if {
	some redaction in input.server.redactions
	redaction.path in (replaced - repeated)
	place := object.get(places, redaction.path, redaction.path)
	reason := object.get(reasons, redaction.reason, redaction.reason)
	msg := sprintf("%s holds a secret in clear: %s", [place, reason])
}
