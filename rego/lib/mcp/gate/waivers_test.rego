package mcp.gate_test

import data.mcp.gate

digest := "sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa"

server := {
	"name": "search",
	"labels": [{"name": "team", "value": "a"}],
	"image": {"registry": "docker.io", "repository": "acme/search", "digest": digest, "pinned": false},
	"package": {"ecosystem": "npm", "name": "left-pad", "version": "1.3.0", "pinned": true},
	"command": {"sha256": "ab12", "args": ["-v", "x"]},
	"remote": {"url": "https://a.example/v1", "port": 443},
	"permissions": {"privileged": true},
}

waiver(given) := object.union(
	{
		"policy": "images.registry",
		"match": {"image": {"digest": digest}},
		"reason": "migration",
		"expires": "2026-06-01T00:00:00Z",
	},
	given,
)

# match is replaced whole, which object.union does not do.
waiver_on(match) := object.union(object.remove(waiver({}), ["match"]), {"match": match})

waived_question(waivers, policies) := {
	"policies": {name: entry(given) | some name, given in policies},
	"settings": {"enforcement": {}, "waivers": waivers},
	"input": {"server": server, "context": {"time": "2026-01-01T00:00:00.000Z"}},
}

denied := {"images.registry": {"deny": ["m"]}}

at(time, q) := object.union(q, {"input": {"context": {"time": time}}})

# --- what a waiver covers

test_a_waived_violation_stays_marked_and_does_not_block if {
	whole := waiver({"msg": "m", "ticket": "SEC-1", "approver": "alice@corp.example"})
	gate.decide(waived_question([whole], {"images.registry": {"deny": ["m"]}})) == {
		"allowed": true,
		"violations": [{
			"policy": "images.registry",
			"level": "deny",
			"msg": "m",
			"path": "",
			"severity": "medium",
			"title": "",
			"remediation": "",
			"links": [],
			"details": {},
			"waiver": whole,
		}],
		"warnings": [],
		"errors": [],
	}
}

test_what_is_not_waived_still_blocks if {
	d := gate.decide(waived_question([waiver({"msg": "m"})], {
		"images.registry": {"deny": ["m", "n", {"msg": "m", "path": "/server"}]},
		"images": {"deny": ["m"]},
		"images.registry.more": {"deny": ["m"]},
	}))
	d.allowed == false
	d.errors == []
	[[v.policy, v.msg, v.path] | some v in d.violations; v.waiver == null] == [
		["images", "m", ""],
		["images.registry", "n", ""],
		["images.registry.more", "m", ""],
	]
	count(d.violations) == 5
}

test_a_waiver_without_msg_covers_all_of_its_policy if {
	d := gate.decide(waived_question([waiver({})], {"images.registry": {"deny": ["m", "n"], "warn": ["o"]}}))
	d.allowed == true
	[v.level | some v in d.violations; v.waiver.reason == "migration"] == ["deny", "deny", "warn"]
}

test_every_level_is_marked[level] if {
	some level in ["deny", "warn", "audit"]
	d := gate.decide(with_enforcement(waived_question([waiver({})], denied), {"*": level}))
	d.allowed == true
	[v.level | some v in d.violations; v.waiver != null] == [level]
}

test_a_waiver_never_waives_an_error if {
	d := gate.decide(waived_question([waiver({})], {"images.registry": {"deny": ["m"], "error": "it broke"}}))
	d.allowed == false
	d.errors == [{"policy": "images.registry", "msg": "it broke"}]
	d.violations[0].waiver.reason == "migration"
}

test_what_matches[name] if {
	some name, match in {
		"a digest": {"image": {"digest": digest}},
		"with a name": {"name": "search", "image": {"digest": digest}},
		"with a list": {"labels": [{"name": "team", "value": "a"}], "image": {"digest": digest}},
		"with an empty string": {"image": {"digest": digest}, "command": {"args": ["-v", "x"]}},
		"with a boolean": {"image": {"digest": digest, "pinned": false}},
		"with a number": {"remote": {"url": "https://a.example/v1", "port": 443}},
		"a file": {"command": {"sha256": "ab12"}},
		"a pinned package": {"package": {"name": "left-pad", "version": "1.3.0"}},
	}
	d := gate.decide(waived_question([waiver_on(match)], denied))
	d.allowed == true
	d.errors == []
}

