package mcp.policy.provenance.inventory_test

import data.mcp.lib
import data.mcp.policy.provenance.inventory

test_allowed_known[name] if {
	some name, server in {
		"package": {"kind": "process", "command": {"resolved": "/usr/bin/npx"}, "package": {"ecosystem": "npm", "name": "@acme/search"}},
		"further package": {"kind": "process", "package": {"ecosystem": "npm", "name": "@acme/search"}, "packages": [{"ecosystem": "pypi", "name": "known"}]},
		"version": {"kind": "process", "package": {"ecosystem": "npm", "name": "one", "version": "1.0.0", "pinned": true}},
		"image built on demand": {"kind": "container", "package": {"ecosystem": "npm", "name": "@acme/search"}},
		"image": container("ghcr.io", "acme/search"),
		"remote": {"kind": "remote", "remote": {"url": "https://mcp.example/", "host": "mcp.example"}},
		"remote below": {"kind": "remote", "remote": {"url": "https://a.acme.example/", "host": "a.acme.example"}},
		"program": program("/opt/mcp/search", ["--any", "thing"], "00"),
		"program without arguments": program("/opt/mcp/search", [], "00"),
		"script": program("/usr/bin/python3.12", ["/opt/mcp/server.py", "/home/u"], "00"),
		"program by its digest": program("/opt/mcp/exact", [], digest),
	}
	count(inventory.deny) == 0 with input as lib.input_with({"server": server}) with data.mcp.settings.params as params
}

test_allowed_no_server[operation] if {
	some operation in ["update_registry", "delete_registry"]
	count(inventory.deny) == 0 with input as lib.input_with({"operation": operation}) with data.mcp.settings.params as params
}

test_denied_package if {
	server := {"kind": "process", "package": {"ecosystem": "npm", "name": "evil", "version": "1.0.0", "pinned": true}}
	inventory.deny == {package_("/server/package", "evil@1.0.0")} with input as lib.input_with({"server": server}) with data.mcp.settings.params as params
}

test_denied_version if {
	server := {"kind": "process", "package": {"ecosystem": "npm", "name": "one"}}
	inventory.deny == {package_("/server/package", "one")} with input as lib.input_with({"server": server}) with data.mcp.settings.params as params
}

test_denied_further_package if {
	server := {
		"kind": "process",
		"package": {"ecosystem": "npm", "name": "@acme/search"},
		"packages": [{"ecosystem": "pypi", "name": "known"}, {"ecosystem": "pypi", "name": "evil"}],
	}
	inventory.deny == {package_("/server/packages/1", "evil")} with input as lib.input_with({"server": server}) with data.mcp.settings.params as params
}

test_denied_image if {
	inventory.deny == {image(`"ghcr.io/evil/search"`)} with input as lib.input_with({"server": container("ghcr.io", "evil/search")})
		with data.mcp.settings.params as params
}

test_denied_image_that_is_not_known if {
	inventory.deny == {image("that cannot be read from its command line")} with input as lib.input_with({"server": {"kind": "container"}})
		with data.mcp.settings.params as params
}

test_denied_remote[name] if {
	some name, server in {
		"by its kind": {"kind": "remote", "remote": {"host": "evil.example"}},
		"by its URL": {"remote": {"url": "https://evil.example/", "host": "evil.example"}},
	}
	inventory.deny == {host("evil.example")} with input as lib.input_with({"server": server}) with data.mcp.settings.params as params
}

test_denied_program[name] if {
	some name, server in {
		"another": program("/opt/mcp/other", [], "00"),
		"another argument": program("/usr/bin/python3.12", ["/home/u/server.py"], "00"),
		"no argument": program("/usr/bin/python3.12", [], "00"),
		"another digest": program("/opt/mcp/exact", [], "00"),
		"no digest": program("/opt/mcp/exact", [], ""),
	}
	inventory.deny == {command(server.command.resolved)} with input as lib.input_with({"server": server}) with data.mcp.settings.params as params
}

