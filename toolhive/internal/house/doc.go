// Package house holds tests of what stands beside the code of this module: its
// Dockerfile, and the example for Kubernetes with ToolHive's custom resources.
package house
