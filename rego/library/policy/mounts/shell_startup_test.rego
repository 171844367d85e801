package mcp.policy.mounts.shell_startup_test

import data.mcp.lib
import data.mcp.policy.mounts.shell_startup

test_allowed_nothing if count(shell_startup.deny) == 0 with input as lib.input_with({})

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
		"/home/u/.profiles",
		"/home/u/.config/app",
		"/etc/zshrcs",
		"/home/u/go/src",
		"C:/Users/u/Documents/project",
		"/mnt/c/Users/u/Documents/project",
		"/home/u/Documents",
		"/home/u/Documents/PowerShell",
		"/home/c:/Documents",
		"/home/me/mnt/c/Documents",
		"/Users/u/Documents",
		"/Users/u/documents",
	]
	count(shell_startup.deny) == 0 with input as mounted(path)
	count(shell_startup.deny) == 0 with input as pod(path)
}

test_allowed_to_read[path] if {
	some path in ["/home/u/.bashrc", "/etc/crontab", "/home/u", "/"]
	count(shell_startup.deny) == 0 with input as lib.input_with({"server": {"mounts": [{"source": path, "resolved": path, "read_only": true}]}})
}

test_denied_each_path_of_a_home[path] if {
	some path in [
		"/home/u/.bash_aliases",
		"/home/u/.bash_login",
		"/home/u/.bash_logout",
		"/home/u/.bash_profile",
		"/home/u/.bashrc",
		"/home/u/.bashrc.d",
		"/home/u/.config/fish",
		"/home/u/.config/nushell",
		"/home/u/.config/powershell",
		"/home/u/.cshrc",
		"/home/u/.kshrc",
		"/home/u/.login",
		"/home/u/.mkshrc",
		"/home/u/.oh-my-zsh",
		"/home/u/.profile",
		"/home/u/.tcshrc",
		"/home/u/.xonshrc",
		"/home/u/.zlogin",
		"/home/u/.zlogout",
		"/home/u/.zprofile",
		"/home/u/.zshenv",
		"/home/u/.zshrc",
		"/home/u/.config/autostart",
		"/home/u/.config/environment.d",
		"/home/u/.config/plasma-workspace",
		"/home/u/.config/systemd",
		"/home/u/.local/share/systemd",
		"/home/u/.local/share/dbus-1",
		"/home/u/.pam_environment",
		"/home/u/.xinitrc",
		"/home/u/.xprofile",
		"/home/u/.xsession",
		"/home/u/.xsessionrc",
		"/home/u/.xsessionrc.d",
		"/home/u/.local/bin",
		"/home/u/.local/share/applications",
		"/home/u/.gitconfig",
		"/home/u/.config/git",
		"/home/u/.ssh",
		"/home/u/.vimrc",
		"/home/u/.vim",
		"/home/u/.config/nvim",
		"/home/u/.emacs",
		"/home/u/.emacs.d",
		"/home/u/.config/emacs",
		"/home/u/.inputrc",
		"/home/u/.tmux.conf",
		"/home/u/.config/tmux",
		"/home/u/.pythonstartup",
		"/home/u/.npm-global",
		"/home/u/.cargo/bin",
		"/home/u/go/bin",
		"/Users/u/Library/launchagents",
		"/Users/u/Library/application support/com.apple.backgroundtaskmanagementagent",
		"/Users/u/Library/preferences/com.apple.loginitems.plist",
		"C:/Users/u/AppData/roaming/microsoft/windows/start menu",
		"C:/Users/u/Documents/powershell",
		"C:/Users/u/Documents/windowspowershell",
	]
	shell_startup.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_denied_each_path_of_the_system[path] if {
	some path in [
		"/etc/anacrontab",
		"/etc/bash.bashrc",
		"/etc/bashrc",
		"/etc/cron.d",
		"/etc/cron.daily",
		"/etc/cron.hourly",
		"/etc/cron.monthly",
		"/etc/cron.weekly",
		"/etc/crontab",
		"/etc/environment",
		"/etc/fish",
		"/etc/init.d",
		"/etc/ld.so.conf.d",
		"/etc/ld.so.preload",
		"/etc/pam.d",
		"/etc/profile",
		"/etc/profile.d",
		"/etc/rc.local",
		"/etc/sudoers",
		"/etc/sudoers.d",
		"/etc/systemd",
		"/etc/udev",
		"/etc/xdg",
		"/etc/zprofile",
		"/etc/zsh",
		"/etc/zshenv",
		"/etc/zshrc",
		"/library/launchdaemons",
		"/library/startupitems",
		"/lib/systemd",
		"/usr/local/bin",
		"/opt/homebrew/bin",
		"/var/spool/cron",
		"/var/at",
		"c:/programdata/microsoft/windows/start menu",
		"c:/windows/system32/tasks",
		"c:/windows/system32/grouppolicy",
	]
	shell_startup.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_denied_what_is_below if {
	shell_startup.deny == denied("/home/u/.bashrc/a/b", "/server/mounts/0") with input as mounted("/home/u/.bashrc/a/b")
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
		"/etc/..",
		"/usr",
		"/usr/local",
		"/var/spool",
		"/opt/homebrew",
		"/home/u/.config",
		"/home/u/.local",
		"/home/u/go",
		"/Users/u/Library",
		"/Library",
		"C:/Users/u/Documents",
		"//?/C:/Users/u/Documents",
		`\\.\C:\Users\u\Documents`,
		"/c/Users/u/Documents",
		"/mnt/c/Users/u/Documents",
		"/cygdrive/c/Users/u/Documents",
		"/host_mnt/c/Users/u/Documents",
		"/run/desktop/mnt/host/c/Users/u/Documents",
		"C:/Users/u/AppData/Roaming/Microsoft/Windows",
		"C:/ProgramData",
		"C:/Windows",
	]
	shell_startup.deny == denied(path, "/server/mounts/0") with input as mounted(path)
	shell_startup.deny == denied(path, "/server/kubernetes/host_paths/0") with input as pod(path)
}

test_denied_each_by_its_place if {
	{v.path | some v in shell_startup.deny} == {"/server/mounts/0", "/server/mounts/2", "/server/kubernetes/host_paths/1"} with input as lib.input_with({"server": {
		"mounts": [{"source": "/home/u/.bashrc"}, {"source": "/srv/data"}, {"source": "/srv/x", "resolved": "/home/u/.bashrc"}],
		"kubernetes": {"host_paths": ["/srv/data", "/home/u/.bashrc"]},
	}})
}

test_hostile_spellings[path] if {
	some path in [
		"/HOME/U/.BASHRC",
		"/home/u/../u/.zshrc",
		"/home/u/.config//systemd/user",
		"/srv/x/.profile",
		"/private/etc/profile.d",
		"/usr/lib/systemd/system",
		"/private/var/at",
		"/System/Volumes/Data/Library/LaunchDaemons",
		"/proc/self/root/etc/crontab",
		"c:\\programdata\\Microsoft\\WINDOWS\\Start Menu\\Programs\\StartUp",
	]
	shell_startup.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_hostile_a_link if {
	shell_startup.deny == denied("/srv/harmless", "/server/mounts/0") with input as linked("/srv/harmless", "/home/u/.bashrc")
	shell_startup.deny == denied("/home/u/.bashrc", "/server/mounts/0") with input as linked("/home/u/.bashrc", "/srv/harmless")
	shell_startup.deny == denied("/srv/x", "/server/mounts/0") with input as linked("/srv/x", "/mnt/c/Users/u/Documents")
}

test_params_absent_is_denied_all_the_same if {
	shell_startup.deny == denied("/home/u/.bashrc", "/server/mounts/0") with input as mounted("/home/u/.bashrc") with data.mcp.settings.params as {}
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
	"msg": sprintf("mount %q gives write access to what starts by itself", [path]),
	"path": place,
}}
