package docker_test

import (
	"context"
	"io"
	"runtime"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// A tag that moves between the question and the pull gets nothing else in: what
// policy was asked about runs, or nothing does.
func TestTagMovedBetweenQuestionAndPull(t *testing.T) {
	noLogins(t)
	containers, repo := movedEngine(t)
	image1, image2 := testImage(t, "one", "1001", runtime.GOARCH), testImage(t, "two", "1002", runtime.GOARCH)
	digest := enginetest.Push(t, repo+":1", image1)
	found, err := containers.ResolveImage(t.Context(), imageConfig(repo+":1", runner.PullAlways))
	require.NoError(t, err)
	require.Equal(t, &runner.ResolvedImage{Digest: digest, ID: imageID(t, image1), User: "1001"}, found)

	enginetest.Push(t, repo+":1", image2)
	id, err := containers.EnsureImage(t.Context(), allowed(repo+":1", runner.PullAlways, *found))
	require.NoError(t, err)
	require.Equal(t, imageID(t, image1), id)

	again, err := containers.ResolveImage(t.Context(), imageConfig(repo+":1", runner.PullAlways))
	require.NoError(t, err)
	require.Equal(t, imageID(t, image2), again.ID)
	pulled, err := containers.ResolveImage(t.Context(), imageConfig(repo+"@"+digest, runner.PullNever))
	require.NoError(t, err)
	require.Equal(t, &runner.ResolvedImage{Digest: digest, ID: imageID(t, image1), User: "1001", Local: true}, pulled)
	_, err = containers.ResolveImage(t.Context(), imageConfig(repo+"-other@"+digest, runner.PullMissing))
	require.ErrorContains(t, err, "has no such image", "the engine has it, under another repository")
}

func TestImageGoneBetweenQuestionAndPull(t *testing.T) {
	noLogins(t)
	containers, repo := movedEngine(t)
	image1 := testImage(t, "one", "1001", runtime.GOARCH)
	digest := enginetest.Push(t, repo+":1", image1)
	found, err := containers.ResolveImage(t.Context(), imageConfig(repo+":1", ""))
	require.NoError(t, err)

	deleteManifest(t, repo, digest)
	image2 := testImage(t, "two", "1002", runtime.GOARCH)
	enginetest.Push(t, repo+":1", image2)
	id, err := containers.EnsureImage(t.Context(), allowed(repo+":1", "", *found))
	require.ErrorContains(t, err, "pull of "+repo+"@"+digest)
	require.Empty(t, id)
	_, err = enginetest.Client(t).ImageInspect(t.Context(), imageID(t, image2))
	require.True(t, errdefs.IsNotFound(err), "nothing was pulled: %v", err)
}

// A local image without a digest is the one with its ID, whatever its tag becomes.
func TestLocalTagMovedAfterTheQuestion(t *testing.T) {
	noLogins(t)
	containers, _ := movedEngine(t)
	const name = "mcp-runner-test-moved:1"
	id1 := enginetest.Import(t, name, enginetest.Files(t, map[string]string{"file": "one"}), "USER 1001")
	found, err := containers.ResolveImage(t.Context(), imageConfig(name, ""))
	require.NoError(t, err)
	require.Equal(t, &runner.ResolvedImage{ID: id1, User: "1001", Local: true}, found)

	c := enginetest.Client(t)
	_, err = c.ImageTag(t.Context(), client.ImageTagOptions{Source: id1, Target: "mcp-runner-test-moved:kept"})
	require.NoError(t, err)
	done, err := c.ImageImport(t.Context(), client.ImageImportSource{Source: enginetest.Files(t, map[string]string{"file": "two"}), SourceName: "-"}, name, client.ImageImportOptions{})
	require.NoError(t, err)
	_, err = io.Copy(io.Discard, done)
	require.NoError(t, err)
	require.NoError(t, done.Close())
	now, err := c.ImageInspect(t.Context(), name)
	require.NoError(t, err)
	require.NotEqual(t, id1, now.ID)
	id, err := containers.EnsureImage(t.Context(), allowed(name, "", *found))
	require.NoError(t, err)
	require.Equal(t, id1, id)

	_, err = c.ImageRemove(context.WithoutCancel(t.Context()), "mcp-runner-test-moved:kept", client.ImageRemoveOptions{})
	require.NoError(t, err)
	_, err = containers.EnsureImage(t.Context(), allowed(name, "", *found))
	require.ErrorContains(t, err, "is no longer there")
}

// movedEngine returns a runtime over the engine for tests, and a repository on a
// registry that it can pull from.
func movedEngine(t *testing.T) (_ *docker.Engine, repository string) {
	t.Helper()
	host := enginetest.Host(t)
	repository = enginetest.Registry(t) + "/acme/moved"
	enginetest.RemoveImages(t, repository)
	return docker.New(docker.Options{Host: host}), repository
}

func deleteManifest(t testing.TB, repository, digest string) {
	t.Helper()
	repo, err := name.NewRepository(repository)
	require.NoError(t, err)
	require.NoError(t, remote.Delete(repo.Digest(digest), remote.WithContext(t.Context())))
}