test_what_does_not_match[name] if {
	some name, match in {
		"another digest": {"image": {"digest": "sha256:00"}},
		"another name beside the digest": {"name": "searcher", "image": {"digest": digest}},
		"the beginning of a list": {"image": {"digest": digest}, "command": {"args": ["-v"]}},
		"a list in another order": {"image": {"digest": digest}, "command": {"args": ["x", "-v"]}},
		"an empty list": {"image": {"digest": digest}, "command": {"args": []}},
		"a member of a list in part": {"labels": [{"name": "team"}], "image": {"digest": digest}},
		"another case": {"image": {"digest": digest, "registry": "Docker.io"}},
		"another boolean": {"image": {"digest": digest}, "permissions": {"privileged": false}},
		"another number": {"remote": {"url": "https://a.example/v1", "port": 80}},
		"another type": {"image": {"digest": digest, "pinned": "false"}},
		"a scalar in the place of a list": {"image": {"digest": digest}, "command": {"args": "-v"}},
		"a string in the place of an object": {"image": {"digest": digest}, "command": "ab12"},
		"an object in the place of a string": {"image": {"digest": digest}, "name": {"is": "search"}},
		"null": {"image": {"digest": digest}, "name": null},
		"a field that the server lacks": {"image": {"digest": digest, "registri": "docker.io"}},
		"a key that is not a string": {"image": {"digest": digest, 1: "x"}},
	}
	d := gate.decide(waived_question([waiver_on(match)], denied))
	d.allowed == false
	d.errors == []
	d.warnings == []
	d.violations[0].waiver == null
}

test_a_package_pins_only_where_its_version_does if {
	match := {"package": {"name": "left-pad", "version": "1.3.0"}}
	ranged := [{"op": "replace", "path": "/input/server/package/pinned", "value": false}]
	gate.decide(json.patch(waived_question([waiver_on(match)], denied), ranged)).allowed == false
	with_file := object.union(match, {"command": {"sha256": "ab12"}})
	gate.decide(json.patch(waived_question([waiver_on(with_file)], denied), ranged)).allowed == true
}

test_of_several_the_one_that_ends_last_is_named if {
	first := waiver({"expires": "2026-03-01T12:00:00+02:00", "reason": "z"})
	last := waiver({"expires": "2026-03-01T11:00:00Z", "reason": "a"})
	over := waiver({"expires": "2025-03-01T11:00:00Z"})
	every waivers in [[first, last, over], [over, last, first], [last, over, first]] {
		gate.decide(waived_question(waivers, denied)).violations[0].waiver == last
	}
	same := waiver({"expires": "2026-03-01T11:00:00Z", "reason": "b"})
	every waivers in [[same, last], [last, same]] {
		gate.decide(waived_question(waivers, denied)).violations[0].waiver == same
	}
}

# --- time

test_the_moment_it_expires_it_is_over[name] if {
	some name, c in {
		"before": {"now": "2026-05-31T23:59:59.999Z", "expires": "2026-06-01T00:00:00Z", "allowed": true},
		"then": {"now": "2026-06-01T00:00:00.000Z", "expires": "2026-06-01T00:00:00Z", "allowed": false},
		"after": {"now": "2026-06-01T00:00:00.001Z", "expires": "2026-06-01T00:00:00Z", "allowed": false},
		"a later text, an earlier instant": {"now": "2026-05-31T22:30:00Z", "expires": "2026-06-01T00:00:00+02:00", "allowed": false},
		"an earlier text, a later instant": {"now": "2026-06-01T01:00:00Z", "expires": "2026-05-31T23:00:00-05:00", "allowed": true},
		"a fraction": {"now": "2026-06-01T00:00:00.000Z", "expires": "2026-06-01T00:00:00.000000001Z", "allowed": true},
	}
	d := gate.decide(at(c.now, waived_question([waiver({"expires": c.expires})], denied)))
	d.allowed == c.allowed
	d.errors == []
}

