package mcp.policy.environment.interpreters_test

import data.mcp.lib
import data.mcp.policy.environment.interpreters

test_allowed_no_variable if {
	count(interpreters.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_other_variables[name] if {
	some name in ["PYTHONUNBUFFERED", "NODE_ENV", "MY_NODE_OPTIONS", "NODE_OPTIONS_", "GIT_AUTHOR_NAME", "BASH_FUNC", "ENVIRONMENT", ""]
	count(interpreters.deny) == 0 with input as literal(name, "--require /x.js") with data.mcp.settings.params as params
}

test_allowed_empty_value if {
	count(interpreters.deny) == 0 with input as literal("NODE_OPTIONS", "") with data.mcp.settings.params as params
}

test_allowed_by_pattern[text] if {
	some text in ["NODE_OPTIONS=--max-old-space-size=4096", "NODE_OPTIONS=--no-warnings", "PAGER=cat", "PAGER=less"]
	[name, value] := split_once(text)
	count(interpreters.deny) == 0 with input as literal(name, value) with data.mcp.settings.params as params
}

test_allowed_by_pattern_in_another_case if {
	count(interpreters.deny) == 0 with input as literal("pager", "cat") with data.mcp.settings.params as params
}

test_denied_each_interpreter[name] if {
	some name in [
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
		"BASHOPTS",
		"BASH_ENV",
		"ENV",
		"IFS",
		"PROMPT_COMMAND",
		"PS4",
		"SHELLOPTS",
		"ZDOTDIR",
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
		"BASH_FUNC_ls%%",
	]
	interpreters.deny == denied(name, 0) with input as literal(name, "/x") with data.mcp.settings.params as params
}

# A pattern says nothing about a value that nobody sees.
test_denied_unknown_value[name] if {
	some name, variable in {
		"secret": {"name": "PAGER", "source": "secret"},
		"host": {"name": "PAGER", "source": "host"},
		"replaced": {"name": "PAGER", "source": "literal", "value": "cat", "redacted": true},
	}
	interpreters.deny == denied("PAGER", 0) with input as environment([variable])
		with data.mcp.settings.params as {"environment.interpreters": {"allowed": ["PAGER=.*"]}}
}

test_denied_each_place if {
	interpreters.deny == denied("BASH_ENV", 1) | denied("ENV", 2) with input as environment([
		{"name": "A", "source": "literal", "value": "b"},
		{"name": "BASH_ENV", "source": "literal", "value": "/x.sh"},
		{"name": "ENV", "source": "literal", "value": "/x.sh"},
	])
		with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in ["node_options", "Node_Options", "NODE-OPTIONS", "npm_config_node-options", "npm_config_script_shell", "bash_func_ls%%"]
	interpreters.deny == denied(name, 0) with input as literal(name, "/x") with data.mcp.settings.params as params
}

# What is allowed does not take along what is not.
test_hostile_values[value] if {
	some value in [
		"--max-old-space-size=4096 --require /x.js",
		"--require /x.js --max-old-space-size=4096",
		"--max-old-space-size=4096\n--require=/x.js",
		"--MAX-OLD-SPACE-SIZE=4096",
		" ",
		"NODE_OPTIONS=--no-warnings",
	]
	interpreters.deny == denied("NODE_OPTIONS", 0) with input as literal("NODE_OPTIONS", value) with data.mcp.settings.params as params
}

# A pattern of two that is not in brackets is one pattern still.
test_hostile_value_ends_like_a_pattern if {
	interpreters.deny == denied("PAGER", 0) with input as literal("PAGER", "sh /x;PAGER=less") with data.mcp.settings.params as params
	interpreters.deny == denied("PAGER", 0) with input as literal("PAGER", "cat;sh /x") with data.mcp.settings.params as params
}

test_params_absent_denied if {
	interpreters.deny == denied("NODE_OPTIONS", 0) with input as literal("NODE_OPTIONS", "--no-warnings") with data.mcp.settings.params as {}
}

params := {"environment.interpreters": {"allowed": ["NODE_OPTIONS=--(max-old-space-size=[0-9]+|no-warnings)", "PAGER=cat|PAGER=less"]}}

split_once(text) := [substring(text, 0, i), substring(text, i + 1, -1)] if i := indexof(text, "=")

environment(variables) := lib.input_with({"server": {"environment": variables}})

literal(name, value) := environment([{"name": name, "source": "literal", "value": value}])

denied(name, i) := {{
	"msg": sprintf("environment variable %s makes programs run code that is not the server's", [name]),
	"path": sprintf("/server/environment/%d", [i]),
}}
