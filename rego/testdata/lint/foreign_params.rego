# input: {"server": {"image": {"registry": "evil.example"}}}
# outcome: silent
# data: {"mcp": {"settings": {"params": {"images.other": {"registries": ["evil.example"]}, "foreign_params": {"registries": ["ghcr.io"]}}}}}
package mcp.policy.foreign_params

approved if input.server.image.registry in data.mcp.settings.params["images.other"].registries # want: foreign-params

deny contains "not approved" if not approved
