// Package browser tests the page of 'mcp-runner audit -o html' in a real browser.
// It is a module of its own, so that nothing that drives browsers is needed to
// build mcp-runner. The tests build the command from the directory above.
package browser
