package mcp.policy.mounts.writable_test

import data.mcp.lib
import data.mcp.policy.mounts.writable

approved := {"mounts.writable": {"directories": ["/home/u/projects", "/srv/agents/", `C:\Work`, "/home/u/.agents"]}}

test_allowed_nothing if count(writable.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as approved

test_allowed_below[path] if {
	some path in ["/home/u/projects", "/home/u/projects/", "/home/u/projects/a/.b", "/srv/agents/1", `C:\Work\a`, "c:/work", "/home/u/.agents/..x"]
	count(writable.deny) == 0 with input as mounted(path, path) with data.mcp.settings.params as approved
	count(writable.deny) == 0 with input as lib.input_with({"server": {"kubernetes": {"host_paths": [path]}}}) with data.mcp.settings.params as approved
}

test_allowed_to_read if {
	count(writable.deny) == 0 with input as lib.input_with({"server": {"mounts": [{"source": "/etc", "resolved": "/etc", "read_only": true}]}})
		with data.mcp.settings.params as approved
}

test_allowed_volumes[name] if {
	some name in ["data", "volume://data", ""]
	count(writable.deny) == 0 with input as mounted(name, name) with data.mcp.settings.params as {}
}

test_allowed_everywhere_if_so_approved if {
	count(writable.deny) == 0 with input as mounted("/anywhere", "/anywhere") with data.mcp.settings.params as {"mounts.writable": {"directories": ["/"]}}
}

test_denied_elsewhere[path] if {
	some path in ["/", "/home/u", "/home/u/projects2", "/srv/agent", "/srv", `C:\Workshop`, `D:\Work`]
	writable.deny == denied(path, "/server/mounts/0", none_of_them) with input as mounted(path, path) with data.mcp.settings.params as approved
	writable.deny == denied(path, "/server/kubernetes/host_paths/0", none_of_them) with input as lib.input_with({"server": {"kubernetes": {"host_paths": [path]}}})
		with data.mcp.settings.params as approved
}

test_denied_each_by_its_place if {
	writable.deny == denied("/etc", "/server/mounts/1", none_of_them) with input as lib.input_with({"server": {"mounts": [
		{"source": "/home/u/projects/a", "resolved": "/home/u/projects/a"},
		{"source": "/etc", "resolved": "/etc"},
		{"source": "/usr", "resolved": "/usr", "read_only": true},
	]}})
		with data.mcp.settings.params as approved
}

test_hostile_a_link_that_leads_out if {
	writable.deny == denied("/home/u/projects/a", "/server/mounts/0", none_of_them) with input as mounted("/home/u/projects/a", "/etc")
		with data.mcp.settings.params as approved
	writable.deny == denied("/etc", "/server/mounts/0", none_of_them) with input as mounted("/etc", "/home/u/projects/a")
		with data.mcp.settings.params as approved
	writable.deny == denied("/home/u/projects/a", "/server/mounts/0", none_of_them) with input as mounted("/home/u/projects/a", "")
		with data.mcp.settings.params as approved
}

test_hostile_spellings[path] if {
	some path in [
		"/home/u/projects/../.ssh", "/home/u/projects/..", "/home/u/projects/.", "/home/u/projects/./x", "/home/u//projects",
		"/HOME/u/projects", `C:\Work\..\Windows`, "/var/home/u/projects", "/proc/self/root/home/u/projects",
	]
	writable.deny == denied(path, "/server/mounts/0", none_of_them) with input as mounted(path, path) with data.mcp.settings.params as approved
}

test_hostile_an_approved_path_that_climbs_approves_nothing if {
	writable.deny == denied("/srv", "/server/mounts/0", none_of_them) with input as mounted("/srv", "/srv")
		with data.mcp.settings.params as {"mounts.writable": {"directories": ["/srv/..", "srv"]}}
}

test_denied_with_one_directory_approved if {
	writable.deny == denied("/etc", "/server/mounts/0", none_of_them) with input as mounted("/etc", "/etc")
		with data.mcp.settings.params as {"mounts.writable": {"directories": ["/srv"]}}
}

test_params_absent_is_denied if {
	writable.deny == denied("/home/u/projects", "/server/mounts/0", nothing_approved) with input as mounted("/home/u/projects", "/home/u/projects")
		with data.mcp.settings.params as {}
}

test_params_empty_is_denied if {
	writable.deny == denied("/home/u/projects", "/server/mounts/0", nothing_approved) with input as mounted("/home/u/projects", "/home/u/projects")
		with data.mcp.settings.params as {"mounts.writable": {"directories": []}}
}

none_of_them := "which is below none of the approved directories"

nothing_approved := "and no directory is approved: list those for servers in params, mounts.writable, directories"

mounted(source, resolved) := lib.input_with({"server": {"mounts": [{
	"source": source,
	"resolved": resolved,
	"target": "/x",
}]}})

denied(path, place, why) := {{
	"msg": sprintf("mount %q is writable, %s", [path, why]),
	"path": place,
}}
