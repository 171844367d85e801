// Package toolhive is mcp-runner's policy gate for ToolHive: what ToolHive asks
// its own policy gates is answered by the same policies, from the same sources
// and with the same records as in mcp-runner.
//
// A distribution of ToolHive gets both gates with one line:
//
//	import _ "github.com/mcp-runner/mcp-runner/toolhive/register"
package toolhive
