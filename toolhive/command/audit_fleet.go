package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/stacklok/toolhive/pkg/container"
	rt "github.com/stacklok/toolhive/pkg/container/runtime"
	"github.com/stacklok/toolhive/pkg/labels"
	"github.com/stacklok/toolhive/pkg/process"
	"github.com/stacklok/toolhive/pkg/workloads"
	"github.com/stacklok/toolhive/pkg/workloads/statuses"
)

// fleet is what runs. It is asked of the container engine: ToolHive's own list
// writes while it reads, leaves out what it cannot read, and calls a workload
// policy_stopped whose restart was denied and whose container still runs.
type fleet interface {
	// Containers are those of servers, running or not.
	Containers(ctx context.Context) ([]rt.ContainerInfo, error)
	// ProxyRuns reports whether the proxy of a workload runs.
	ProxyRuns(ctx context.Context, name string) (bool, error)
	// Stop returns nil where the workload runs no more.
	Stop(ctx context.Context, name string) error
}

// stopWait is for how long a proxy that was told to end may take.
const stopWait = 10 * time.Second

// runtimeFleet is the fleet of this machine.
type runtimeFleet struct {
	runtime  rt.Runtime
	statuses statuses.StatusManager
	stopper  workloads.Manager
}

// connect returns what runs on this machine, or an error where no container
// engine answers.
func connect(ctx context.Context) (fleet, error) {
	runtime, err := container.NewFactory().Create(ctx)
	if err != nil {
		return nil, err
	}
	f := &runtimeFleet{runtime: runtime}
	if f.statuses, err = statuses.NewStatusManager(runtime); err != nil {
		return nil, err
	}
	f.stopper, err = workloads.NewManagerFromRuntime(runtime)
	return f, err
}

func (f *runtimeFleet) Containers(ctx context.Context) ([]rt.ContainerInfo, error) {
	return f.runtime.ListWorkloads(ctx)
}

func (f *runtimeFleet) ProxyRuns(ctx context.Context, name string) (bool, error) {
	pid, err := f.statuses.GetWorkloadPID(ctx, name)
	if err != nil {
		return false, err
	}
	return proxyRuns(pid)
}

// proxyRuns reports whether a process is a proxy of ToolHive's: the number of one
// that has ended may be that of another process by now. 0 is none.
func proxyRuns(pid int) (bool, error) {
	if pid <= 0 {
		return false, nil
	}
	if runs, err := process.FindProcess(pid); err != nil || !runs {
		return false, err
	}
	return process.IsToolHiveProxyForWorkload(pid, "")
}

// Stop looks afterwards: ToolHive says of a container that is paused, and of much
// that went wrong, that it was stopped.
func (f *runtimeFleet) Stop(ctx context.Context, name string) error {
	pid, err := f.statuses.GetWorkloadPID(ctx, name)
	if err != nil {
		return err
	}
	wait, err := f.stopper.StopWorkloads(ctx, []string{name})
	if err != nil {
		return err
	}
	if err := wait(); err != nil {
		return err
	}
	containers, err := f.Containers(ctx)
	if err != nil {
		return err
	}
	for _, c := range containers {
		if workloadName(c) == name && mayRun(c) {
			return fmt.Errorf("container %s still runs", c.Name)
		}
	}
	return awaitEnd(ctx, pid)
}

// awaitEnd waits for the process of a proxy.
func awaitEnd(ctx context.Context, pid int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, stopWait, errors.New("its proxy still runs"))
	defer cancel()
	for {
		if runs, err := proxyRuns(pid); err != nil || !runs {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// workloadName is what ToolHive calls the workload of a container.
func workloadName(c rt.ContainerInfo) string {
	for _, name := range []string{labels.GetContainerBaseName(c.Labels), labels.GetContainerName(c.Labels)} {
		if name != "" {
			return name
		}
	}
	return c.Name
}

// mayRun reports whether a container runs, or is about to. To ToolHive one that is
// paused is stopped, and one that was only made is starting.
func mayRun(c rt.ContainerInfo) bool {
	switch c.State {
	case rt.WorkloadStatusStopped, rt.WorkloadStatusRemoving:
		return strings.HasPrefix(c.Status, "Up ")
	case rt.WorkloadStatusStarting:
		return c.Status != "Created"
	default:
		return true
	}
}
