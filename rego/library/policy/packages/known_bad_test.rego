package mcp.policy.packages.known_bad_test

import data.mcp.lib
import data.mcp.policy.packages.known_bad

test_allowed_no_package if count(known_bad.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params

test_allowed_other_package if {
	count(known_bad.deny) == 0 with input as one("npm", "mcp-proxy", "", false) with data.mcp.settings.params as params
}

test_allowed_other_ecosystem if {
	count(known_bad.deny) == 0 with input as one("pypi", "mcp-remote", "0.1.0", true) with data.mcp.settings.params as params
}

test_allowed_version[name] if {
	some name, c in {
		"fixed": ["npm", "mcp-remote", "0.1.16"],
		"after the fix": ["npm", "mcp-remote", "0.2.0-rc.1"],
		"before the hole": ["npm", "mcp-remote", "0.0.4"],
		"before what is never fixed": ["npm", "postmark-mcp", "1.0.15"],
		"pypi, fixed": ["pypi", "mcp-server-git", "2026.1.14"],
		"pypi, after the fix": ["pypi", "mcp-server-git", "2026.7"],
		"go, fixed": ["go", "example.com/mcp", "v1.1.0"],
	}
	count(known_bad.deny) == 0 with input as one(c[0], c[1], c[2], true) with data.mcp.settings.params as params
}

test_denied_version[name] if {
	some name, c in {
		"the first with the hole": ["npm", "mcp-remote", "0.0.5", "CVE-2025-6514): fixed in 0.1.16"],
		"the last with the hole": ["npm", "mcp-remote", "0.1.15", "CVE-2025-6514): fixed in 0.1.16"],
		"never fixed": ["npm", "postmark-mcp", "1.0.16", "malware): fixed in no version"],
		"never fixed, later": ["npm", "postmark-mcp", "99.0.0", "malware): fixed in no version"],
		"from the first on": ["pypi", "mcp-server-git", "0.0.1", "CVE-2026-27735): fixed in 2026.1.14"],
		"as numbers": ["pypi", "mcp-server-git", "2025.12.18", "CVE-2026-27735): fixed in 2026.1.14"],
		"every version": ["pypi", "mcp-kubernetes-server", "0.1.11", "CVE-2025-59377): fixed in no version"],
		"go": ["go", "example.com/mcp", "v1.0.9", "GO-1): fixed in v1.1.0"],
	}
	known_bad.deny == {denied("/server/package", sprintf(`"%s@%s" has a known hole (%s`, [c[1], c[2], c[3]]))} with input as one(c[0], c[1], c[2], true)
		with data.mcp.settings.params as params
}

test_denied_not_pinned[version] if {
	some version in ["next", "^0.1.16", "0.1.16", "0.0.4", ">=0.1.16", "0", "Latest"]
	known_bad.deny == {denied("/server/package", sprintf(`"mcp-remote@%s" %s (CVE-2025-6514): fixed in 0.1.16`, [version, doubt]))} with input as one("npm", "mcp-remote", version, false)
		with data.mcp.settings.params as params
}

test_allowed_newest_with_a_warning[version] if {
	some version, label in {"": "mcp-remote", "latest": "mcp-remote@latest"}
	count(known_bad.deny) == 0 with input as one("npm", "mcp-remote", version, false) with data.mcp.settings.params as params
	known_bad.warn == old(label) with input as one("npm", "mcp-remote", version, false) with data.mcp.settings.params as params
}

test_allowed_newest_by_an_argument_of_the_server[arg] if {
	some arg in ["offline", "--offline-x", "x--offline", "--resolutions"]
	known_bad.warn == old("mcp-remote") with input as started([arg], []) with data.mcp.settings.params as params
	known_bad.warn == old("mcp-remote") with input as started([], ["UV_PYTHON"]) with data.mcp.settings.params as params
}

test_denied_newest_that_is_not_fixed if {
	known_bad.deny == {denied("/server/package", sprintf(`"postmark-mcp" %s (malware): fixed in no version`, [doubt]))} with input as one("npm", "postmark-mcp", "", false)
		with data.mcp.settings.params as params
	count(known_bad.warn) == 0 with input as one("npm", "postmark-mcp", "", false) with data.mcp.settings.params as params
}

test_denied_a_version_of_that_name if {
	known_bad.deny == {denied("/server/package", sprintf(`"mcp-remote@latest" %s (CVE-2025-6514): fixed in 0.1.16`, [doubt]))} with input as one("npm", "mcp-remote", "latest", true)
		with data.mcp.settings.params as params
}

test_denied_is_no_warning_too if {
	count(known_bad.warn) == 0 with input as one("npm", "mcp-remote", "0.1.0", true) with data.mcp.settings.params as params
}

test_hostile_newest_held_back[name] if {
	some name, it in {
		"date": started(["--exclude-newer", "2025-01-01"], []),
		"date with =": started(["--exclude-newer=2025-01-01"], []),
		"cache": started(["-y", "--offline"], []),
		"cache first": started(["--prefer-offline"], []),
		"lowest": started(["--resolution=lowest"], []),
		"date as variable": started([], ["UV_EXCLUDE_NEWER"]),
		"cache as variable": started([], ["UV_OFFLINE"]),
		"lowest as variable": started([], ["X", "uv_resolution"]),
	}
	known_bad.deny == {denied("/server/package", sprintf(`"mcp-remote" %s (CVE-2025-6514): fixed in 0.1.16`, [doubt]))} with input as it
		with data.mcp.settings.params as params
}

test_hostile_archive[url] if {
	some url, advisory in {
		"https://registry.npmjs.org/mcp-remote/-/mcp-remote-0.0.9.tgz": ["mcp-remote", "CVE-2025-6514): fixed in 0.1.16"],
		"https://npm.example.com/npm/MCP-Remote/-/x.tgz": ["mcp-remote", "CVE-2025-6514): fixed in 0.1.16"],
		"https://registry.npmjs.org/@acme%2Fserver/-/server-1.0.0.tgz": ["@acme/server", "B): fixed in 2.0.0"],
		"https://files.pythonhosted.org/packages/aa/mcp_server_git-2025.1.1-py3-none-any.whl": ["mcp-server-git", "CVE-2026-27735): fixed in 2026.1.14"],
		"mcp.server--git-2025.1.1.tar.gz": ["mcp-server-git", "CVE-2026-27735): fixed in 2026.1.14"],
		"https://files.pythonhosted.org/packages/mcp_kubernetes_server-0.1.0.tar.gz": ["mcp-kubernetes-server", "CVE-2025-59377): fixed in no version"],
	}
	known_bad.deny == {denied("/server/package", sprintf("%q is an archive of %s, so it may have a known hole (%s", [url, advisory[0], advisory[1]]))} with input as one("", url, "", false)
		with data.mcp.settings.params as archives
}

test_allowed_other_archive[name] if {
	some name, c in {
		"another package": ["", "https://registry.npmjs.org/mcp-remote-x/-/mcp-remote-x-0.0.9.tgz"],
		"its source": ["", "git+https://github.com/geelen/mcp-remote"],
		"a name that ends so": ["", "https://files.pythonhosted.org/packages/my_mcp_server_git-1.0.whl"],
		"a name that goes on": ["", "https://files.pythonhosted.org/packages/mcp_server_git_x-1.0.whl"],
		"another ecosystem": ["", "https://registry.npmjs.org/mcp-server-git/-/x.tgz"],
		"another ecosystem, pypi": ["", "https://files.pythonhosted.org/mcp_remote-0.0.9.whl"],
		"of a registry": ["go", "example.com/mcp-remote/-/x"],
		"of npm": ["npm", "x/mcp-remote/-/x"],
		"of pypi": ["pypi", "x/mcp-remote/-/x"],
	}
	count(known_bad.deny) == 0 with input as one(c[0], c[1], "", false) with data.mcp.settings.params as archives
}

archives := {"packages.known_bad": {"advisories": array.concat(
	params["packages.known_bad"].advisories,
	[{"ecosystem": "npm", "name": "@acme/server", "fixed": "2.0.0", "id": "B"}],
)}}

started(args, variables) := lib.input_with({"server": {
	"package": {"ecosystem": "npm", "name": "mcp-remote", "version": "", "pinned": false},
	"command": {"args": args},
	"environment": [{"name": name, "source": "literal", "value": "1"} | some name in variables],
}})

old(label) := {{
	"msg": sprintf("package %q has no exact version, so it may be an old one with a known hole (CVE-2025-6514): fixed in 0.1.16", [label]),
	"path": "/server/package",
}}

test_denied_further_package if {
	known_bad.deny == {denied("/server/packages/1", `"mcp-remote@0.1.0" has a known hole (CVE-2025-6514): fixed in 0.1.16`)} with input as lib.input_with({"server": {
		"package": {"ecosystem": "npm", "name": "mcp-remote", "version": "0.1.16", "pinned": true},
		"packages": [{"ecosystem": "npm", "name": "a"}, {"ecosystem": "npm", "name": "mcp-remote", "version": "0.1.0", "pinned": true}],
	}})
		with data.mcp.settings.params as params
}

test_denied_each_advisory if {
	known_bad.deny == {
		denied("/server/package", `"inspector@0.14.0" has a known hole (A): fixed in 0.14.1`),
		denied("/server/package", `"inspector@0.14.0" has a known hole (B): fixed in 0.16.6`),
	} with input as one("npm", "inspector", "0.14.0", true)
		with data.mcp.settings.params as params
	known_bad.deny == {denied("/server/package", `"inspector@0.14.1" has a known hole (B): fixed in 0.16.6`)} with input as one("npm", "inspector", "0.14.1", true)
		with data.mcp.settings.params as params
}

test_hostile_pre_release[version] if {
	some version in ["0.1.16-0", "0.1.16-rc.1", "0.0.5-alpha"]
	known_bad.deny == {denied("/server/package", sprintf(`"mcp-remote@%s" has a known hole (CVE-2025-6514): fixed in 0.1.16`, [version]))} with input as one("npm", "mcp-remote", version, true)
		with data.mcp.settings.params as params
}

test_hostile_capitals if {
	known_bad.deny == {denied("/server/package", `"MCP-Remote@0.1.0" has a known hole (CVE-2025-6514): fixed in 0.1.16`)} with input as one("npm", "MCP-Remote", "0.1.0", true)
		with data.mcp.settings.params as params
}

# What does not compare with certainty counts as one with the hole.
test_hostile_versions_without_an_order[name] if {
	some name, c in {
		"a pre-release of pypi": ["pypi", "mcp-server-git", "2026.1.14rc1", "CVE-2026-27735): fixed in 2026.1.14"],
		"a later pre-release": ["pypi", "mcp-server-git", "2027.1.1.dev0", "CVE-2026-27735): fixed in 2026.1.14"],
		"an epoch": ["pypi", "mcp-server-git", "1!2027.1.1", "CVE-2026-27735): fixed in 2026.1.14"],
		"a commit": ["go", "example.com/mcp", "0123456789012345678901234567890123456789", "GO-1): fixed in v1.1.0"],
		"no version": ["npm", "mcp-remote", "one", "CVE-2025-6514): fixed in 0.1.16"],
	}
	known_bad.deny == {denied("/server/package", sprintf(`"%s@%s" %s (%s`, [c[1], c[2], doubt, c[3]]))} with input as one(c[0], c[1], c[2], true)
		with data.mcp.settings.params as params
}

test_hostile_advisory_that_cannot_be_compared if {
	known_bad.deny == {denied("/server/package", `"a@9.0.0" has a known hole (X): fixed in soon`)} with input as one("npm", "a", "9.0.0", true)
		with data.mcp.settings.params as {"packages.known_bad": {"advisories": [{"ecosystem": "npm", "name": "a", "introduced": "some", "fixed": "soon", "id": "X"}]}}
}

test_params_absent_denied if {
	unknown := {{
		"msg": `whether package "mcp-remote@0.1.16" has a known hole cannot be said: the settings have no advisories`,
		"path": "/server/package",
	}}
	known_bad.deny == unknown with input as one("npm", "mcp-remote", "0.1.16", true) with data.mcp.settings.params as {}
}

test_allowed_no_package_without_params if count(known_bad.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as {}

params := {"packages.known_bad": {"advisories": [
	{"ecosystem": "npm", "name": "mcp-remote", "introduced": "0.0.5", "fixed": "0.1.16", "id": "CVE-2025-6514"},
	{"ecosystem": "npm", "name": "postmark-mcp", "introduced": "1.0.16", "id": "malware"},
	{"ecosystem": "npm", "name": "inspector", "fixed": "0.14.1", "id": "A"},
	{"ecosystem": "npm", "name": "inspector", "fixed": "0.16.6", "id": "B"},
	{"ecosystem": "pypi", "name": "mcp-server-git", "fixed": "2026.1.14", "id": "CVE-2026-27735"},
	{"ecosystem": "pypi", "name": "mcp-kubernetes-server", "id": "CVE-2025-59377"},
	{"ecosystem": "go", "name": "example.com/mcp", "fixed": "v1.1.0", "id": "GO-1"},
]}}

doubt := "is not pinned to a version that compares, so it may have a known hole"

one(ecosystem, name, version, pinned) := lib.input_with({"server": {"package": {
	"ecosystem": ecosystem,
	"name": name,
	"version": version,
	"pinned": pinned,
}}})

denied(path, rest) := {"msg": sprintf("package %s", [rest]), "path": path}
