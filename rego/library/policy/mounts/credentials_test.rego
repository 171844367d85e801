package mcp.policy.mounts.credentials_test

import data.mcp.lib
import data.mcp.policy.mounts.credentials

test_allowed_nothing if count(credentials.deny) == 0 with input as lib.input_with({})

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
		"/home/u/.sshx",
		"/home/u/ssh",
		"/home/u/.docker/cli-plugins",
		"/home/u/.config/gh2",
		"/etc/shadow2",
		"/home/u/.envrc",
		"/home/u/.m2/repository",
	]
	count(credentials.deny) == 0 with input as mounted(path)
	count(credentials.deny) == 0 with input as pod(path)
}

test_denied_each_path_of_a_home[path] if {
	some path in [
		"/home/u/.ssh",
		"/home/u/.gnupg",
		"/home/u/.gnome2/keyrings",
		"/home/u/.local/share/keyrings",
		"/home/u/.local/share/kwalletd",
		"/home/u/.password-store",
		"/home/u/.config/sops",
		"/home/u/.config/age",
		"/home/u/.age",
		"/home/u/.aws",
		"/home/u/.azure",
		"/home/u/.config/gcloud",
		"/home/u/.boto",
		"/home/u/.s3cfg",
		"/home/u/.kube",
		"/home/u/.oci",
		"/home/u/.bluemix",
		"/home/u/.aliyun",
		"/home/u/.config/doctl",
		"/home/u/.config/hcloud",
		"/home/u/.fly",
		"/home/u/.config/rclone",
		"/home/u/.terraform.d/credentials.tfrc.json",
		"/home/u/.terraformrc",
		"/home/u/.vault-token",
		"/home/u/.databrickscfg",
		"/home/u/.snowflake",
		"/home/u/.config/containers/auth.json",
		"/home/u/.docker/config.json",
		"/home/u/.netrc",
		"/home/u/_netrc",
		"/home/u/.npmrc",
		"/home/u/.yarnrc",
		"/home/u/.yarnrc.yml",
		"/home/u/.pypirc",
		"/home/u/.config/pip/pip.conf",
		"/home/u/.pip/pip.conf",
		"/home/u/.cargo/credentials",
		"/home/u/.cargo/credentials.toml",
		"/home/u/.gem/credentials",
		"/home/u/.m2/settings.xml",
		"/home/u/.m2/settings-security.xml",
		"/home/u/.gradle/gradle.properties",
		"/home/u/.composer/auth.json",
		"/home/u/.config/composer/auth.json",
		"/home/u/.nuget/nuget.config",
		"/home/u/.git-credentials",
		"/home/u/.config/git/credentials",
		"/home/u/.config/gh",
		"/home/u/.config/glab-cli",
		"/home/u/.config/hub",
		"/home/u/.config/github-copilot",
		"/home/u/.subversion/auth",
		"/home/u/.pgpass",
		"/home/u/.my.cnf",
		"/home/u/.mylogin.cnf",
		"/home/u/.mongorc.js",
		"/home/u/.config/op",
		"/home/u/.op",
		"/home/u/.config/1password",
		"/home/u/.config/bitwarden",
		"/home/u/.config/bitwarden cli",
		"/home/u/.config/keepassxc",
		"/home/u/.1password",
		"/home/u/.cache/huggingface/token",
		"/home/u/.huggingface/token",
		"/home/u/.claude/.credentials.json",
		"/home/u/.codex/auth.json",
		"/home/u/.gemini/oauth_creds.json",
		"/home/u/.bash_history",
		"/home/u/.zsh_history",
		"/home/u/.python_history",
		"/home/u/.node_repl_history",
		"/home/u/.psql_history",
		"/home/u/.local/share/fish/fish_history",
		"/home/u/.env",
		"/Users/u/Library/keychains",
		"/Users/u/Library/group containers/2bua8c4s2c.com.1password",
		"/Users/u/Library/application support/1password",
		"/Users/u/Library/application support/bitwarden",
		"C:/Users/u/AppData/roaming/gcloud",
		"C:/Users/u/AppData/roaming/gnupg",
		"C:/Users/u/AppData/roaming/github cli",
		"C:/Users/u/AppData/roaming/nuget/nuget.config",
		"C:/Users/u/AppData/roaming/postgresql",
		"C:/Users/u/AppData/roaming/bitwarden",
		"C:/Users/u/AppData/roaming/microsoft/credentials",
		"C:/Users/u/AppData/roaming/microsoft/protect",
		"C:/Users/u/AppData/local/microsoft/credentials",
		"C:/Users/u/AppData/local/microsoft/vault",
		"C:/Users/u/AppData/local/1password",
	]
	credentials.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_denied_each_path_of_the_system[path] if {
	some path in [
		"/etc/gshadow",
		"/etc/krb5.keytab",
		"/etc/kubernetes",
		"/etc/rancher",
		"/etc/shadow",
		"/etc/ssh",
		"/etc/ssl/private",
		"/library/keychains",
		"/run/secrets",
		"/var/lib/kubelet",
		"/var/lib/rancher",
		"c:/programdata/ssh",
		"c:/windows/system32/config",
	]
	credentials.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_denied_what_is_below if {
	credentials.deny == denied("/home/u/.ssh/a/b", "/server/mounts/0") with input as mounted("/home/u/.ssh/a/b")
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
		"/run",
		"/var/lib",
		"/home/u/.config",
		"/home/u/.docker",
		"/srv/x/.config",
		"/home/u/.local/share",
		"/Users/u/Library",
		"/Users/u/Library/Application Support",
		"/Library",
		"C:/Users/u/AppData",
		"C:/ProgramData",
	]
	credentials.deny == denied(path, "/server/mounts/0") with input as mounted(path)
	credentials.deny == denied(path, "/server/kubernetes/host_paths/0") with input as pod(path)
}

test_denied_each_by_its_place if {
	{v.path | some v in credentials.deny} == {"/server/mounts/0", "/server/mounts/2", "/server/kubernetes/host_paths/1"} with input as lib.input_with({"server": {
		"mounts": [{"source": "/home/u/.ssh"}, {"source": "/srv/data"}, {"source": "/srv/x", "resolved": "/home/u/.ssh"}],
		"kubernetes": {"host_paths": ["/srv/data", "/home/u/.ssh"]},
	}})
}

test_hostile_spellings[path] if {
	some path in [
		"/HOME/U/.SSH",
		"/home/u/../u/.ssh",
		"/home/u//.ssh/",
		"/srv/anywhere/.aws/credentials",
		"/proc/self/root/home/u/.ssh",
		"c:\\users\\U\\.Kube",
		"/System/Volumes/Data/Users/u/.gnupg",
		"/private/etc/ssh",
		"/var/run/secrets/kubernetes.io",
		"/mnt/c/Users/u/.azure",
		"\\\\wsl$\\Ubuntu\\home\\u",
	]
	credentials.deny == denied(path, "/server/mounts/0") with input as mounted(path)
}

test_hostile_a_link if {
	credentials.deny == denied("/srv/harmless", "/server/mounts/0") with input as linked("/srv/harmless", "/home/u/.ssh")
	credentials.deny == denied("/home/u/.ssh", "/server/mounts/0") with input as linked("/home/u/.ssh", "/srv/harmless")
}

test_params_absent_is_denied_all_the_same if {
	credentials.deny == denied("/home/u/.ssh", "/server/mounts/0") with input as mounted("/home/u/.ssh") with data.mcp.settings.params as {}
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
	"msg": sprintf("mount %q gives access to credentials", [path]),
	"path": place,
}}
