package mcp.lib_test

import data.mcp.lib

test_image_runs[name] if {
	some name, server in {
		"a reference": {"image": {"reference": "alpine"}},
		"a repository": {"image": {"repository": "library/alpine"}},
		"one that is not known": {"kind": "container"},
		"beside a package": {"image": {"reference": "alpine"}, "package": {"name": "a"}},
	}
	lib.image_runs(lib.input_with({"server": server}).server) == true
}

test_image_runs_not[name] if {
	some name, server in {
		"nothing": {},
		"a process": {"kind": "process"},
		"a remote server": {"kind": "remote"},
		"built on demand": {"kind": "container", "package": {"name": "a"}},
	}
	lib.image_runs(lib.input_with({"server": server}).server) == false
}

test_image_label if {
	lib.image_label({"reference": "alpine:3"}) == `"alpine:3"`
	lib.image_label({"reference": ""}) == "that cannot be read from its command line"
}

of(registry, repository) := {"registry": registry, "repository": repository}

prefixes := ["quay.io", "ghcr.io/acme", "docker.io/library/alpine/", "localhost:5000/x", "/", ""]

test_image_in[name] if {
	some name, image in {
		"the registry": of("quay.io", "a/b"),
		"the first part": of("ghcr.io", "acme/search"),
		"below it": of("ghcr.io", "acme/a/b"),
		"the whole": of("docker.io", "library/alpine"),
		"with a port": of("localhost:5000", "x"),
	}
	lib.image_in(image, prefixes) == true
}

test_image_not_in[name] if {
	some name, image in {
		"another registry": of("docker.io", "acme/search"),
		"a registry that begins alike": of("quay.io.evil.example", "a/b"),
		"a registry that ends alike": of("evilquay.io", "a/b"),
		"a part that begins alike": of("ghcr.io", "acme-evil/search"),
		"above": of("ghcr.io", "ac"),
		"the repository elsewhere": of("ghcr.io", "evil/acme"),
		"another port": of("localhost:5001", "x"),
		"none": of("", ""),
		"no registry": of("", "quay.io/a"),
		"one slash too many": of("ghcr.io/", "acme"),
	}
	lib.image_in(image, prefixes) == false
}

test_image_in_no_prefixes if lib.image_in(of("quay.io", "a"), []) == false
