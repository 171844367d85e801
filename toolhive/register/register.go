// Package register makes the ToolHive that imports it ask mcp-runner's policies.
package register

import "github.com/mcp-runner/mcp-runner/toolhive"

func init() { toolhive.Register(toolhive.Options{}) }
