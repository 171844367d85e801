//go:build !unix

package gate_test

import "testing"

// childFaults are the kinds of process that some faults need.
var childFaults []string

func runChild(t *testing.T, as string, _ []row) { t.Fatal("no other process runs cells here: ", as) }

func platformSourceFaults() []sourceFault { return nil }

func platformFaults() []fault { return nil }
