package mcp.policy.environment.path_test

import data.mcp.lib
import data.mcp.policy.environment.path

test_allowed_no_variable if {
	count(path.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_other_variables[name] if {
	some name in ["MY_PATH", "PATHS", "GOPATH", ""]
	count(path.deny) == 0 with input as literal(name, "/tmp/x") with data.mcp.settings.params as params
}

test_allowed_from_host if {
	count(path.deny) == 0 with input as environment([{"name": "PATH", "source": "host"}]) with data.mcp.settings.params as params
}

test_allowed_on_the_list if {
	count(path.deny) == 0 with input as literal("PATH", "/usr/bin:/bin") with data.mcp.settings.params as params
}

test_denied_each_name[name] if {
	some name in ["PATH", "PATHEXT"]
	path.deny == denied(name, 0) with input as literal(name, "/tmp/x:/usr/bin") with data.mcp.settings.params as params
}

test_denied_unknown_value[name] if {
	some name, variable in {
		"secret": {"name": "PATH", "source": "secret"},
		"replaced": {"name": "PATH", "source": "literal", "value": "/usr/bin:/bin", "redacted": true},
	}
	path.deny == denied("PATH", 0) with input as environment([variable]) with data.mcp.settings.params as params
}

test_denied_each_place if {
	path.deny == denied("PATH", 1) | denied("Path", 2) with input as environment([
		{"name": "A", "source": "literal", "value": "b"},
		{"name": "PATH", "source": "literal", "value": "/tmp/x"},
		{"name": "Path", "source": "literal", "value": "/tmp/x"},
	])
		with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in ["path", "Path", "PathExt"]
	path.deny == denied(name, 0) with input as literal(name, "/tmp/x") with data.mcp.settings.params as params
}

# An empty part of PATH is the working directory.
test_hostile_values[value] if {
	some value in ["", ":/usr/bin:/bin", "/usr/bin:/bin:", "/usr/bin:/bin:/tmp/x", "/USR/BIN:/bin", ".", " "]
	path.deny == denied("PATH", 0) with input as literal("PATH", value) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	path.deny == denied("PATH", 0) with input as literal("PATH", "/usr/bin:/bin") with data.mcp.settings.params as {}
}

params := {"environment.path": {"paths": ["/bin", "/usr/bin:/bin"]}}

environment(variables) := lib.input_with({"server": {"environment": variables}})

literal(name, value) := environment([{"name": name, "source": "literal", "value": value}])

denied(name, i) := {{
	"msg": sprintf("environment variable %s is set, and says which programs the server starts", [name]),
	"path": sprintf("/server/environment/%d", [i]),
}}
