# METADATA
# title: No variable that loads code
# description: >-
#   Variables such as LD_PRELOAD and NODE_OPTIONS make a program load other code than its
#   own.
# custom:
#   severity: high
#   remediation: >-
#     Take the variable out. What the server needs can stand in its own configuration.
#   owasp: [MCP05]
package mcp.policy.environment.loaders

loaders := {
	"BASH_ENV", "DYLD_INSERT_LIBRARIES", "ENV", "GCONV_PATH", "JAVA_TOOL_OPTIONS", "LD_AUDIT", "LD_LIBRARY_PATH",
	"LD_PRELOAD", "NODE_OPTIONS", "NODE_PATH", "PERL5LIB", "PERL5OPT", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP",
	"RUBYLIB", "RUBYOPT",
}

deny contains {"msg": msg, "path": sprintf("/server/environment/%d/name", [i])} if {
	some i, variable in input.server.environment
	upper(variable.name) in loaders
	msg := sprintf("variable %s makes the server load other code", [variable.name])
}
