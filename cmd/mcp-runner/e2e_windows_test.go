package main_test

import (
	"os"

	"github.com/rogpeppe/go-internal/testscript"
)

// interrupt ends the process: Windows has no signal to send to one process.
func interrupt(p *os.Process) error { return p.Kill() }

// unreadable has no meaning on Windows, whose scripts do not use it.
func unreadable(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("unreadable files are a Unix test")
}
