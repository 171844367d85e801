package mcp.gate_test

import data.mcp.gate

test_a_question_that_is_malformed_allows_nothing[name] if {
	whole := question({"a": {}})
	some name, c in {
		"null": {"q": null, "errors": [["", "the question is not an object"]]},
		"a list": {"q": [whole], "errors": [["", "the question is not an object"]]},
		"a set": {"q": {"policies"}, "errors": [["", "the question is not an object"]]},
		"nothing in it": {"q": {}, "errors": [
			["", "input is missing or not an object"],
			["", "policies is missing or not an object"],
			["", "settings is missing or not an object"],
		]},
		"no policies": {"q": object.remove(whole, ["policies"]), "errors": [["", "policies is missing or not an object"]]},
		"no input": {"q": object.remove(whole, ["input"]), "errors": [["", "input is missing or not an object"]]},
		"no settings": {"q": object.remove(whole, ["settings"]), "errors": [["", "settings is missing or not an object"]]},
		"no policy": {"q": question({}), "errors": [["", "no policy loaded"]]},
		"policies a string": {"q": object.union(whole, {"policies": "a"}), "errors": [["", "policies is missing or not an object"]]},
		"policies a list": {"q": object.union(whole, {"policies": [entry({})]}), "errors": [
			["", "policies is missing or not an object"],
			["", "the name is not a string, or is empty"],
		]},
		"policy without a name": {"q": object.union(whole, {"policies": {"": entry({"deny": ["m"]})}}), "errors": [
			["", "the name is not a string, or is empty"],
		]},
		"silent policy without a name": {"q": object.union(whole, {"policies": {"": entry({})}}), "errors": [
			["", "the name is not a string, or is empty"],
		]},
		"silent policy named by a number": {"q": object.union(whole, {"policies": {1: entry({})}}), "errors": [
			["", "the name is not a string, or is empty"],
		]},
		"policy named by a number": {"q": object.union(whole, {"policies": {1: entry({"deny": ["m"]})}}), "errors": [
			["", "the name is not a string, or is empty"],
		]},
		"input null": {"q": object.union(whole, {"input": null}), "errors": [["", "input is missing or not an object"]]},
		"settings a list": {"q": object.union(whole, {"settings": []}), "errors": [["", "settings is missing or not an object"]]},
		"enforcement null": {"q": object.union(whole, {"settings": {"enforcement": null}}), "errors": [
			["", "settings.enforcement is not an object"],
		]},
		"enforcement a list": {"q": object.union(whole, {"settings": {"enforcement": ["deny"]}}), "errors": [
			["", "settings.enforcement is not an object"],
			["", "settings.enforcement: a name is not a string"],
		]},
		"enforcement of a number": {"q": object.union(whole, {"settings": {"enforcement": {1: "deny"}}}), "errors": [
			["", "settings.enforcement: a name is not a string"],
		]},
	}
	d := gate.decide(c.q)
	d.allowed == false
	[[e.policy, e.msg] | some e in d.errors] == c.errors
	count(d) == 4
	is_array(d.violations)
	is_array(d.warnings)
}

test_an_unknown_level_in_the_settings_allows_nothing[level] if {
	some level in ["Deny", "off", "", "*", null, true, 1, ["warn"], {"warn": "warn"}, {"warn"}]
	every key in ["a", "*", "zzz", "a.*"] {
		d := gate.decide(with_enforcement(question({"a": {"deny": ["m"]}}), {key: level}))
		d.allowed == false
		d.errors == [{
			"policy": "",
			"msg": sprintf("settings.enforcement: the level of %q is not deny, warn or audit", [key]),
		}]
		[v.level | some v in d.violations] == ["deny"]
	}
}

test_a_policy_that_is_malformed_allows_nothing[name] if {
	some name, c in {
		"null": {"entry": null, "errors": ["what was collected is not an object"]},
		"a list": {"entry": ["m"], "errors": ["what was collected is not an object"]},
		"a string": {"entry": "m", "errors": ["what was collected is not an object"]},
		"nothing in it": {"entry": {}, "errors": [
			"deny is missing or of a wrong type",
			"error is missing or of a wrong type",
			"metadata is missing or of a wrong type",
			"warn is missing or of a wrong type",
		]},
		"no deny": {"entry": object.remove(entry({}), ["deny"]), "errors": ["deny is missing or of a wrong type"]},
		"no warn": {"entry": object.remove(entry({}), ["warn"]), "errors": ["warn is missing or of a wrong type"]},
		"no error": {"entry": object.remove(entry({}), ["error"]), "errors": ["error is missing or of a wrong type"]},
		"no metadata": {"entry": object.remove(entry({}), ["metadata"]), "errors": ["metadata is missing or of a wrong type"]},
		"deny a boolean": {"entry": entry({"deny": false}), "errors": ["deny is missing or of a wrong type"]},
		"deny a string": {"entry": entry({"deny": "m"}), "errors": ["deny is missing or of a wrong type"]},
		"deny an object": {"entry": entry({"deny": {}}), "errors": ["deny is missing or of a wrong type"]},
		"warn null": {"entry": entry({"warn": null}), "errors": ["warn is missing or of a wrong type"]},
		"error null": {"entry": entry({"error": null}), "errors": ["error is missing or of a wrong type"]},
		"error a boolean": {"entry": entry({"error": false}), "errors": ["error is missing or of a wrong type"]},
		"metadata null": {"entry": entry({"metadata": null}), "errors": ["metadata is missing or of a wrong type"]},
		"metadata a list": {"entry": entry({"metadata": []}), "errors": ["metadata is missing or of a wrong type"]},
		"title": {"entry": entry({"metadata": {"title": 1}}), "errors": ["metadata: title is not a string"]},
		"description": {"entry": entry({"metadata": {"description": null}}), "errors": ["metadata: description is not a string"]},
		"remediation": {"entry": entry({"metadata": {"remediation": ["r"]}}), "errors": ["metadata: remediation is not a string"]},
		"severity": {"entry": entry({"metadata": {"severity": "High"}}), "errors": [
			"metadata: severity is not one of critical, high, low, medium",
		]},
		"severity null": {"entry": entry({"metadata": {"severity": null}}), "errors": [
			"metadata: severity is not one of critical, high, low, medium",
		]},
		"enforcement": {"entry": entry({"metadata": {"enforcement": "off"}}), "errors": [
			"metadata: enforcement is not one of audit, deny, warn",
		]},
		"links": {"entry": entry({"metadata": {"links": "https://a.example"}}), "errors": ["metadata: links is not a list"]},
		"links null": {"entry": entry({"metadata": {"links": null}}), "errors": ["metadata: links is not a list"]},
		"a link": {"entry": entry({"metadata": {"links": ["https://a.example", 1]}}), "errors": [
			"metadata: links has a member that is not a string",
		]},
	}
	every e in [c.entry, with_warning(c.entry)] {
		d := gate.decide({"policies": {"a": e, "b": entry({})}, "settings": {"enforcement": {"*": "audit"}}, "input": {}})
		d.allowed == false
		[f.msg | some f in d.errors] == c.errors
		{f.policy | some f in d.errors} == {"a"}
	}
}

