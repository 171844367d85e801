package docker_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// An engine gives the labels of an image to each of its containers, so whoever
// makes an image can write ours there, and so does docker commit. A container that
// somebody else made of it is none of ours: it is not shown, stopped or removed.
func TestEngineLabelsOfImage(t *testing.T) {
	labels := docker.Self().OtherBoot().Labels() // of an owner that is dead
	maps.Copy(labels, map[string]string{
		docker.LabelRole: "server", docker.LabelName: "theirs", docker.LabelContainer: "mcp-runner-theirs-1",
		docker.LabelDecision: "", docker.LabelSpecification: "",
	})
	var changes []string
	for name, value := range labels {
		changes = append(changes, fmt.Sprintf("LABEL %s=%q", name, value))
	}
	image := probeImage(t, changes...)
	api := enginetest.Client(t)
	made, err := api.ContainerCreate(t.Context(), client.ContainerCreateOptions{
		Config:     &container.Config{Image: image, Cmd: []string{"wait"}},
		HostConfig: &container.HostConfig{NetworkMode: "none"},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := api.ContainerRemove(context.WithoutCancel(t.Context()), made.ID, client.ContainerRemoveOptions{Force: true})
		require.NoError(t, err)
	})
	_, err = api.ContainerStart(t.Context(), made.ID, client.ContainerStartOptions{})
	require.NoError(t, err)

	e := probeEngine(t)
	// A start removes what dead owners have left. Of the same image, ours is ours.
	cancel, ended := running(t, e, probeConfig(t, image, "wait"))
	listed, err := e.List(t.Context())
	require.NoError(t, err)
	var names []string
	for _, c := range listed {
		require.NotEqual(t, made.ID, c.ID)
		names = append(names, c.Name)
	}
	require.Contains(t, names, "probe")
	require.ErrorContains(t, e.Stop(t.Context(), made.ID, time.Second), "is no server of mcp-runner")
	require.ErrorContains(t, e.Logs(t.Context(), made.ID, false, io.Discard), "is no server of mcp-runner")
	got, err := api.ContainerInspect(t.Context(), made.ID, client.ContainerInspectOptions{})
	require.NoError(t, err)
	require.True(t, got.Container.State.Running)
	cancel()
	<-ended
	requireNothingLeft(t)
}
