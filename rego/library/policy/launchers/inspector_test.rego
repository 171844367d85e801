package mcp.policy.launchers.inspector_test

import data.mcp.lib
import data.mcp.policy.launchers.inspector

test_allowed_nothing if count(inspector.deny) == 0 with input as lib.input_with({})

test_allowed_other_programs[line] if {
	some line in [
		["npx", "-y", "@modelcontextprotocol/server-filesystem", "/srv"],
		["npx", "-y", "@modelcontextprotocol/inspectors"],
		["npx", "-y", "@acme/inspector"],
		["mcp", "run", "server.py"],
		["mcp", "run", "dev"],
		["fastmcp", "run", "server.py"],
		["mcp", "developer"],
		["mcp-inspectors"],
		["uv", "run", "mcp-server", "dev"],
	]
	count(inspector.deny) == 0 with input as started(line[0], array.slice(line, 1, count(line)), [])
}

test_allowed_variables[name] if {
	some name, variable in {
		"empty": {"name": "DANGEROUSLY_OMIT_AUTH", "source": "literal"},
		"another": {"name": "OMIT_AUTH", "source": "literal", "value": "true"},
		"host of another server": {"name": "HOST", "source": "literal", "value": "0.0.0.0"},
	}
	count(inspector.deny) == 0 with input as started("npx", ["server"], [variable])
}

test_allowed_images[repository] if {
	some repository in ["acme/inspector", "modelcontextprotocol/inspector-docs", "notmcp/inspector", ""]
	count(inspector.deny) == 0 with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "x", "scheme": "image"},
		"image": {"repository": repository},
	}})
}

test_denied_on_a_command_line[name] if {
	some name, line in {
		"npx": ["npx", "-y", "@modelcontextprotocol/inspector"],
		"version": ["npx", "@modelcontextprotocol/inspector@0.13.0"],
		"newest version": ["npx", "@modelcontextprotocol/inspector@latest", "--cli"],
		"server": ["npx", "@modelcontextprotocol/inspector-server"],
		"client": ["npx", "@modelcontextprotocol/inspector-client"],
		"cli": ["npx", "@modelcontextprotocol/inspector-cli"],
		"another maker": ["npx", "-y", "@mcpjam/inspector@1.4.2"],
		"repository": ["npx", "github:modelcontextprotocol/inspector#main"],
		"URL": ["npx", "git+https://github.com/modelcontextprotocol/inspector.git"],
		"file": ["node", "/srv/node_modules/@modelcontextprotocol/inspector/cli/build/cli.js"],
		"file of Windows": ["node", `C:\node_modules\@modelcontextprotocol\inspector\cli.js`],
		"quoted": ["sh", "-c", "npx '@modelcontextprotocol/inspector'"],
		"quoted twice": ["sh", "-c", `npx "@modelcontextprotocol/inspector"`],
		"program": ["mcp-inspector"],
		"program behind another": ["env", "mcp-inspector", "node", "x.js"],
		"program of the cli": ["mcp-inspector-cli"],
		"program of the server": ["mcp-inspector-server"],
		"program of another maker": ["mcpjam-inspector"],
		"program with a version": ["npx", "mcp-inspector@0.1"],
		"mcp dev": ["mcp", "dev", "server.py"],
		"mcp dev alone": ["mcp", "dev"],
		"fastmcp dev": ["fastmcp", "dev", "server.py"],
		"mcp dev with options": ["mcp", "-v", "dev", "server.py"],
		"uv": ["uv", "run", "--with", "mcp[cli]", "mcp", "dev", "server.py"],
		"uvx": ["uvx", "mcp[cli]", "dev", "server.py"],
	}
	inspector.deny == denied(line[0]) with input as started(line[0], array.slice(line, 1, count(line)), [])
}

test_denied_as_an_image[repository] if {
	some repository in [
		"modelcontextprotocol/inspector", "mirror/modelcontextprotocol/inspector", "mcpjam/mcp-inspector", "mcp/inspector",
	]
	inspector.deny == denied("x") with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "x", "scheme": "image"},
		"image": {"repository": repository},
	}})
}

test_denied_as_a_scheme if {
	inspector.deny == denied("npx://@modelcontextprotocol/inspector@0.13.0") with input as lib.input_with({"server": {
		"kind": "container",
		"source": {"reference": "npx://@modelcontextprotocol/inspector@0.13.0", "scheme": "npx"},
	}})
}

test_denied_without_authentication[name] if {
	some name, variable in {
		"true": {"name": "DANGEROUSLY_OMIT_AUTH", "source": "literal", "value": "true"},
		"false": {"name": "DANGEROUSLY_OMIT_AUTH", "source": "literal", "value": "false"},
		"secret": {"name": "DANGEROUSLY_OMIT_AUTH", "source": "secret"},
		"host": {"name": "DANGEROUSLY_OMIT_AUTH", "source": "host"},
	}
	inspector.deny == {{
		"msg": "variable DANGEROUSLY_OMIT_AUTH takes the authentication away from the MCP inspector",
		"path": "/server/environment/1",
	}} with input as started("npx", ["server"], [{"name": "A"}, variable])
}

test_denied_for_the_network[name] if {
	some name, variable in {
		"every address": {"name": "HOST", "source": "literal", "value": "0.0.0.0"},
		"every address of IPv6": {"name": "HOST", "source": "literal", "value": "::"},
		"secret": {"name": "HOST", "source": "secret"},
	}
	inspector.deny == denied("mcp-inspector") | {{
		"msg": "variable HOST lets the MCP inspector listen beyond this machine",
		"path": "/server/environment/0",
	}} with input as started("mcp-inspector", [], [variable])
}

test_denied_on_loopback_as_an_inspector_alone[name] if {
	some name, variable in {
		"loopback": {"name": "HOST", "source": "literal", "value": "127.0.0.1"},
		"not set": {"name": "HOST", "source": "literal"},
		"another variable": {"name": "HOSTS", "source": "literal", "value": "0.0.0.0"},
	}
	inspector.deny == denied("mcp-inspector") with input as started("mcp-inspector", [], [variable])
}

test_hostile_letters if {
	inspector.deny == denied("npx") with input as started("npx", ["@ModelContextProtocol/Inspector"], [])
	inspector.deny == denied("MCP-Inspector.exe") with input as started("MCP-Inspector.exe", [], [])
	inspector.deny == {{
		"msg": "variable dangerously_omit_auth takes the authentication away from the MCP inspector",
		"path": "/server/environment/0",
	}} with input as started("x", [], [{"name": "dangerously_omit_auth", "source": "literal", "value": "1"}])
	inspector.deny == denied("mcp-inspector") | {{
		"msg": "variable Host lets the MCP inspector listen beyond this machine",
		"path": "/server/environment/0",
	}} with input as started("mcp-inspector", [], [{"name": "Host", "source": "literal", "value": "*"}])
}

test_hostile_a_hidden_name if {
	inspector.deny == denied("sh") with input as started("sh", ["-c", `npx @modelcontext""protocol/in\spector`], [])
}

test_params_absent_is_denied_all_the_same if {
	inspector.deny == denied("mcp-inspector") with input as started("mcp-inspector", [], []) with data.mcp.settings.params as {}
}

started(reference, args, environment) := lib.input_with({"server": {
	"kind": "process",
	"source": {"reference": reference, "scheme": "command"},
	"command": {"args": args},
	"environment": environment,
}})

denied(reference) := {{
	"msg": sprintf("%q starts the MCP inspector, which is no server", [reference]),
	"path": "/server/source/reference",
}}
