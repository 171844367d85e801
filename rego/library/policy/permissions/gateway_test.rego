package mcp.policy.permissions.gateway_test

import data.mcp.lib
import data.mcp.policy.permissions.gateway

test_allowed_nothing if count(gateway.deny) == 0 with input as lib.input_with({})

test_allowed_other_hosts[host] if {
	some host in [
		"api.github.com", "hub.docker.com", "*.docker.com", "docker.internal", "172.17.0.2", "10.0.2.3", "192.168.1.1", "10.88.0.2", "host.example.com",
		"192.168.66.1",
	]
	count(gateway.deny) == 0 with input as asking([host])
}

test_allowed_without_the_gateway if {
	count(gateway.deny) == 0 with input as lib.input_with({"config": {"allow_docker_gateway": false}})
}

test_allowed_arguments[args] if {
	some args in [["--add-host", "db:10.1.2.3"], ["host-gateway"], ["--add-host=db:host-gateways"]]
	count(gateway.deny) == 0 with input as lib.input_with({"server": {"kind": "container", "command": {"args": args}}})
}

test_allowed_arguments_of_a_process if {
	count(gateway.deny) == 0 with input as lib.input_with({"server": {"kind": "process", "command": {"args": ["x:host-gateway"]}}})
}

test_denied_each_name[host] if {
	some host in [
		"docker.for.mac.host.internal", "docker.for.mac.localhost", "docker.for.win.host.internal", "docker.for.win.localhost",
		"gateway.docker.internal", "host-gateway", "host.containers.internal", "host.docker.internal", "host.k3d.internal", "host.lima.internal",
		"host.minikube.internal", "host.orb.internal", "host.rancher-desktop.internal", "kubernetes.docker.internal", "vm.docker.internal",
	]
	gateway.deny == denied(host) with input as asking(["api.github.com", host])
}

test_denied_each_address[host] if {
	some host in [
		"10.0.2.2", "10.88.0.1", "169.254.1.2", "172.17.0.1", "172.18.0.1", "192.168.5.2", "192.168.64.1", "192.168.65.2", "192.168.65.254",
		"192.168.106.1", "192.168.127.254", "0.250.250.254",
	]
	gateway.deny == denied(host) with input as asking(["api.github.com", host])
}

test_denied_what_covers_them[host] if {
	some host in ["*", "*.internal", "*.docker.internal", ".docker.internal", "host.*", "172.16.0.0/12", "0.0.0.0/0", "*-gateway"]
	gateway.deny == denied(host) with input as asking(["api.github.com", host])
}

test_denied_the_setting[value] if {
	some value in [true, "true", "yes", 1]
	gateway.deny == {{
		"msg": "allow_docker_gateway lets the server reach the machine that it runs on",
		"path": "/config/allow_docker_gateway",
	}} with input as lib.input_with({"config": {"allow_docker_gateway": value}})
}

test_denied_an_entry_of_the_command_line[args] if {
	some args in [
		["run", "--add-host", "db:host-gateway", "image"], ["run", "--add-host=db:host-gateway", "image"],
		["run", "--add-host", "db=HOST-GATEWAY", "image"],
	]
	gateway.deny == {{
		"msg": "--add-host with host-gateway lets the server reach the machine that it runs on",
		"path": "/server/command/args",
	}} with input as lib.input_with({"server": {"kind": "container", "command": {"args": args}}})
}

test_hostile_spellings[host] if {
	some host in [
		"HOST.docker.internal", "host.docker.internal.", "host.docker.internal:5432", "http://host.docker.internal/", "172.17.0.1:2375", "0xac110001",
		"172.17.1", "2886795265", "::ffff:172.17.0.1", "[::ffff:ac11:1]", "user@host.docker.internal", "172.17.0.1/32",
	]
	gateway.deny == denied(host) with input as asking(["api.github.com", host])
}

test_params_absent_is_denied_all_the_same if {
	gateway.deny == denied("172.17.0.1") with input as asking(["x.org", "172.17.0.1"]) with data.mcp.settings.params as {}
}

asking(hosts) := lib.input_with({"server": {"kind": "container", "permissions": {"network": {"outbound": {"hosts": hosts}}}}})

denied(host) := {{
	"msg": sprintf("host %q is, or covers, the machine that the container runs on", [host]),
	"path": "/server/permissions/network/outbound/hosts/1",
}}