test_an_expired_waiver_is_a_warning_where_it_would_have_covered if {
	old := waiver({"expires": "2025-06-01T00:00:00Z", "ticket": "SEC-1"})
	d := gate.decide(waived_question([old], {"images.registry": {"deny": ["m", "n"]}}))
	d.allowed == false
	d.warnings == [`the waiver of "images.registry", ticket SEC-1, expired at 2025-06-01T00:00:00Z`]
	[v.waiver | some v in d.violations] == [null, null]

	untouched := [
		waived_question([old], {"images.registry": {}}),
		waived_question([object.union(old, {"msg": "other"})], denied),
		waived_question([object.union(old, {"match": {"name": "other"}})], denied),
	]
	every q in untouched { gate.decide(q).warnings == [] }

	renewed := gate.decide(waived_question([old, waiver({})], denied))
	renewed.allowed == true
	count(renewed.warnings) == 1

	without_ticket := gate.decide(waived_question([object.union(old, {"ticket": ""})], denied))
	without_ticket.warnings == [`the waiver of "images.registry" expired at 2025-06-01T00:00:00Z`]
}

test_a_waiver_of_an_absent_policy_is_a_warning if {
	d := gate.decide(waived_question([waiver({}), waiver({"policy": "images"})], denied))
	d.allowed == true
	d.warnings == [`settings: waiver of "images": there is no such policy`]
}

not_times := [
	"",
	"now",
	"2026-06-01",
	"2026-06-01T00:00:00",
	"2026-06-01 00:00:00Z",
	"2026-06-01t00:00:00z",
	"2026-06-01T00:00Z",
	"2026-06-01T24:00:00Z",
	"2026-06-01T00:60:00Z",
	"2026-06-01T00:00:60Z",
	"2026-06-01T00:00:00.Z",
	"2026-06-01T00:00:00,5Z",
	"2026-06-01T00:00:00.0000000001Z",
	"2026-06-01T00:00:00+24:00",
	"2026-06-01T00:00:00+02",
	"2026-06-01T00:00:00Z ",
	"2026-06-01T00:00:00Z\n",
	"2026-6-1T00:00:00Z",
	"2026-00-01T00:00:00Z",
	"2026-13-01T00:00:00Z",
	"2026-01-00T00:00:00Z",
	"2026-01-32T00:00:00Z",
	"2026-04-31T00:00:00Z",
	"2026-02-29T00:00:00Z",
	"2100-02-29T00:00:00Z",
	"2028-02-30T00:00:00Z",
	"1969-12-31T23:59:59Z",
	"2262-01-01T00:00:00Z",
	"9999-12-31T00:00:00Z",
	"12026-06-01T00:00:00Z",
	1780272000,
	true,
	null,
	["2026-06-01T00:00:00Z"],
]

test_what_is_no_time_waives_nothing if {
	every text in not_times {
		d := gate.decide(waived_question([waiver({"expires": text})], denied))
		d.allowed == false
		d.violations[0].waiver == null
		count(d.errors) > 0
		unknown := gate.decide(at(text, waived_question([waiver({})], denied)))
		unknown.allowed == false
		unknown.violations[0].waiver == null
		unknown.errors == [{"policy": "", "msg": "input.context.time is not a time as RFC 3339 writes it, and there are waivers"}]
	}
}

test_days_that_exist if {
	every text in [
		"2028-02-29T00:00:00Z",
		"2000-02-29T00:00:00Z",
		"2096-02-29T00:00:00Z",
		"2110-02-28T00:00:00Z",
		"2026-12-31T23:59:59.999999999-23:59",
		"2261-12-31T23:59:59-23:59",
		"1970-01-01T23:59:00+23:59",
	] {
		gate.instant(text) >= 0
	}
}

# --- malformed waivers

