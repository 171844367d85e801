package mcp.policy.environment.loaders_test

import data.mcp.lib
import data.mcp.policy.environment.loaders

variable(name) := lib.input_with({"server": {"environment": [{"name": name, "source": "literal"}]}})

test_loader[name] if {
	some name in ["LD_PRELOAD", "NODE_OPTIONS", "node_options"]
	count(loaders.deny) == 1 with input as variable(name)
}

test_harmless if {
	count(loaders.deny) == 0 with input as variable("LOG_LEVEL")
}
