# METADATA
# title: No variables that run code in an interpreter
# description: >-
#   NODE_OPTIONS=--require, PYTHONPATH, BASH_ENV, JAVA_TOOL_OPTIONS,
#   GIT_SSH_COMMAND and their like make an approved program run code that nobody
#   approved, before its first own line. They fit into the env of any client
#   configuration, where a reader looks for keys and not for programs.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://nvd.nist.gov/vuln/detail/CVE-2025-54136
#   - ref: https://nodejs.org/api/cli.html
# custom:
#   severity: high
#   remediation: >-
#     Take the variable out: the -e flag, or the entry of env, that names it. Code
#     that the server needs belongs into its package or image. A value that runs
#     nothing, such as NODE_OPTIONS=--max-old-space-size=4096, passes where a
#     pattern in params of environment.interpreters matches NAME=VALUE; for that
#     the value has to stand there, since what is copied (-e NAME) or comes from a
#     secret can be anything.
#   owasp: [MCP05]
#   params:
#     type: object
#     additionalProperties: false
#     required: [allowed]
#     properties:
#       allowed:
#         description: >-
#           Regular expressions (RE2). A variable passes where one of them matches the
#           whole of NAME=VALUE, with the name in capitals.
#         type: array
#         items: {type: string, minLength: 1}
#         default:
#           - ENV=[A-Za-z0-9_-]+
#           - (JAVA_OPTS|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS)=( ?-X(ms|mx|ss)[0-9]+[kKmMgG]?)+
#           - NODE_OPTIONS=( ?--(dns-result-order|enable-source-maps|max-old-space-size|no-deprecation|no-warnings|stack-trace-limit|unhandled-rejections|use-system-ca)(=[A-Za-z0-9-]+)?)+
#           - (GIT_)?PAGER=(cat|less)
#           - PYTHONWARNINGS=(always|default|error|ignore|module|once)
#           - RUBYOPT=-W([0-2]|:[a-z_-]+)
#           - UV_PYTHON=[0-9.]+
package mcp.policy.environment.interpreters

import data.mcp.lib

interpreters := {
	# Node.js, npm, Yarn.
	"NODE_OPTIONS",
	"NODE_PATH",
	"NODE_REPL_EXTERNAL_MODULE",
	"NPM_CONFIG_CALL",
	"NPM_CONFIG_GIT",
	"NPM_CONFIG_INIT_MODULE",
	"NPM_CONFIG_NODE_OPTIONS",
	"NPM_CONFIG_SCRIPT_SHELL",
	"NPM_CONFIG_SHELL",
	"YARN_RC_FILENAME",
	"YARN_YARN_PATH",
	# Python, uv, pipx.
	"PIPX_DEFAULT_PYTHON",
	"PYTHONBREAKPOINT",
	"PYTHONEXECUTABLE",
	"PYTHONHOME",
	"PYTHONINSPECT",
	"PYTHONPATH",
	"PYTHONPLATLIBDIR",
	"PYTHONPYCACHEPREFIX",
	"PYTHONSTARTUP",
	"PYTHONUSERBASE",
	"PYTHONWARNINGS",
	"UV_PYTHON",
	# Ruby, Perl, PHP, Lua, R.
	"BUNDLE_GEMFILE",
	"GEM_HOME",
	"GEM_PATH",
	"LUA_CPATH",
	"LUA_INIT",
	"LUA_PATH",
	"PERL5DB",
	"PERL5LIB",
	"PERL5OPT",
	"PERLLIB",
	"PHPRC",
	"PHP_INI_SCAN_DIR",
	"RUBYLIB",
	"RUBYOPT",
	"R_ENVIRON",
	"R_PROFILE",
	# Java and .NET.
	"CLASSPATH",
	"CORECLR_ENABLE_PROFILING",
	"CORECLR_PROFILER",
	"CORECLR_PROFILER_PATH",
	"DOTNET_ADDITIONAL_DEPS",
	"DOTNET_SHARED_STORE",
	"DOTNET_STARTUP_HOOKS",
	"JAVA_OPTS",
	"JAVA_TOOL_OPTIONS",
	"JDK_JAVA_OPTIONS",
	"_JAVA_OPTIONS",
	# Shells.
	"BASHOPTS",
	"BASH_ENV",
	"ENV",
	"IFS",
	"PROMPT_COMMAND",
	"PS4",
	"SHELLOPTS",
	"ZDOTDIR",
	# Programs that others start: git, ssh, pagers, editors.
	"EDITOR",
	"GIT_ASKPASS",
	"GIT_CONFIG",
	"GIT_CONFIG_COUNT",
	"GIT_CONFIG_GLOBAL",
	"GIT_CONFIG_PARAMETERS",
	"GIT_CONFIG_SYSTEM",
	"GIT_EDITOR",
	"GIT_EXEC_PATH",
	"GIT_EXTERNAL_DIFF",
	"GIT_PAGER",
	"GIT_PROXY_COMMAND",
	"GIT_SEQUENCE_EDITOR",
	"GIT_SSH",
	"GIT_SSH_COMMAND",
	"GIT_TEMPLATE_DIR",
	"LESSCLOSE",
	"LESSOPEN",
	"PAGER",
	"SSH_ASKPASS",
	"VISUAL",
}

# A function that bash takes from its environment.
prefixes := {"BASH_FUNC_"}

keys := lib.variable_keys(input.server.environment)

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	key in interpreters
}

found contains {"at": i, "variable": input.server.environment[i]} if {
	some i, key in keys
	strings.any_prefix_match(key, prefixes)
}

permitted contains f if {
	some f in found
	lib.value_known(f.variable)
	some pattern in data.mcp.settings.params["environment.interpreters"].allowed
	regex.match(sprintf("^(?:%s)$", [pattern]), sprintf("%s=%s", [lib.variable_key(f.variable.name), f.variable.value]))
}

# Nothing is run, and what the client has set is taken away.
permitted contains f if {
	some f in found
	f.variable.value == ""
	lib.value_known(f.variable)
}

deny contains {"msg": msg, "path": path} if {
	some f in (found - permitted)
	msg := sprintf("environment variable %s makes programs run code that is not the server's", [f.variable.name])
	path := sprintf("/server/environment/%d", [f.at])
}
