package main_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/moby/moby/client"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// onlyImage allows one image.
const onlyImage = "package mcp.policy.live\n\ndeny contains \"another image\" if input.server.image.%s != %q\n"

// judgedImage is server.image of the last decision in a log.
func judgedImage(t *testing.T, file string) (image struct{ ID, Digest string }) {
	t.Helper()
	stdout, _, code := command(t, "decisions", "-o", "json", "-n", "1", "--decision-log", file)
	require.Equal(t, 0, code)
	var record struct {
		Input struct {
			Server struct{ Image struct{ ID, Digest string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &record))
	return record.Input.Server.Image
}

// What the gate judges, by ID, is what runs.
func TestContainerOfTheJudgedImage(t *testing.T) {
	t.Parallel()
	image, id := serverImage(t)
	_, other := serverImage(t, "LABEL other=1")
	require.NotEqual(t, id, other)
	name, decisions := unique("judged"), filepath.Join(t.TempDir(), "decisions.jsonl")

	s, _ := session(t, gated(t, fmt.Sprintf(onlyImage, "id", id), "--decision-log", decisions, "--name", name, image))
	require.Equal(t, id, judgedImage(t, decisions).ID)
	require.Equal(t, id, serverOf(t, name).Image)
	require.NoError(t, s.Close())

	denied := gated(t, fmt.Sprintf(onlyImage, "id", other), "--name", name, image)
	_, err := connect(t.Context(), &mcp.CommandTransport{Command: stdioCommand(t, denied)})
	require.ErrorContains(t, err, "another image")
	require.Empty(t, containersOf(t, name))

	stdout, _, code := command(t, append([]string{"check", "-o", "json"}, denied[1:]...)...)
	require.Equal(t, 3, code)
	require.Contains(t, stdout, id, "check asks the engine too")
}

// A policy pins the digest of an image that only a registry has.
func TestContainerOfThePinnedDigest(t *testing.T) {
	t.Parallel()
	local, id := serverImage(t)
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	image := strings.TrimPrefix(server.URL, "http://") + "/e2e/" + unique("pinned") + ":1"
	api := enginetest.Client(t)
	_, err := api.ImageTag(t.Context(), client.ImageTagOptions{Source: local, Target: image})
	require.NoError(t, err)
	pushed, err := api.ImagePush(t.Context(), image, client.ImagePushOptions{RegistryAuth: "e30="})
	require.NoError(t, err)
	require.NoError(t, pushed.Wait(t.Context()))
	inspected, err := api.ImageInspect(t.Context(), image)
	require.NoError(t, err)
	require.Len(t, inspected.RepoDigests, 1)
	_, digest, _ := strings.Cut(inspected.RepoDigests[0], "@")
	byDigest := strings.TrimSuffix(image, ":1") + "@" + digest
	_, err = api.ImageRemove(t.Context(), image, client.ImageRemoveOptions{Force: true})
	require.NoError(t, err)
	t.Cleanup(func() {
		for _, name := range []string{image, byDigest} {
			_, err := api.ImageRemove(context.WithoutCancel(t.Context()), name, client.ImageRemoveOptions{Force: true})
			require.True(t, err == nil || errdefs.IsNotFound(err), "%v", err)
		}
	})
	has := func() bool {
		_, err := api.ImageInspect(t.Context(), byDigest)
		return err == nil
	}
	name, decisions := unique("pinned"), filepath.Join(t.TempDir(), "decisions.jsonl")

	denied := gated(t, fmt.Sprintf(onlyImage, "digest", "sha256:"+strings.Repeat("0", 64)), "--name", name, image)
	_, err = connect(t.Context(), &mcp.CommandTransport{Command: stdioCommand(t, denied)})
	require.ErrorContains(t, err, "another image")
	require.False(t, has(), "what is denied is not pulled")

	pinned := gated(t, fmt.Sprintf(onlyImage, "digest", digest), "--decision-log", decisions, "--name", name)
	for _, reference := range []string{image, byDigest} {
		s, _ := session(t, append(pinned, reference))
		require.Equal(t, digest, judgedImage(t, decisions).Digest)
		require.Equal(t, id, serverOf(t, name).Image)
		require.NoError(t, s.Close())
	}
}

func TestContainerIsNotPulled(t *testing.T) {
	t.Parallel()
	enginetest.Host(t)
	name, image := unique("never"), "127.0.0.1:1/e2e/"+unique("unknown")
	for _, pull := range []string{"never", "missing", "always"} {
		_, stderr, code := command(t, gated(t, allowPolicy, "--pull", pull, "--name", name, image)...)
		require.Equal(t, 1, code)
		require.Contains(t, stderr, image)
		require.Empty(t, containersOf(t, name))
	}
}

func TestContainerMounts(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	home, err := os.UserHomeDir()
	require.NoError(t, err)
	dir, err := os.MkdirTemp(home, "mcp-runner-e2e") // below it only its owner writes, unlike below /tmp
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	for _, sub := range []string{"read", "write"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, sub), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, sub, "file"), []byte("of the host"), 0o644))
	}
	profile := filepath.Join(t.TempDir(), "profile.json")
	profileJSON, err := json.Marshal(map[string][]string{
		"read": {filepath.Join(dir, "read") + ":/by-profile/read"}, "write": {filepath.Join(dir, "write") + ":/by-profile/write"},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(profile, profileJSON, 0o644))

	name := unique("mounts")
	s, _ := session(t, gated(t, allowPolicy, "--name", name, "--permission-profile", profile, "--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()),
		"-v", filepath.Join(dir, "read")+":/by-flag/read:ro", "-v", filepath.Join(dir, "write")+":/by-flag/write", image))
	for _, by := range []string{"/by-flag", "/by-profile"} {
		require.Equal(t, "of the host", tell(t, s, "read", by+"/read/file"))
		for _, file := range []string{"/file", "/new"} {
			_, err := ask(t, s, "write", by+"/read"+file)
			require.ErrorContains(t, err, "read-only file system")
		}
		tell(t, s, "write", by+"/write/file")
		data, err := os.ReadFile(filepath.Join(dir, "write", "file"))
		require.NoError(t, err)
		require.Equal(t, "by the server", string(data))
	}
	data, err := os.ReadFile(filepath.Join(dir, "read", "file"))
	require.NoError(t, err)
	require.Equal(t, "of the host", string(data))
	_, err = ask(t, s, "read", filepath.Join(dir, "write", "file"))
	require.Error(t, err, "nothing else of the host is there")
}

func TestContainerSecrets(t *testing.T) {
	t.Parallel()
	image, _ := serverImage(t)
	name, secret, canary := unique("secrets"), unique("hunter2"), unique("canary")
	s, _ := session(t, gated(t, allowPolicy, "--name", name, "--secret", "KEY,target=API_KEY", "-e", "FROM_HOST", "-e", "PLAIN=x", image),
		"MCP_RUNNER_SECRET_KEY="+secret, "FROM_HOST=copied", "CANARY="+canary)
	environment := tell(t, s, "environment", "")
	require.Contains(t, environment, "API_KEY="+secret)
	require.Contains(t, environment, "FROM_HOST=copied")
	require.Contains(t, environment, "PLAIN=x")
	require.NotContains(t, environment, canary)
	require.NotContains(t, environment, "MCP_RUNNER")

	c := serverOf(t, name)
	shown, err := json.Marshal([]any{c.Config.Labels, c.Path, c.Args, c.Config.Cmd, c.Config.Entrypoint, c.Name})
	require.NoError(t, err)
	require.NotContains(t, string(shown), secret)
	require.Contains(t, strings.Join(c.Config.Env, "\n"), secret, "the environment is where it is")
	require.Equal(t, "server", c.Config.Labels[docker.LabelRole])
}
