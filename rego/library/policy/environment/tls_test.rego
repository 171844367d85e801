package mcp.policy.environment.tls_test

import data.mcp.lib
import data.mcp.policy.environment.tls

test_allowed_no_variable if {
	count(tls.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
}

test_allowed_other_variables[name] if {
	some name in ["SSL_CERT", "TLS_VERSION", "MY_SSLKEYLOGFILE", "SSL_VERIFY_DEPTH", "NODE_USE_SYSTEM_CA", ""]
	count(tls.deny) == 0 with input as literal(name, "0") with data.mcp.settings.params as params
}

test_allowed_listed_authorities[name] if {
	some name in names_of_authorities
	count(tls.deny) == 0 with input as literal(name, "/etc/ssl/cert.pem") with data.mcp.settings.params as params
}

test_allowed_checks_that_are_on[name] if {
	some name in names_of_checks
	every value in ["1", "on", "true", "yes", "TRUE"] {
		count(tls.deny) == 0 with input as literal(name, value) with data.mcp.settings.params as params
	}
}

test_allowed_exceptions_that_are_off[name] if {
	some name in names_of_exceptions
	every value in ["", "0", "false", "no", "off", "False"] {
		count(tls.deny) == 0 with input as literal(name, value) with data.mcp.settings.params as params
	}
}

test_allowed_from_host[name] if {
	some name in ["NODE_EXTRA_CA_CERTS", "JIRA_SSL_VERIFY"]
	given := {"environment.tls": {"authorities": [], "from_host": ["A", name]}}
	count(tls.deny) == 0 with input as environment([{"name": name, "source": "host"}]) with data.mcp.settings.params as given
}

test_denied_other_authorities[name] if {
	some name in names_of_authorities
	tls.deny == denied(name, 0) with input as literal(name, "/tmp/ca.pem") with data.mcp.settings.params as params
}

test_denied_checks_that_are_off[name] if {
	some name in names_of_checks
	every value in ["0", "false", "no", "off"] {
		tls.deny == denied(name, 0) with input as literal(name, value) with data.mcp.settings.params as params
	}
}

test_denied_exceptions_that_are_on[name] if {
	some name in names_of_exceptions
	every value in ["1", "true", "yes", "on"] {
		tls.deny == denied(name, 0) with input as literal(name, value) with data.mcp.settings.params as params
	}
}

# git looks only at whether the variable is there.
test_denied_whatever_the_value[name] if {
	some name in ["GIT_SSL_NO_VERIFY", "SSLKEYLOGFILE"]
	every value in ["", "0", "1", "false", "true", "/etc/ssl/cert.pem"] {
		tls.deny == denied(name, 0) with input as literal(name, value) with data.mcp.settings.params as params
	}
}

# Only what the runner copies may come from the host, and only by its name.
test_denied_unknown_value[name] if {
	some name, variable in {
		"secret": {"name": "SSL_CERT_FILE", "source": "secret"},
		"secret check": {"name": "PYTHONHTTPSVERIFY", "source": "secret"},
		"host": {"name": "SSL_CERT_DIR", "source": "host"},
		"host check": {"name": "JIRA_SSL_VERIFY", "source": "host"},
		"host exception": {"name": "IGNORE_SSL", "source": "host"},
		"literal": {"name": "SSL_CERT_FILE", "source": "literal", "value": "/tmp/ca.pem"},
		"replaced": {"name": "SSL_CERT_FILE", "source": "literal", "value": "/etc/ssl/cert.pem", "redacted": true},
		"replaced check": {"name": "PYTHONHTTPSVERIFY", "source": "literal", "value": "1", "redacted": true},
		"replaced check of a program": {"name": "JIRA_SSL_VERIFY", "source": "literal", "value": "1", "redacted": true},
		"replaced exception": {"name": "IGNORE_SSL", "source": "literal", "value": "0", "redacted": true},
	}
	given := {"environment.tls": {"authorities": ["/etc/ssl/cert.pem", ""], "from_host": ["SSL_CERT_FILE", "PYTHONHTTPSVERIFY"]}}
	tls.deny == denied(variable.name, 0) with input as environment([variable]) with data.mcp.settings.params as given
}

test_denied_each_place if {
	tls.deny == denied("NODE_TLS_REJECT_UNAUTHORIZED", 1) | denied("SSL_CERT_FILE", 2) with input as environment([
		{"name": "A", "source": "literal", "value": "b"},
		{"name": "NODE_TLS_REJECT_UNAUTHORIZED", "source": "literal", "value": "0"},
		{"name": "SSL_CERT_FILE", "source": "literal", "value": "/tmp/ca.pem"},
	])
		with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in [
		"node_tls_reject_unauthorized",
		"npm_config_strict-ssl",
		"Npm_Config_Strict_Ssl",
		"npm_config_cafile",
		"git_ssl_no_verify",
		"insecure-skip-verify",
		"Ssl_Cert_File",
		"pythonhttpsverify",
	]
	tls.deny == denied(name, 0) with input as literal(name, "x") with data.mcp.settings.params as params
}

# What one program takes for on, another does not.
test_hostile_values_of_checks[value] if {
	some value in ["", " ", "1 ", "00", "n", "never", "disable", "/etc/ssl/cert.pem", "<redacted>"]
	tls.deny == denied("JIRA_SSL_VERIFY", 0) with input as literal("JIRA_SSL_VERIFY", value) with data.mcp.settings.params as params
	tls.deny == denied("PYTHONHTTPSVERIFY", 0) with input as literal("PYTHONHTTPSVERIFY", value) with data.mcp.settings.params as params
}

test_hostile_values_of_exceptions[value] if {
	some value in [" ", "00", "no ", "y", "enable", "<redacted>"]
	tls.deny == denied("IGNORE_SSL", 0) with input as literal("IGNORE_SSL", value) with data.mcp.settings.params as params
}

# requests checks nothing where CURL_CA_BUNDLE is empty.
test_hostile_values_of_authorities[value] if {
	some value in ["", "1", "true", "0", "/etc/ssl/cert.pem/", "/etc/ssl/cert.pem/../../../tmp/ca.pem", "/ETC/ssl/cert.pem"]
	tls.deny == denied("CURL_CA_BUNDLE", 0) with input as literal("CURL_CA_BUNDLE", value) with data.mcp.settings.params as params
}

test_params_absent_denied if {
	tls.deny == denied("SSL_CERT_FILE", 0) with input as literal("SSL_CERT_FILE", "/etc/ssl/cert.pem") with data.mcp.settings.params as {}
	tls.deny == denied("SSL_CERT_FILE", 0) with input as environment([{"name": "SSL_CERT_FILE", "source": "host"}])
		with data.mcp.settings.params as {}
}

names_of_authorities := [
	"AWS_CA_BUNDLE",
	"BUNDLE_SSL_CA_CERT",
	"CARGO_HTTP_CAINFO",
	"CURL_CA_BUNDLE",
	"DENO_CERT",
	"GIT_SSL_CAINFO",
	"GIT_SSL_CAPATH",
	"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
	"HTTPLIB2_CA_CERTS",
	"NIX_SSL_CERT_FILE",
	"NODE_EXTRA_CA_CERTS",
	"NPM_CONFIG_CA",
	"NPM_CONFIG_CAFILE",
	"PIP_CERT",
	"REQUESTS_CA_BUNDLE",
	"SSL_CERT_DIR",
	"SSL_CERT_FILE",
	"YARN_HTTPS_CA_FILE_PATH",
]

names_of_checks := [
	"PYTHONHTTPSVERIFY",
	"SSL_VERIFICATION",
	"TLS_VERIFICATION",
	"JIRA_SSL_VERIFY",
	"SSL_VERIFY",
	"NPM_CONFIG_STRICT_SSL",
	"YARN_ENABLE_STRICT_SSL",
	"NODE_TLS_REJECT_UNAUTHORIZED",
	"TLS_VERIFY",
	"VERIFY_SSL",
	"GITLAB_VERIFY_TLS",
	"NOTION_SSL_VERIFY",
]

names_of_exceptions := [
	"IGNORE_SSL",
	"IGNORE_SSL_ERRORS",
	"INSECURE_SKIP_VERIFY",
	"ARGOCD_INSECURE_TLS",
	"SSL_INSECURE",
	"TLS_INSECURE",
	"TLS_SKIP_VERIFY",
	"SKIP_SSL_VERIFY",
	"KUBE_SKIP_TLS_VERIFY",
	"BYPASS_SSL_VERIFY",
	"DISABLE_STRICT_SSL",
	"IGNORE_TLS_VERIFY",
	"NO_VERIFY_SSL",
]

params := {"environment.tls": {"authorities": ["/opt/ca.pem", "/etc/ssl/cert.pem"], "from_host": []}}

environment(variables) := lib.input_with({"server": {"environment": variables}})

literal(name, value) := environment([{"name": name, "source": "literal", "value": value}])

denied(name, i) := {{
	"msg": sprintf("environment variable %s turns TLS checks off, or changes whom they believe", [name]),
	"path": sprintf("/server/environment/%d", [i]),
}}
