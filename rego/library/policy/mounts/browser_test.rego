package mcp.policy.mounts.browser_test

import data.mcp.lib
import data.mcp.policy.mounts.browser

test_allowed_nothing if count(browser.deny) == 0 with input as lib.input_with({})

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
		"/home/u/.config/google",
		"/home/u/chrome",
		"/Users/u/Library/Fonts",
	]
	count(browser.deny) == 0 with input as mounted(path)
	count(browser.deny) == 0 with input as pod(path)
}

test_denied_each_path_of_a_home[path] if {
	some path in [
		"/home/u/.config/brave",
		"/home/u/.config/chromium",
		"/home/u/.config/google-chrome",
		"/home/u/.config/microsoft-edge",
		"/home/u/.config/mozilla",
		"/home/u/.config/opera",
		"/home/u/.config/vivaldi",
		"/home/u/.librewolf",
		"/home/u/.mozilla",
		"/home/u/.waterfox",
		"/home/u/.zen",
		"/home/u/.var/app/com.brave.browser",
		"/home/u/.var/app/com.google.chrome",
		"/home/u/.var/app/com.microsoft.edge",
		"/home/u/.var/app/org.chromium.chromium",
		"/home/u/.var/app/org.mozilla.firefox",
		"/home/u/snap/brave",
		"/home/u/snap/chromium",
		"/home/u/snap/firefox",
		"/Users/u/Library/application support/arc",
		"/Users/u/Library/application support/bravesoftware",
		"/Users/u/Library/application support/chromium",
		"/Users/u/Library/application support/com.operasoftware",
		"/Users/u/Library/application support/firefox",
		"/Users/u/Library/application support/google/chrome",
		"/Users/u/Library/application support/microsoft edge",
		"/Users/u/Library/application support/vivaldi",
		"/Users/u/Library/application support/zen",
		"/Users/u/Library/containers/com.apple.safari",
		"/Users/u/Library/cookies",
		"/Users/u/Library/safari",
		"C:/Users/u/AppData/local/bravesoftware",
		"C:/Users/u/AppData/local/chromium",
		"C:/Users/u/AppData/local/google/chrome",
		"C:/Users/u/AppData/local/microsoft/edge",
		"C:/Users/u/AppData/local/mozilla",
		"C:/Users/u/AppData/local/packages/thebrowsercompany",
		"C:/Users/u/AppData/local/vivaldi",
		"C:/Users/u/AppData/roaming/mozilla",
		"C:/Users/u/AppData/roaming/opera software",
		"C:/Users/u/AppData/roaming/zen",
	]
	browser.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_denied_what_is_below if {
	browser.deny == denied("/home/u/.mozilla/a/b", "/server/mounts/0") with input as mounted("/home/u/.mozilla/a/b")
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
		"/home/u/.config",
		"/home/u/snap",
		"/home/u/.var/app",
		"/Users/u/Library",
		"/Users/u/Library/Application Support",
		"/Users/u/Library/Application Support/Google",
		"/Users/u/Library/Containers",
		"C:\\Users\\u\\AppData",
		"C:/Users/u/AppData/Local/Google",
		"C:/Users/u/AppData/Roaming",
	]
	browser.deny == denied(path, "/server/mounts/0") with input as mounted(path)
	browser.deny == denied(path, "/server/kubernetes/host_paths/0") with input as pod(path)
}

test_denied_each_by_its_place if {
	{v.path | some v in browser.deny} == {"/server/mounts/0", "/server/mounts/2", "/server/kubernetes/host_paths/1"} with input as lib.input_with({"server": {
		"mounts": [{"source": "/home/u/.mozilla"}, {"source": "/srv/data"}, {"source": "/srv/x", "resolved": "/home/u/.mozilla"}],
		"kubernetes": {"host_paths": ["/srv/data", "/home/u/.mozilla"]},
	}})
}

test_hostile_spellings[path] if {
	some path in [
		"/HOME/U/.Mozilla/firefox",
		"/home/u/./.config/google-chrome-beta/Default",
		"/srv/x/.mozilla",
		"/home/u/.config/BraveSoftware",
		"c:\\users\\u\\appdata\\LOCAL\\Google\\Chrome\\User Data",
		"/mnt/c/Users/u/AppData/Local/Microsoft/Edge",
		"/proc/1/root/home/u/.mozilla",
	]
	browser.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_hostile_a_link if {
	browser.deny == denied("/srv/harmless", "/server/mounts/0") with input as linked("/srv/harmless", "/home/u/.mozilla")
	browser.deny == denied("/home/u/.mozilla", "/server/mounts/0") with input as linked("/home/u/.mozilla", "/srv/harmless")
}

test_params_absent_is_denied_all_the_same if {
	browser.deny == denied("/home/u/.mozilla", "/server/mounts/0") with input as mounted("/home/u/.mozilla") with data.mcp.settings.params as {}
}

mounted(path) := linked(path, path)

linked(source, resolved) := object.union(nothing, {"server": {"mounts": [{
	"source": source,
	"resolved": resolved,
	"target": "/x",
	"read_only": true,
}]}})

pod(path) := object.union(nothing, {"server": {"kubernetes": {"host_paths": [path]}}})

# Made once: there are many mounts.
nothing := lib.input_with({})

denied(path, place) := {{
	"msg": sprintf("mount %q gives access to the profile of a browser", [path]),
	"path": place,
}}
