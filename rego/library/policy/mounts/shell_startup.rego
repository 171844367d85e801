# METADATA
# title: No write access to what starts by itself
# description: >-
#   What a server writes into .bashrc, a LaunchAgent, a user unit of systemd or a
#   crontab runs on the host, outside of the container, at the next login, and for ever
#   after. It is how a container that a person trusted once becomes a program that
#   stays. To read such a file is less, and is allowed here.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://attack.mitre.org/techniques/T1546/004/
#   - ref: https://attack.mitre.org/techniques/T1543/
# custom:
#   severity: critical
#   remediation: >-
#     Mount the directory of the project in place of the home, or the file read-only:
#     add :ro to the -v/--volume flag, or move the path from write to read in the
#     permission profile, for example -v /home/you/.gitconfig:/root/.gitconfig:ro.
#   owasp: [MCP02, MCP05]
package mcp.policy.mounts.shell_startup

import data.mcp.lib

# Below the home of anybody.
in_homes := {
	# Shells.
	".bash_aliases/",
	".bash_login/",
	".bash_logout/",
	".bash_profile/",
	".bashrc/",
	".bashrc.d/",
	".config/fish/",
	".config/nushell/",
	".config/powershell/",
	".cshrc/",
	".kshrc/",
	".login/",
	".mkshrc/",
	".oh-my-zsh/",
	".profile/",
	".tcshrc/",
	".xonshrc/",
	".zlogin/",
	".zlogout/",
	".zprofile/",
	".zshenv/",
	".zshrc/",
	# Sessions and services.
	".config/autostart/",
	".config/environment.d/",
	".config/plasma-workspace/",
	".config/systemd/",
	".local/share/systemd/",
	".local/share/dbus-1/",
	".pam_environment/",
	".xinitrc/",
	".xprofile/",
	".xsession/",
	".xsessionrc/",
	".xsessionrc.d/",
	# What other programs run: those of the person, of git, of ssh, of editors.
	".local/bin/",
	".local/share/applications/",
	".gitconfig/",
	".config/git/",
	".ssh/",
	".vimrc/",
	".vim/",
	".config/nvim/",
	".emacs/",
	".emacs.d/",
	".config/emacs/",
	".inputrc/",
	".tmux.conf/",
	".config/tmux/",
	".pythonstartup/",
	".npm-global/",
	".cargo/bin/",
	"go/bin/",
	# macOS.
	"library/launchagents/",
	"library/application support/com.apple.backgroundtaskmanagementagent/",
	"library/preferences/com.apple.loginitems.plist/",
	# Windows.
	"appdata/roaming/microsoft/windows/start menu/",
}

# Below a home on a drive of Windows, as it shows its drives itself, or as WSL,
# Cygwin and Docker Desktop do: elsewhere Documents holds documents alone.
in_homes_of_windows := {"documents/powershell/", "documents/windowspowershell/"}

drive := `^(/\?)?/[a-z]:/|^(/(mnt|cygdrive|host_mnt|run/desktop/mnt/host))?/[a-z]/`

in_system := {
	"/etc/anacrontab/",
	"/etc/bash.bashrc/",
	"/etc/bashrc/",
	"/etc/cron.d/",
	"/etc/cron.daily/",
	"/etc/cron.hourly/",
	"/etc/cron.monthly/",
	"/etc/cron.weekly/",
	"/etc/crontab/",
	"/etc/environment/",
	"/etc/fish/",
	"/etc/init.d/",
	"/etc/ld.so.conf.d/",
	"/etc/ld.so.preload/",
	"/etc/pam.d/",
	"/etc/profile/",
	"/etc/profile.d/",
	"/etc/rc.local/",
	"/etc/sudoers/",
	"/etc/sudoers.d/",
	"/etc/systemd/",
	"/etc/udev/",
	"/etc/xdg/",
	"/etc/zprofile/",
	"/etc/zsh/",
	"/etc/zshenv/",
	"/etc/zshrc/",
	"/library/launchdaemons/",
	"/library/startupitems/",
	"/lib/systemd/",
	"/usr/local/bin/",
	"/opt/homebrew/bin/",
	"/var/spool/cron/",
	"/var/at/",
	"/c:/programdata/microsoft/windows/start menu/",
	"/c:/windows/system32/tasks/",
	"/c:/windows/system32/grouppolicy/",
}

exposing contains found if {
	some found in lib.writable_paths(input.server)
	lib.mounts_home(found, in_homes)
}

exposing contains found if {
	some found in lib.writable_paths(input.server)
	some place in lib.mounted(found)
	regex.match(drive, place)
	lib.mounts_home(found, in_homes_of_windows)
}

exposing contains found if {
	some found in lib.writable_paths(input.server)
	lib.mounts_any(found, in_system)
}

deny contains {"msg": msg, "path": found.path} if {
	some found in exposing
	msg := sprintf("mount %q gives write access to what starts by itself", [found.source])
}
