// Command thv-proxyrunner-gated is ToolHive's proxy runner, which creates the
// servers of a Kubernetes cluster, under mcp-runner's policies. A denial ends the
// process with code 1 and one line in its log, which has the whole reason.
package main

import (
	"github.com/stacklok/toolhive/cmd/thv-proxyrunner/app"

	_ "github.com/mcp-runner/mcp-runner/toolhive/register"
)

func main() { app.Run() }
