package docker_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/moby/moby/api/types/registry"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// pullAuth returns the credentials that the engine gets for a pull from the registry.
func pullAuth(t testing.TB, reg string) registry.AuthConfig {
	t.Helper()
	e := newImageEngine(t)
	ref := reg + "/acme/x"
	e.pulled = func(string, string) string {
		e.has(idA, "", nil, []string{ref + "@" + digest1})
		return "{}"
	}
	_, err := docker.New(docker.Options{Host: e.Host}).EnsureImage(t.Context(),
		allowed(ref+":1", "", runner.ResolvedImage{ID: idA, Digest: digest1}))
	require.NoError(t, err)
	require.Len(t, e.auths, 1)
	return e.auths[0]
}

func TestCredentialsForAPull(t *testing.T) {
	const hubKey = "https://index.docker.io/v1/"
	ann, bob := auth("ann", "a:pass"), auth("bob", "b-pass")
	asAnn := func(server string) registry.AuthConfig {
		return registry.AuthConfig{Username: "ann", Password: "a:pass", ServerAddress: server}
	}
	for name, c := range map[string]struct {
		registry, config, environment string
		want                          registry.AuthConfig
	}{
		"nothing":                 {registry: "a.example", config: `{}`},
		"of another registry":     {registry: "a.example", config: `{"auths":{"b.example":` + bob + `}}`},
		"of a longer name":        {registry: "a.example", config: `{"auths":{"a.example.evil":` + bob + `,"https://x.a.example/v1/":` + bob + `}}`},
		"of another port":         {registry: "a.example", config: `{"auths":{"a.example:5000":` + bob + `}}`},
		"of the registry":         {registry: "a.example", config: `{"auths":{"a.example":` + ann + `,"b.example":` + bob + `}}`, want: asAnn("a.example")},
		"under an older name":     {registry: "a.example", config: `{"auths":{"https://a.example/v1/":` + ann + `}}`, want: asAnn("a.example")},
		"of the repository":       {registry: "a.example", config: `{"auths":{"a.example":` + bob + `,"a.example/acme":` + ann + `}}`, want: asAnn("a.example")},
		"of another repository":   {registry: "a.example", config: `{"auths":{"a.example/other":` + bob + `}}`},
		"of Docker Hub":           {registry: "docker.io", config: `{"auths":{"` + hubKey + `":` + ann + `}}`, want: asAnn(hubKey)},
		"of the environment":      {registry: "a.example", config: `{"auths":{"a.example":` + bob + `}}`, environment: `{"auths":{"a.example":` + ann + `}}`, want: asAnn("a.example")},
		"environment says others": {registry: "a.example", config: `{"auths":{"a.example":` + ann + `}}`, environment: `{"auths":{"b.example":` + bob + `}}`, want: asAnn("a.example")},
		"identity token": {registry: "a.example", config: `{"auths":{"a.example":{"identitytoken":"refresh"}}}`,
			want: registry.AuthConfig{IdentityToken: "refresh", ServerAddress: "a.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			noLogins(t)
			dockerConfig(t, c.config)
			t.Setenv("DOCKER_AUTH_CONFIG", c.environment)
			require.Equal(t, c.want, pullAuth(t, c.registry))
		})
	}
}

// Podman's file counts where there is none of the docker command.
func TestCredentialsOfPodman(t *testing.T) {
	noLogins(t)
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	write(t, filepath.Join(dir, "containers/auth.json"), `{"auths":{"a.example":`+auth("ann", "pass")+`}}`)
	require.Equal(t, "ann", pullAuth(t, "a.example").Username)
	write(t, filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json"), `{}`)
	require.Empty(t, pullAuth(t, "a.example"))
}

// credentialHelper puts a credential helper of that name in the place of PATH.
func credentialHelper(t testing.TB, name, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the helpers of these tests are shell scripts")
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "docker-credential-"+name), []byte("#!/bin/sh\n"+script), 0o700))
	t.Setenv("PATH", dir)
}

func TestCredentialHelper(t *testing.T) {
	noLogins(t)
	dockerConfig(t, `{"credsStore":"nowhere","credHelpers":{"a.example":"test"},"auths":{"a.example":`+auth("bob", "bob")+`}}`)
	credentialHelper(t, "test", `read -r server; [ "$1" = get ] && echo "{\"ServerURL\":\"$server\",\"Username\":\"of $server\",\"Secret\":\"pass\"}"`)
	require.Equal(t, registry.AuthConfig{Username: "of a.example", Password: "pass", ServerAddress: "a.example"}, pullAuth(t, "a.example"))

	credentialHelper(t, "test", `echo '{"Username":"<token>","Secret":"refresh"}'`)
	require.Equal(t, registry.AuthConfig{IdentityToken: "refresh", ServerAddress: "a.example"}, pullAuth(t, "a.example"))

	credentialHelper(t, "test", `echo 'credentials not found in native keychain'; exit 1`)
	require.Empty(t, pullAuth(t, "a.example"))
}

// A helper that does not work is no reason not to have a public image, and is
// named where the registry wants to know more.
func TestCredentialHelperThatDoesNotWork(t *testing.T) {
	noLogins(t)
	e, public, private := newImageEngine(t), newRegistry(t), newRegistry(t)
	for _, r := range []*testRegistry{public, private} {
		push(t, r.Address+"/acme/x:1")
	}
	private.protect(t, "Basic", "ann", "pass")
	for name, c := range map[string]struct{ helper, script, want string }{
		"not there":  {"gone", "", "the credential helper docker-credential-gone could not be run"},
		"fails":      {"test", "echo hunter2; echo hunter2 >&2; exit 3", "the credential helper docker-credential-test ended with exit status 3"},
		"no JSON":    {"test", "echo hunter2", "the credential helper docker-credential-test did not answer in JSON"},
		"not a name": {"../../bin/sh", "", "that is no name of a program"},
	} {
		t.Run(name, func(t *testing.T) {
			dockerConfig(t, `{"credsStore":"`+c.helper+`"}`)
			credentialHelper(t, "test", c.script)
			_, err := resolve(t, e, public.Address+"/acme/x:1", "")
			require.NoError(t, err)
			_, err = resolve(t, e, private.Address+"/acme/x:1", "")
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// An engine that repeats what it was shown does not get it into an error.
func TestPullErrorHasNoCredential(t *testing.T) {
	noLogins(t)
	dockerConfig(t, `{"auths":{"a.example":`+auth("ann", "hunter2")+`}}`)
	e := newImageEngine(t)
	e.pulled = func(string, string) string {
		return `{"errorDetail":{"message":"ann:hunter2 (` + base64.StdEncoding.EncodeToString([]byte("ann:hunter2")) + `) is not known"}}`
	}
	_, err := docker.New(docker.Options{Host: e.Host}).EnsureImage(t.Context(),
		allowed("a.example/acme/x:1", "", runner.ResolvedImage{Digest: digest1}))
	require.ErrorContains(t, err, "is not known")
	require.NotContains(t, err.Error(), "hunter2")
	require.False(t, strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte("ann:hunter2"))))
}

func TestConfigurationThatIsNone(t *testing.T) {
	noLogins(t)
	e, private := newImageEngine(t), newRegistry(t)
	push(t, private.Address+"/acme/x:1")
	private.protect(t, "Basic", "ann", "pass")
	dockerConfig(t, `{"auths":{"x":{"auth":"hunter2"}}}`)
	_, err := resolve(t, e, private.Address+"/acme/x:1", "")
	require.ErrorContains(t, err, "is not a configuration of the docker command")
	require.NotContains(t, err.Error(), "hunter2")
}
