package docker

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// SetLocal makes e take its engine for one of this machine.
func (e *Engine) SetLocal(t *testing.T) {
	t.Helper()
	api, err := e.connect(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	api.local = true
}

// Owner is an owner, for tests.
type Owner struct{ o owner }

// Self is the owner that this process is.
func Self() Owner { return Owner{self()} }

// Known says that there is something to compare with.
func (o Owner) Known() bool {
	return o.o.host != "" && o.o.boot != "" && o.o.pid > 0 && o.o.started != ""
}

// Dead says whether this process takes o for dead.
func (o Owner) Dead() bool { return ownerOf(o.o.labels()).dead(self()) }

// With is o with the process that has the pid.
func (o Owner) With(pid int) Owner {
	started, _ := processStart(pid)
	return Owner{owner{host: o.o.host, boot: o.o.boot, pid: pid, started: started}}
}

// OtherStart and the others are o with one thing that differs.
func (o Owner) OtherStart() Owner { o.o.started += "0"; return o }
func (o Owner) OtherBoot() Owner  { o.o.boot += "0"; return o }
func (o Owner) OtherHost() Owner  { o.o.host += "0"; return o }
func (o Owner) NoStart() Owner    { o.o.started = ""; return o }

// Labels are those of what o has created.
func (o Owner) Labels() map[string]string { return o.o.labels() }