# The same entry where it says something too, if it can.
with_warning(x) := object.union(x, {"warn": ["m"]}) if x.warn in [[], set()]

else := x

test_metadata_that_is_malformed_does_not_hide_a_violation if {
	d := gate.decide(question({"a": {"deny": ["m"], "metadata": {
		"title": 1,
		"severity": "none",
		"remediation": null,
		"enforcement": ["warn"],
		"links": [2, "https://a.example"],
	}}}))
	d.allowed == false
	d.violations == [{
		"policy": "a",
		"level": "deny",
		"msg": "m",
		"path": "",
		"severity": "medium",
		"title": "",
		"remediation": "",
		"links": ["https://a.example"],
		"details": {},
		"waiver": null,
	}]
}

test_a_member_that_is_malformed_is_an_error[name] if {
	some name, c in {
		"empty string": {"member": "", "fault": "is an empty string"},
		"number": {"member": 5, "fault": "is neither a string nor an object"},
		"boolean": {"member": true, "fault": "is neither a string nor an object"},
		"null": {"member": null, "fault": "is neither a string nor an object"},
		"list": {"member": ["m"], "fault": "is neither a string nor an object"},
		"set": {"member": {"m"}, "fault": "is neither a string nor an object"},
		"no msg": {"member": {}, "fault": "has no msg, or one that is not a string or is empty"},
		"msg empty": {"member": {"msg": ""}, "fault": "has no msg, or one that is not a string or is empty"},
		"msg null": {"member": {"msg": null}, "fault": "has no msg, or one that is not a string or is empty"},
		"msg list": {"member": {"msg": ["m"]}, "fault": "has no msg, or one that is not a string or is empty"},
		"path null": {"member": {"msg": "m", "path": null}, "fault": "has a field path that is not of type string"},
		"path list": {"member": {"msg": "m", "path": ["server"]}, "fault": "has a field path that is not of type string"},
		"path dotted": {"member": {"msg": "m", "path": "server.image"}, "fault": "has a path that is not a JSON Pointer"},
		"details list": {"member": {"msg": "m", "details": []}, "fault": "has a field details that is not of type object"},
		"details null": {"member": {"msg": "m", "details": null}, "fault": "has a field details that is not of type object"},
		"remediation": {"member": {"msg": "m", "remediation": false}, "fault": "has a field remediation that is not of type string"},
		"another field": {
			"member": {"msg": "m", "s3cr3t": "v"},
			"fault": "has a field other than msg, path, details and remediation",
		},
		"a level of its own": {
			"member": {"msg": "m", "level": "audit"},
			"fault": "has a field other than msg, path, details and remediation",
		},
		"another field, not named by a string": {
			"member": {"msg": "m", 1: "v"},
			"fault": "has a field other than msg, path, details and remediation",
		},
	}
	every set_name in ["deny", "warn"] {
		d := gate.decide(with_enforcement(question({"a": {set_name: [c.member]}}), {"a": "audit"}))
		d.allowed == false
		d.errors == [{"policy": "a", "msg": concat(" ", [set_name, "has a member that", c.fault])}]
		d.violations == []
	}
}

test_every_fault_of_every_member_is_told_once if {
	d := gate.decide(question({"b": {"warn": [7]}, "a": {"deny": [
		{"path": 1, "details": 2, "remediation": 3, "x": 4},
		{"path": 5},
		"m",
	]}}))
	d.errors == [
		{"policy": "a", "msg": "deny has a member that has a field details that is not of type object"},
		{"policy": "a", "msg": "deny has a member that has a field other than msg, path, details and remediation"},
		{"policy": "a", "msg": "deny has a member that has a field path that is not of type string"},
		{"policy": "a", "msg": "deny has a member that has a field remediation that is not of type string"},
		{"policy": "a", "msg": "deny has a member that has no msg, or one that is not a string or is empty"},
		{"policy": "b", "msg": "warn has a member that is neither a string nor an object"},
	]
	[v.msg | some v in d.violations] == ["m"]
}
