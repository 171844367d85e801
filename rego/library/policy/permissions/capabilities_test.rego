package mcp.policy.permissions.capabilities_test

import data.mcp.lib
import data.mcp.policy.permissions.capabilities

settings := {"permissions.capabilities": {"allowed": ["CHOWN", "cap_net_bind_service", "ALL"]}}

test_allowed_nothing if count(capabilities.deny) == 0 with input as lib.input_with({}) with data.mcp.settings.params as settings

test_allowed_what_is_listed[name] if {
	some name in ["CHOWN", "NET_BIND_SERVICE"]
	count(capabilities.deny) == 0 with input as adding([name]) with data.mcp.settings.params as settings
}

test_denied_each_with_what_it_gives[name] if {
	some name, what in {
		"ALL": "every right of root on the host",
		"AUDIT_CONTROL": "the audit of the host",
		"BPF": "programs in the kernel",
		"CHECKPOINT_RESTORE": "the memory of other processes",
		"DAC_READ_SEARCH": "every file of the host",
		"IPC_OWNER": "the memory that processes share",
		"LINUX_IMMUTABLE": "files that nobody may change",
		"MAC_ADMIN": "the rules of AppArmor and SELinux",
		"MAC_OVERRIDE": "a way around AppArmor and SELinux",
		"NET_ADMIN": "the network and its firewall",
		"PERFMON": "what every process does",
		"SYSLOG": "addresses of the kernel",
		"SYS_ADMIN": "mounts, namespaces and devices: nearly every right of root",
		"SYS_BOOT": "a new kernel",
		"SYS_MODULE": "modules in the kernel",
		"SYS_NICE": "the processor, away from other processes",
		"SYS_PACCT": "the accounting of processes",
		"SYS_PTRACE": "the memory of other processes",
		"SYS_RAWIO": "the disks and the memory of the host",
		"SYS_RESOURCE": "a way around all limits",
		"SYS_TIME": "the clock of the host",
		"SYS_TTY_CONFIG": "the terminals of the host",
		"WAKE_ALARM": "a right that no container has by itself",
	}
	capabilities.deny == denied(name, what, 1) with input as adding(["CHOWN", name]) with data.mcp.settings.params as settings
}

test_denied_each_by_its_place if {
	capabilities.deny == denied("BPF", "programs in the kernel", 0) | denied("SYS_BOOT", "a new kernel", 2) with input as adding(["BPF", "CHOWN", "SYS_BOOT"])
		with data.mcp.settings.params as settings
}

test_hostile_spellings_of_the_denied[name] if {
	some name in ["sys_admin", "CAP_SYS_ADMIN", "cap_sys_admin", "Cap_Sys_Admin"]
	capabilities.deny == denied("SYS_ADMIN", "mounts, namespaces and devices: nearly every right of root", 0) with input as adding([name])
		with data.mcp.settings.params as settings
}

test_hostile_spellings_of_the_allowed[name] if {
	some name in ["chown", "CAP_CHOWN", "cap_net_bind_service"]
	count(capabilities.deny) == 0 with input as adding([name]) with data.mcp.settings.params as settings
}

test_hostile_all_is_not_a_list[name] if {
	some name in ["all", "CAP_ALL"]
	capabilities.deny == denied("ALL", "every right of root on the host", 0) with input as adding([name]) with data.mcp.settings.params as settings
}

test_params_absent_is_denied if {
	capabilities.deny == denied("CHOWN", "a right that no container has by itself", 0) with input as adding(["CHOWN"]) with data.mcp.settings.params as {}
}

test_params_empty_is_denied if {
	capabilities.deny == denied("CHOWN", "a right that no container has by itself", 0) with input as adding(["CHOWN"])
		with data.mcp.settings.params as {"permissions.capabilities": {"allowed": []}}
}

adding(names) := lib.input_with({"server": {"permissions": {"capabilities": names}}})

denied(name, what, i) := {{
	"msg": sprintf("the server asks for the capability %s, which gives %s", [name, what]),
	"path": sprintf("/server/permissions/capabilities/%d", [i]),
}}
