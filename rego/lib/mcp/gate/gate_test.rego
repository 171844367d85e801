package mcp.gate_test

import data.mcp.gate

# A question with the policies given, which lack only what does not matter to the test.
question(policies) := {
	"policies": {name: entry(given) | some name, given in policies},
	"settings": {"enforcement": {}},
	"input": {},
}

entry(given) := object.union({"deny": [], "warn": [], "error": "", "metadata": metadata}, given)

metadata := {"title": "", "description": "", "severity": "", "remediation": "", "enforcement": "", "links": []}

with_enforcement(q, enforcement) := object.union(q, {"settings": {"enforcement": enforcement}})

# --- the verdict

test_policies_that_say_nothing_allow if {
	gate.decide(question({"a": {}, "b.c": {"deny": set(), "warn": set()}})) == {
		"allowed": true,
		"violations": [],
		"warnings": [],
		"errors": [],
	}
}

test_settings_may_lack_enforcement if {
	gate.decide({"policies": {"a": entry({})}, "settings": {}, "input": {}}).allowed == true
}

test_a_violation_has_every_field if {
	gate.decide(question({"images.registry": {
		"deny": [{"msg": "m", "path": "/server/image", "details": {"k": [1]}, "remediation": "r of the member"}],
		"metadata": {
			"title": "t",
			"description": "d",
			"severity": "critical",
			"remediation": "r",
			"enforcement": "",
			"links": ["https://a.example", "https://b.example"],
		},
	}})) == {
		"allowed": false,
		"violations": [{
			"policy": "images.registry",
			"level": "deny",
			"msg": "m",
			"path": "/server/image",
			"severity": "critical",
			"title": "t",
			"remediation": "r of the member",
			"links": ["https://a.example", "https://b.example"],
			"details": {"k": [1]},
			"waiver": null,
		}],
		"warnings": [],
		"errors": [],
	}
}

test_a_string_is_a_member if {
	gate.decide({
		"policies": {"a": {"deny": ["m"], "warn": [], "error": "", "metadata": {}}},
		"settings": {"enforcement": {}},
		"input": {},
	}) == {
		"allowed": false,
		"violations": [{
			"policy": "a",
			"level": "deny",
			"msg": "m",
			"path": "",
			"severity": "medium",
			"title": "",
			"remediation": "",
			"links": [],
			"details": {},
			"waiver": null,
		}],
		"warnings": [],
		"errors": [],
	}
}

test_the_remediation_of_the_metadata_stands_in if {
	d := gate.decide(question({"a": {"deny": ["m", {"msg": "n"}], "metadata": {"remediation": "r"}}}))
	[v.remediation | some v in d.violations] == ["r", "r"]
}

test_sorted_by_policy_msg_path_level if {
	d := gate.decide(question({
		"b": {"deny": ["m"]},
		"a": {
			"deny": [{"msg": "n", "path": "/b"}, {"msg": "n", "path": "/a"}, {"msg": "n", "path": "/a", "details": {"x": 1}}, "m"],
			"warn": [{"msg": "n", "path": "/a"}, "z"],
		},
	}))
	[[v.policy, v.msg, v.path, v.level, v.details] | some v in d.violations] == [
		["a", "m", "", "deny", {}],
		["a", "n", "/a", "deny", {}],
		["a", "n", "/a", "deny", {"x": 1}],
		["a", "n", "/a", "warn", {}],
		["a", "n", "/b", "deny", {}],
		["a", "z", "", "warn", {}],
		["b", "m", "", "deny", {}],
	]
}

test_equal_members_collapse if {
	d := gate.decide(question({"a": {"deny": ["m", {"msg": "m"}, {"msg": "m", "path": ""}, {"msg": "m", "details": {}}]}}))
	count(d.violations) == 1
}

test_members_that_become_equal_collapse if {
	q := question({"a": {"deny": ["m"], "warn": ["m"]}})
	[v.level | some v in gate.decide(q).violations] == ["deny", "warn"]
	[v.level | some v in gate.decide(with_enforcement(q, {"a": "warn"})).violations] == ["warn"]
}

# --- levels

test_level_of_a_deny_member[name] if {
	some name, c in {
		"nothing said": {"want": "deny", "own": "", "enforcement": {}},
		"its own": {"want": "audit", "own": "audit", "enforcement": {}},
		"its own beside others": {"want": "warn", "own": "warn", "enforcement": {"b": "audit"}},
		"star over its own": {"want": "deny", "own": "audit", "enforcement": {"*": "deny"}},
		"star": {"want": "warn", "own": "", "enforcement": {"*": "warn"}},
		"prefix over star": {"want": "audit", "own": "", "enforcement": {"*": "warn", "network.*": "audit"}},
		"longest prefix": {"want": "audit", "own": "", "enforcement": {"network.*": "warn", "network.egress.*": "audit"}},
		"exact over prefix": {"want": "deny", "own": "warn", "enforcement": {"network.egress.*": "warn", "network.egress.hosts": "deny"}},
		"prefix of what is below": {"want": "deny", "own": "", "enforcement": {"network.egress.hosts.*": "audit"}},
		"prefix without a dot": {"want": "deny", "own": "", "enforcement": {"net*": "audit"}},
		"prefix within a segment": {"want": "deny", "own": "", "enforcement": {"network.e*": "audit"}},
		"segment that only begins alike": {"want": "deny", "own": "", "enforcement": {"net.*": "audit"}},
		"parents exactly": {"want": "deny", "own": "", "enforcement": {"network": "audit", "network.egress": "audit"}},
		"suffix": {"want": "deny", "own": "", "enforcement": {"*.hosts": "audit"}},
		"two stars": {"want": "deny", "own": "", "enforcement": {"*.*": "audit"}},
	}
	policies := {"network.egress.hosts": {"deny": ["m"], "metadata": {"enforcement": c.own}}}
	d := gate.decide(with_enforcement(question(policies), c.enforcement))
	[v.level | some v in d.violations] == [c.want]
	d.allowed == {c.want} != {"deny"}
	d.errors == []
}