test_a_waiver_that_is_malformed_covers_nothing[name] if {
	pinless := "has a match that pins none of image.digest, command.sha256, package.name with version, and remote.url"
	untyped := "has a field that no waiver has"
	some name, c in {
		"null": {"waiver": null, "faults": ["is not an object"]},
		"a string": {"waiver": "images.registry", "faults": ["is not an object"]},
		"nothing in it": {"waiver": {}, "faults": [
			"has no expires, or one that is not a string or is empty",
			"has no match, or one that is not an object",
			"has no policy, or one that is not a string or is empty",
			"has no reason, or one that is not a string or is empty",
		]},
		"reason empty": {"waiver": waiver({"reason": ""}), "faults": ["has no reason, or one that is not a string or is empty"]},
		"policy a list": {"waiver": waiver({"policy": ["images.registry"]}), "faults": [
			"has no policy, or one that is not a string or is empty",
		]},
		"msg null": {"waiver": waiver({"msg": null}), "faults": ["has a field msg that is not of type string"]},
		"msg false": {"waiver": waiver({"msg": false}), "faults": ["has a field msg that is not of type string"]},
		"msg empty": {"waiver": waiver({"msg": ""}), "faults": ["has an empty msg"]},
		"ticket a number": {"waiver": waiver({"ticket": 7}), "faults": ["has a field ticket that is not of type string"]},
		"approver a list": {"waiver": waiver({"approver": []}), "faults": ["has a field approver that is not of type string"]},
		"another field": {"waiver": waiver({"policies": ["*"]}), "faults": [untyped]},
		"another field, not named by a string": {"waiver": waiver({1: "x"}), "faults": [untyped]},
		"match null": {"waiver": waiver_on(null), "faults": ["has no match, or one that is not an object"]},
		"match false": {"waiver": waiver_on(false), "faults": ["has no match, or one that is not an object"]},
		"match empty": {"waiver": waiver_on({}), "faults": [pinless, "has a match with an empty object"]},
		"an empty object in match": {"waiver": waiver_on({"image": {"digest": digest}, "command": {}}), "faults": [
			"has a match with an empty object",
		]},
		"no pin": {"waiver": waiver_on({"name": "search"}), "faults": [pinless]},
		"an empty pin": {"waiver": waiver_on({"image": {"digest": ""}}), "faults": [pinless]},
		"a package without a version": {"waiver": waiver_on({"package": {"name": "left-pad"}}), "faults": [pinless]},
		"a package with an empty version": {"waiver": waiver_on({"package": {"name": "left-pad", "version": ""}}), "faults": [pinless]},
		"a pin of another type": {"waiver": waiver_on({"image": {"digest": [digest]}}), "faults": [pinless]},
		"a pin that holds an object": {"waiver": waiver_on({"image": {"digest": {"is": digest}}}), "faults": [pinless]},
		"a pin in a string": {"waiver": waiver_on({"image": digest}), "faults": [pinless]},
		"a redacted value": {"waiver": waiver_on({"remote": {"url": "https://a.example/?key=<redacted>"}}), "faults": [
			"has a match on a redacted value",
		]},
		"a redacted value in a list": {
			"waiver": waiver_on({"image": {"digest": digest}, "command": {"args": ["--key=<redacted>"]}}),
			"faults": ["has a match on a redacted value"],
		},
	}
	d := gate.decide(waived_question([waiver({"policy": "b"}), c.waiver], denied))
	d.allowed == false
	d.violations[0].waiver == null
	[e.msg | some e in d.errors] == [concat(" ", ["settings.waivers: waiver 2", fault]) | some fault in c.faults]
}

test_waivers_that_are_no_list_cover_nothing if {
	every waivers in [null, true, false, 1, "x", {}, {"a": waiver({})}, {waiver({})}] {
		d := gate.decide(waived_question(waivers, denied))
		d.allowed == false
		d.errors == [{"policy": "", "msg": "settings.waivers is not a list"}]
		d.violations[0].waiver == null
	}
}

test_no_waivers_ask_for_no_time if {
	d := gate.decide(at("", waived_question([], {"a": {}})))
	d == {"allowed": true, "violations": [], "warnings": [], "errors": []}
}

test_a_waiver_for_an_input_without_a_server_covers_nothing[name] if {
	some name, given in {"nothing": {}, "a list": [], "a server that is none": {"server": "x", "context": "x"}}
	d := gate.decide(json.patch(
		waived_question([waiver({})], denied),
		[{"op": "replace", "path": "/input", "value": given}],
	))
	d.allowed == false
	count(d.errors) > 0
	d.violations[0].waiver == null
}
