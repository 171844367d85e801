// Package e2e tests thv-gated as it is built: against a daemon that notes what it
// is asked, and with the Docker Engine that CI starts.
package e2e
