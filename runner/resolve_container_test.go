package runner_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
)

// imageOfUser is a container runtime whose image names a user.
type imageOfUser struct {
	runner.ContainerRuntime
	user string
}

func (i imageOfUser) ResolveImage(context.Context, *runner.RunConfig) (*runner.ResolvedImage, error) {
	return &runner.ResolvedImage{ID: "sha256:1", User: i.user}, nil
}

// The user that an image names is in the one spelling that policies compare with,
// or it is refused, unless the config names another.
func TestResolveUserOfImage(t *testing.T) {
	resolve := func(image, config string) (string, error) {
		cfg := &runner.RunConfig{SchemaVersion: runner.CurrentSchemaVersion, Image: "x:1", Container: &runner.ContainerOptions{User: config}}
		got, err := runner.New(runner.Options{Containers: imageOfUser{user: image}}).Resolve(t.Context(), cfg)
		if err != nil {
			return "", err
		}
		return got.Resolved.Container.User, nil
	}
	for image, want := range map[string]string{"": runner.DefaultContainerUser, "root": "root", "0": "0", "app:staff": "app:staff", "1000:0": "1000:0"} {
		got, err := resolve(image, "")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, image := range []string{"00", "+0", "-0", "0 ", " root", "root\n", ":0", "1000:00", "4294967296"} {
		_, err := resolve(image, "")
		require.ErrorContains(t, err, "name another one (--user, container.user)", image)
		got, err := resolve(image, "7")
		require.NoError(t, err)
		require.Equal(t, "7", got)
	}
}
