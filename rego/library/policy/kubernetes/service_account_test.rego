package mcp.policy.kubernetes.service_account_test

import data.mcp.lib
import data.mcp.policy.kubernetes.service_account

test_allowed_none if {
	count(service_account.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as params
	count(service_account.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as {}
}

test_allowed_others[name] if {
	some name in ["github-mcp", "defaults", "my-default", "administrator"]
	count(service_account.deny) == 0 with input as asking(name) with data.mcp.settings.params as params
}

test_denied_default if {
	service_account.deny == denied("default") with input as asking("default") with data.mcp.settings.params as params
	service_account.deny == denied("default") with input as asking("default")
		with data.mcp.settings.params as {"kubernetes.service_account": {"refused": []}}
}

test_denied_on_the_list[name] if {
	some name in ["admin", "cluster-admin"]
	service_account.deny == denied(name) with input as asking(name) with data.mcp.settings.params as params
}

test_hostile_spellings[name] if {
	some name in ["Default", " default", "default ", "ADMIN", "Cluster-Admin"]
	service_account.deny == denied(name) with input as asking(name) with data.mcp.settings.params as params
}

test_params_absent_denied[name] if {
	some name in ["default", "github-mcp"]
	service_account.deny == denied(name) with input as asking(name) with data.mcp.settings.params as {}
}

params := {"kubernetes.service_account": {"refused": ["admin", "CLUSTER-admin"]}}

asking(name) := lib.input_with({"server": {"kubernetes": {"service_account": name}}})

denied(name) := {{
	"msg": sprintf("the pod asks for the service account %q, which is not for servers", [name]),
	"path": "/server/kubernetes/service_account",
}}
