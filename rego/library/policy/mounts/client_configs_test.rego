package mcp.policy.mounts.client_configs_test

import data.mcp.lib
import data.mcp.policy.mounts.client_configs

test_allowed_nothing if count(client_configs.deny) == 0 with input as lib.input_with({})

test_allowed_other_mounts[path] if {
	some path in [
		"/home/u/project",
		"/srv/data",
		"data",
		"",
		"/etc/ssl/certs",
		"/var/lib/app",
		"C:\\work\\project",
		"C:/Users/u/project",
		"/Users/u/project/library",
		"/home/u/.cache/app",
		"/etc/app",
		"/usr/share/app",
		"/home/u/.claudes",
		"/home/u/.config/app",
		"/home/u/claude",
		"/etc/mcp-runners",
	]
	count(client_configs.deny) == 0 with input as mounted(path)
	count(client_configs.deny) == 0 with input as pod(path)
}

test_allowed_to_read[path] if {
	some path in ["/home/u/.cursor", "/etc/mcp-runner", "/home/u", "/"]
	count(client_configs.deny) == 0 with input as lib.input_with({"server": {"mounts": [{"source": path, "resolved": path, "read_only": true}]}})
}

test_denied_each_path_of_a_home[path] if {
	some path in [
		"/home/u/.claude",
		"/home/u/.claude.json",
		"/home/u/.cursor",
		"/home/u/.vscode",
		"/home/u/.vscode-server",
		"/home/u/.vscode-insiders",
		"/home/u/.codeium",
		"/home/u/.windsurf",
		"/home/u/.continue",
		"/home/u/.codex",
		"/home/u/.gemini",
		"/home/u/.junie",
		"/home/u/.aws/amazonq",
		"/home/u/.kiro",
		"/home/u/.qwen",
		"/home/u/.copilot",
		"/home/u/.roo",
		"/home/u/.cline",
		"/home/u/.lmstudio",
		"/home/u/.docker/mcp",
		"/home/u/.mcp.json",
		"/home/u/.mcp",
		"/home/u/.zed",
		"/home/u/.idea",
		"/home/u/.trae",
		"/home/u/.augment",
		"/home/u/.opencode",
		"/home/u/.config/claude",
		"/home/u/.config/code",
		"/home/u/.config/cursor",
		"/home/u/.config/vscodium",
		"/home/u/.config/windsurf",
		"/home/u/.config/zed",
		"/home/u/.config/jetbrains",
		"/home/u/.config/github-copilot",
		"/home/u/.config/toolhive",
		"/home/u/.local/state/toolhive",
		"/home/u/.local/share/toolhive",
		"/home/u/.config/goose",
		"/home/u/.config/opencode",
		"/home/u/.config/mcp",
		"/home/u/.config/mcphub",
		"/home/u/.config/amp",
		"/home/u/.config/crush",
		"/home/u/.config/mcp-runner",
		"/home/u/.local/state/mcp-runner",
		"/Users/u/Library/application support/claude",
		"/Users/u/Library/application support/code",
		"/Users/u/Library/application support/cursor",
		"/Users/u/Library/application support/vscodium",
		"/Users/u/Library/application support/windsurf",
		"/Users/u/Library/application support/zed",
		"/Users/u/Library/application support/jetbrains",
		"/Users/u/Library/application support/toolhive",
		"/Users/u/Library/application support/mcp-runner",
		"C:/Users/u/AppData/roaming/claude",
		"C:/Users/u/AppData/roaming/code",
		"C:/Users/u/AppData/roaming/cursor",
		"C:/Users/u/AppData/roaming/vscodium",
		"C:/Users/u/AppData/roaming/windsurf",
		"C:/Users/u/AppData/roaming/zed",
		"C:/Users/u/AppData/roaming/jetbrains",
		"C:/Users/u/AppData/local/toolhive",
		"C:/Users/u/AppData/roaming/toolhive",
		"C:/Users/u/AppData/local/github-copilot",
		"C:/Users/u/AppData/roaming/mcp-runner",
		"C:/Users/u/AppData/local/mcp-runner",
	]
	client_configs.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_denied_each_path_of_the_system[path] if {
	some path in [
		"/etc/claude-code",
		"/etc/codex",
		"/etc/gemini-cli",
		"/etc/mcp-runner",
		"/library/application support/claudecode",
		"c:/programdata/claudecode",
		"c:/program files/claudecode",
		"c:/programdata/mcp-runner",
	]
	client_configs.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_denied_what_is_below if {
	client_configs.deny == denied("/home/u/.cursor/a/b", "/server/mounts/0") with input as mounted("/home/u/.cursor/a/b")
}

test_denied_what_holds_them[path] if {
	some path in [
		"/",
		"/home",
		"/home/u",
		"/Users",
		"/Users/u",
		"/root",
		"/var/home/u",
		"C:\\",
		"C:\\Users",
		"C:\\Users\\u",
		"/mnt/c",
		"/mnt/c/Users/u",
		"/etc",
		"/home/u/.config",
		"/home/u/.local/state",
		"/home/u/.docker",
		"/home/u/.aws",
		"/Users/u/Library",
		"/Users/u/Library/Application Support",
		"/Library/Application Support",
		"C:/Users/u/AppData/Roaming",
		"C:/Program Files",
		"C:/ProgramData",
	]
	client_configs.deny == denied(path, "/server/mounts/0") with input as mounted(path)
	client_configs.deny == denied(path, "/server/kubernetes/host_paths/0") with input as pod(path)
}

test_denied_each_by_its_place if {
	{v.path | some v in client_configs.deny} == {"/server/mounts/0", "/server/mounts/2", "/server/kubernetes/host_paths/1"} with input as lib.input_with({"server": {
		"mounts": [{"source": "/home/u/.cursor"}, {"source": "/srv/data"}, {"source": "/srv/x", "resolved": "/home/u/.cursor"}],
		"kubernetes": {"host_paths": ["/srv/data", "/home/u/.cursor"]},
	}})
}

test_hostile_spellings[path] if {
	some path in [
		"/HOME/U/.Cursor/mcp.json",
		"/home/u/project/.vscode",
		"/home/u/project/.mcp.json",
		"/home/u/./.codex/config.toml",
		"/home/u/.config/Code - Insiders/User",
		"/private/etc/mcp-runner/policy",
		"/proc/1/root/etc/mcp-runner",
		"c:\\ProgramData\\MCP-Runner\\policy",
		"/mnt/c/Users/u/AppData/Roaming/Claude",
	]
	client_configs.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_hostile_a_link if {
	client_configs.deny == denied("/srv/harmless", "/server/mounts/0") with input as linked("/srv/harmless", "/home/u/.cursor")
	client_configs.deny == denied("/home/u/.cursor", "/server/mounts/0") with input as linked("/home/u/.cursor", "/srv/harmless")
}

test_params_absent_is_denied_all_the_same if {
	client_configs.deny == denied("/home/u/.cursor", "/server/mounts/0") with input as mounted("/home/u/.cursor") with data.mcp.settings.params as {}
}

mounted(path) := linked(path, path)

linked(source, resolved) := object.union(nothing, {"server": {"mounts": [{
	"source": source,
	"resolved": resolved,
	"target": "/x",
	"read_only": false,
}]}})

pod(path) := object.union(nothing, {"server": {"kubernetes": {"host_paths": [path]}}})

# Made once: there are many mounts.
nothing := lib.input_with({})

denied(path, place) := {{
	"msg": sprintf("mount %q gives write access to the configuration of an MCP client or to policies", [path]),
	"path": place,
}}