test_a_prefix_is_not_its_own_member if {
	d := gate.decide(with_enforcement(question({"network": {"deny": ["m"]}}), {"network.*": "audit"}))
	d.allowed == false
	d.violations[0].level == "deny"
}

test_level_of_a_warn_member[name] if {
	some name, c in {
		"nothing said": {"want": "warn", "own": "", "enforcement": {}},
		"deny": {"want": "warn", "own": "deny", "enforcement": {"a": "deny"}},
		"warn": {"want": "warn", "own": "", "enforcement": {"a": "warn"}},
		"audit": {"want": "audit", "own": "", "enforcement": {"a": "audit"}},
		"its own audit": {"want": "audit", "own": "audit", "enforcement": {}},
	}
	policies := {"a": {"warn": ["m"], "metadata": {"enforcement": c.own}}}
	d := gate.decide(with_enforcement(question(policies), c.enforcement))
	[v.level | some v in d.violations] == [c.want]
	d.allowed == true
}

test_an_error_denies_at_every_level[level] if {
	some level in ["deny", "warn", "audit"]
	d := gate.decide(with_enforcement(
		question({"a": {"error": "a.rego:3: it broke", "deny": ["m"]}, "b": {}}),
		{"*": level},
	))
	d.allowed == false
	d.errors == [{"policy": "a", "msg": "a.rego:3: it broke"}]
	[v.level | some v in d.violations] == [level]
}

test_an_error_of_a_policy_that_says_nothing_denies if {
	d := gate.decide(question({"a": {"error": "a.rego:3: it broke"}}))
	d.allowed == false
	d.errors == [{"policy": "a", "msg": "a.rego:3: it broke"}]
}

# --- warnings

test_a_setting_for_an_absent_policy_is_a_warning if {
	q := question({"a.b": {}})
	gate.decide(with_enforcement(q, {"*": "warn", "a.*": "warn", "a.b": "warn"})).warnings == []
	d := gate.decide(with_enforcement(q, {"a": "deny", "a.b.*": "deny", "c": "warn"}))
	d.warnings == [
		`settings: enforcement of "a": there is no such policy`,
		`settings: enforcement of "a.b.*": there is no such policy`,
		`settings: enforcement of "c": there is no such policy`,
	]
	d.allowed == true
}

# --- policies that said nothing and are not given

test_names_stand_for_policies_that_say_nothing[name] if {
	some name, names in {"a set": {"a", "b.c"}, "a list": ["a", "b.c"]}
	q := object.union(question({"a": {}}), {"names": names, "settings": {"enforcement": {"a": "deny", "b.c": "warn", "b.*": "warn", "*": "deny", "c": "deny", "c.*": "deny"}}})
	decision := gate.decide(q)
	decision.allowed == true
	decision.warnings == [
		"settings: enforcement of \"c\": there is no such policy",
		"settings: enforcement of \"c.*\": there is no such policy",
	]
}

test_names_alone_are_policies if {
	gate.decide(object.union(question({}), {"names": ["a"]})).allowed == true
}

test_no_names_are_no_policies[name] if {
	some name, names in {"a set": set(), "a list": []}
	gate.decide(object.union(question({}), {"names": names})).errors == [{"policy": "", "msg": "no policy loaded"}]
}

test_names_of_another_type_are_errors if {
	gate.decide(object.union(question({"a": {}}), {"names": "a"})).errors == [{"policy": "", "msg": "names is not a list"}]
	gate.decide(object.union(question({"a": {}}), {"names": ["a", 1]})).errors == [{"policy": "", "msg": "names has a member that is not a string"}]
}

test_a_waiver_of_a_policy_that_says_nothing_is_none_of_an_absent_one if {
	q := object.union(question({}), {
		"names": ["a"], "settings": {"waivers": [
			{"policy": "a", "match": {"image": {"digest": "d"}}, "reason": "r", "expires": "2100-01-01T00:00:00Z"},
			{"policy": "b", "match": {"image": {"digest": "d"}}, "reason": "r", "expires": "2100-01-01T00:00:00Z"},
		]},
		"input": {"context": {"time": "2026-01-01T00:00:00Z"}},
	})
	gate.decide(q).warnings == ["settings: waiver of \"b\": there is no such policy"]
}