test_denied_nothing_at_all if {
	inventory.deny == {command("")} with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_hostile_line_that_cannot_be_read if {
	server := {
		"kind": "process",
		"source": {"reference": "sh", "opaque": true},
		"command": {"resolved": "/bin/dash"},
		"package": {"ecosystem": "npm", "name": "@acme/search"},
	}
	inventory.deny == {{
		"msg": `what "sh" starts cannot be read, so it is not in the inventory`,
		"path": "/server/source/reference",
	}} with input as lib.input_with({"server": server})
		with data.mcp.settings.params as params
}

test_hostile_order_of_arguments if {
	server := program("/usr/bin/python3.12", ["-c", "/opt/mcp/server.py"], "00")
	inventory.deny == {command("/usr/bin/python3.12")} with input as lib.input_with({"server": server}) with data.mcp.settings.params as params
}

test_hostile_names_that_look_known if {
	server := {"kind": "process", "package": {"ecosystem": "pypi", "name": "@acme/search"}}
	inventory.deny == {package_("/server/package", "@acme/search")} with input as lib.input_with({"server": server})
		with data.mcp.settings.params as params
	inventory.deny == {image(`"ghcr.io/acme-evil/search"`)} with input as lib.input_with({"server": container("ghcr.io", "acme-evil/search")})
		with data.mcp.settings.params as params
	inventory.deny == {host("mcp.example.evil.example")} with input as lib.input_with({"server": {
		"kind": "remote",
		"remote": {"host": "mcp.example.evil.example"},
	}})
		with data.mcp.settings.params as params
}

test_params_absent_denied[name] if {
	some name, c in {
		"package": {"server": {"package": {"ecosystem": "npm", "name": "@acme/search"}}, "want": package_("/server/package", "@acme/search")},
		"image": {"server": container("ghcr.io", "acme/search"), "want": image(`"ghcr.io/acme/search"`)},
		"remote": {"server": {"kind": "remote", "remote": {"host": "mcp.example"}}, "want": host("mcp.example")},
		"program": {"server": program("/opt/mcp/search", [], "00"), "want": command("/opt/mcp/search")},
	}
	inventory.deny == {c.want} with input as lib.input_with({"server": c.server}) with data.mcp.settings.params as {}
}

digest := "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

params := {"provenance.inventory": {
	"packages": [
		{"ecosystem": "npm", "name": "@acme/search"},
		{"ecosystem": "npm", "name": "one", "versions": ["1.0.0"]},
		{"ecosystem": "pypi", "name": "known"},
	],
	"images": ["ghcr.io/acme"],
	"hosts": ["mcp.example", "*.acme.example"],
	"commands": [
		{"path": "/opt/mcp/search", "args": []},
		{"path": "/usr/bin/python3.12", "args": ["/opt/mcp/server.py"]},
		{"path": "/opt/mcp/exact", "args": [], "sha256": upper(digest)},
	],
}}

program(path, args, sha256) := {"kind": "process", "command": {"resolved": path, "args": args, "sha256": sha256}}

container(registry, repository) := {"kind": "container", "image": {
	"reference": sprintf("%s/%s", [registry, repository]),
	"registry": registry,
	"repository": repository,
}}

package_(path, label) := {
	"msg": sprintf("package %q is not in the inventory (params of provenance.inventory, packages)", [label]),
	"path": path,
}

image(label) := {
	"msg": sprintf("image %s is not in the inventory (params of provenance.inventory, images)", [label]),
	"path": "/server/image/reference",
}

host(name) := {
	"msg": sprintf("remote host %q is not in the inventory (params of provenance.inventory, hosts)", [name]),
	"path": "/server/remote/host",
}

command(path) := {
	"msg": sprintf("program %q with its arguments is not in the inventory (params of provenance.inventory, commands)", [path]),
	"path": "/server/command/resolved",
}
