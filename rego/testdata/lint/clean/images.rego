package mcp.policy.clean_images

import input.server.image as image

# Forms that look like traps and are none.

approved_registries := {"ghcr.io", "registry.corp.example"}

approved if image.registry in approved_registries

approved if endswith(image.registry, ".corp.example")

approved if startswith(image.reference, "ghcr.io/acme/")

approved if regex.match(`^(ghcr\.io|quay\.io)/acme/[a-z0-9/-]+$`, image.reference)

approved if glob.match("ghcr.io/acme/*", ["/"], image.reference)

container if input.server.kind == "container"

deny contains {"msg": msg, "path": "/server/image/registry"} if {
	container
	not approved
	msg := sprintf("image %q (%s) is not approved", [image.reference, image.registry])
}

deny contains {"msg": "the image is not pinned", "path": "/server/image"} if {
	container
	not image.pinned
}

deny contains {"msg": "no digest", "path": "/server/image/digest"} if {
	container
	image.digest == ""
}

deny contains "latest moves" if {
	container
	image.tag in {"latest", "main", "edge", ""}
	not image.pinned
}

deny contains "a test image" if contains(image.repository, "test")

deny contains "docker.io" if regex.match("docker.io", image.registry)

deny contains msg if {
	container
	[organisation | organisation := split(image.repository, "/")[0]] != ["acme"]
	msg := "not of our organisation"
}

deny contains msg if {
	container
	parts := split(image.repository, "/")
	count(parts) == 2
	parts[0] != "library"
	msg := sprintf("%s is not official", [image.repository])
}

deny contains msg if {
	digests := {d | d := image.digest; d != ""}
	count(digests) == 0
	container
	msg := sprintf("image %v has none of %d digests", [image.reference, count(digests)])
}
