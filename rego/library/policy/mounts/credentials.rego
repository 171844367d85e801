# METADATA
# title: No access to the credentials of a person or of the system
# description: >-
#   A server that can read .ssh, .aws or .kube is everyone that those keys are: it can
#   log in to other machines, clouds and clusters, and nobody sees that it was not the
#   person. One tool that reads files, led by the text of a web page or an issue, is
#   enough to send them away. Directories that hold such files, up to the whole home,
#   count as well.
# related_resources:
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#local-mcp-server-compromise
#   - ref: https://modelcontextprotocol.io/specification/2025-11-25/basic/security_best_practices#scope-minimization
#   - ref: https://owasp.org/www-project-mcp-top-10/
#   - ref: https://attack.mitre.org/techniques/T1552/001/
# custom:
#   severity: critical
#   remediation: >-
#     Mount the directory of the project in place of the home (-v
#     /home/you/project:/project), and give the server a credential of its own with the
#     rights that it needs, as a secret: --secret NAME,target=VARIABLE. An agent for
#     keys is asked through its own socket, not through its files.
#   owasp: [MCP01, MCP10]
package mcp.policy.mounts.credentials

import data.mcp.lib

# Below the home of anybody.
in_homes := {
	# Shells of other machines, and what signs and decrypts.
	".ssh/",
	".gnupg/",
	".gnome2/keyrings/",
	".local/share/keyrings/",
	".local/share/kwalletd/",
	".password-store/",
	".config/sops/",
	".config/age/",
	".age/",
	# Clouds and clusters.
	".aws/",
	".azure/",
	".config/gcloud/",
	".boto/",
	".s3cfg/",
	".kube/",
	".oci/",
	".bluemix/",
	".aliyun/",
	".config/doctl/",
	".config/hcloud/",
	".fly/",
	".config/rclone/",
	".terraform.d/credentials.tfrc.json/",
	".terraformrc/",
	".vault-token/",
	".databrickscfg/",
	".snowflake/",
	".config/containers/auth.json/",
	".docker/config.json/",
	# Hosts, registries of packages, repositories.
	".netrc/",
	"_netrc/",
	".npmrc/",
	".yarnrc/",
	".yarnrc.yml/",
	".pypirc/",
	".config/pip/pip.conf/",
	".pip/pip.conf/",
	".cargo/credentials/",
	".cargo/credentials.toml/",
	".gem/credentials/",
	".m2/settings.xml/",
	".m2/settings-security.xml/",
	".gradle/gradle.properties/",
	".composer/auth.json/",
	".config/composer/auth.json/",
	".nuget/nuget.config/",
	".git-credentials/",
	".config/git/credentials/",
	".config/gh/",
	".config/glab-cli/",
	".config/hub/",
	".config/github-copilot/",
	".subversion/auth/",
	# Databases.
	".pgpass/",
	".my.cnf/",
	".mylogin.cnf/",
	".mongorc.js/",
	# Managers of passwords.
	".config/op/",
	".op/",
	".config/1password/",
	".config/bitwarden/",
	".config/bitwarden cli/",
	".config/keepassxc/",
	".1password/",
	# Models.
	".cache/huggingface/token/",
	".huggingface/token/",
	".claude/.credentials.json/",
	".codex/auth.json/",
	".gemini/oauth_creds.json/",
	# What was typed, and what a project keeps out of its repository.
	".bash_history/",
	".zsh_history/",
	".python_history/",
	".node_repl_history/",
	".psql_history/",
	".local/share/fish/fish_history/",
	".env/",
	# macOS.
	"library/keychains/",
	"library/group containers/2bua8c4s2c.com.1password/",
	"library/application support/1password/",
	"library/application support/bitwarden/",
	# Windows.
	"appdata/roaming/gcloud/",
	"appdata/roaming/gnupg/",
	"appdata/roaming/github cli/",
	"appdata/roaming/nuget/nuget.config/",
	"appdata/roaming/postgresql/",
	"appdata/roaming/bitwarden/",
	"appdata/roaming/microsoft/credentials/",
	"appdata/roaming/microsoft/protect/",
	"appdata/local/microsoft/credentials/",
	"appdata/local/microsoft/vault/",
	"appdata/local/1password/",
}

in_system := {
	"/etc/gshadow/",
	"/etc/krb5.keytab/",
	"/etc/kubernetes/",
	"/etc/rancher/",
	"/etc/shadow/",
	"/etc/ssh/",
	"/etc/ssl/private/",
	"/library/keychains/",
	"/run/secrets/",
	"/var/lib/kubelet/",
	"/var/lib/rancher/",
	"/c:/programdata/ssh/",
	"/c:/windows/system32/config/",
}

exposing contains found if {
	some found in lib.host_paths(input.server)
	lib.mounts_home(found, in_homes)
}

exposing contains found if {
	some found in lib.host_paths(input.server)
	lib.mounts_any(found, in_system)
}

deny contains {"msg": msg, "path": found.path} if {
	some found in exposing
	msg := sprintf("mount %q gives access to credentials", [found.source])
}
