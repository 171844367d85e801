# input: {"server": {"image": {"registry": "evil.example"}}}
# data: {"mcp": {"settings": {"params": {"images.other": {"registries": ["evil.example"]}, "foreign_params": {"registries": ["ghcr.io"]}}}}}
package mcp.policy.foreign_params

approved if input.server.image.registry in data.mcp.settings.params.foreign_params.registries

deny contains "not approved" if not approved
