package mcp.policy.secrets.host_test

import data.mcp.lib
import data.mcp.policy.secrets.host

test_allowed_no_variable if {
	count(host.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_other_names[name] if {
	some name in ["LOG_LEVEL", "JIRA_API_TOKEN", "GITHUB_PERSONAL_ACCESS_TOKEN", "MY_AWS_PROFILE", "MY_GITHUB_TOKEN", "AWS", ""]
	count(host.deny) == 0 with input as environment([{"name": name, "source": "host"}]) with data.mcp.settings.params as params
}

test_allowed_regions[name] if {
	some name in ["ARM_ENVIRONMENT", "AWS_DEFAULT_REGION", "AWS_REGION", "aws_region"]
	count(host.deny) == 0 with input as environment([{"name": name, "source": "host"}]) with data.mcp.settings.params as params
}

# A secret was given to this server, and what is written down is for others to judge.
test_allowed_other_sources[source] if {
	some source in ["secret", "literal"]
	count(host.deny) == 0 with input as environment([
		{"name": "GITHUB_TOKEN", "source": source},
		{"name": "AWS_PROFILE", "source": source},
	])
		with data.mcp.settings.params as params
}

test_allowed_server_on_the_list if {
	count(host.deny) == 0 with input as server("ghcr.io", "github/github-mcp-server") with data.mcp.settings.params as listed
}

test_denied_each_name[name] if {
	some name in [
		"DBUS_SESSION_BUS_ADDRESS",
		"DOCKER_CONFIG",
		"GNUPGHOME",
		"GPG_AGENT_INFO",
		"KRB5CCNAME",
		"KUBECONFIG",
		"NETRC",
		"PGPASSFILE",
		"SSH_AGENT_PID",
		"SSH_AUTH_SOCK",
		"XAUTHORITY",
		"CARGO_REGISTRY_TOKEN",
		"GH_ENTERPRISE_TOKEN",
		"GH_TOKEN",
		"GITHUB_TOKEN",
		"GITLAB_TOKEN",
		"NODE_AUTH_TOKEN",
		"NPM_TOKEN",
		"PYPI_TOKEN",
		"TWINE_PASSWORD",
		"CLOUDFLARE_API_KEY",
		"CLOUDFLARE_API_TOKEN",
		"CONSUL_HTTP_TOKEN",
		"DIGITALOCEAN_ACCESS_TOKEN",
		"FLY_API_TOKEN",
		"GOOGLE_APPLICATION_CREDENTIALS",
		"HCLOUD_TOKEN",
		"HEROKU_API_KEY",
		"NOMAD_TOKEN",
		"VAULT_TOKEN",
		"VERCEL_TOKEN",
		"BW_SESSION",
		"OP_SERVICE_ACCOUNT_TOKEN",
		"ANTHROPIC_API_KEY",
		"ANTHROPIC_AUTH_TOKEN",
		"GEMINI_API_KEY",
		"HF_TOKEN",
		"OPENAI_API_KEY",
		"DATABASE_URL",
		"MYSQL_PWD",
		"PGPASSWORD",
		"ARM_CLIENT_SECRET",
		"AWS_SECRET_ACCESS_KEY",
		"AWS_PROFILE",
		"AZURE_CLIENT_SECRET",
		"MCP_RUNNER_SECRET_GITHUB",
		"OP_SESSION_my",
		"TF_TOKEN_app_terraform_io",
	]
	host.deny == denied(name, 0) with input as environment([{"name": name, "source": "host"}]) with data.mcp.settings.params as params
}

test_denied_each_place if {
	host.deny == denied("AWS_PROFILE", 1) | denied("GITHUB_TOKEN", 2) with input as environment([
		{"name": "A", "source": "host"},
		{"name": "AWS_PROFILE", "source": "host"},
		{"name": "GITHUB_TOKEN", "source": "host"},
		{"name": "GITHUB_TOKEN", "source": "secret"},
	])
		with data.mcp.settings.params as params
}

test_denied_another_variable if {
	given := {"secrets.host": {"allowed": [{"variable": "GH_TOKEN", "server": "image:ghcr.io/github/github-mcp-server"}]}}
	host.deny == denied("GITHUB_TOKEN", 0) with input as server("ghcr.io", "github/github-mcp-server") with data.mcp.settings.params as given
}

test_hostile_spellings[name] if {
	some name in ["github_token", "Aws_Profile", "ssh-auth-sock", "mcp_runner_secret_x"]
	host.deny == denied(name, 0) with input as environment([{"name": name, "source": "host"}]) with data.mcp.settings.params as params
}

# A server is not on the list by what it calls itself.
test_hostile_servers[name] if {
	some name, c in {
		"another owner": {"registry": "ghcr.io", "repository": "evil/github-mcp-server"},
		"another registry": {"registry": "docker.io", "repository": "github/github-mcp-server"},
		"longer": {"registry": "ghcr.io", "repository": "github/github-mcp-server/x"},
		"nothing": {"registry": "", "repository": ""},
	}
	host.deny == denied("GITHUB_TOKEN", 0) with input as server(c.registry, c.repository) with data.mcp.settings.params as listed
}

test_params_absent_denied if {
	host.deny == denied("GITHUB_TOKEN", 0) with input as server("ghcr.io", "github/github-mcp-server") with data.mcp.settings.params as {}
}

params := {"secrets.host": {"allowed": []}}

listed := {"secrets.host": {"allowed": [
	{"variable": "A", "server": "npm:a"},
	{"variable": "GITHUB_TOKEN", "server": "image:ghcr.io/github/github-mcp-server"},
]}}

environment(variables) := lib.input_with({"server": {"environment": variables}})

server(registry, repository) := lib.input_with({"server": {
	"name": "image:ghcr.io/github/github-mcp-server",
	"kind": "container",
	"image": {"registry": registry, "repository": repository},
	"environment": [{"name": "GITHUB_TOKEN", "source": "host"}],
}})

denied(name, i) := {{
	"msg": sprintf("environment variable %s would give the server credentials of this machine", [name]),
	"path": sprintf("/server/environment/%d", [i]),
}}
