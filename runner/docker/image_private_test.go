package docker_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
)

// The digest is that of the content where a registry leaves it out.
func TestRegistryThatTellsNoDigest(t *testing.T) {
	noLogins(t)
	e, reg := newImageEngine(t), newRegistry(t)
	digest := enginetest.Push(t, reg.Address+"/acme/x:1", testImage(t, "1", "", "amd64"))
	reg.since(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v2+json")
			w.Header().Set("Content-Length", "100")
			return true
		}
		return false
	})
	found, err := resolve(t, e, reg.Address+"/acme/x:1", "")
	require.NoError(t, err)
	require.Equal(t, digest, found.Digest)
}

// protect lets only user:password in, by the scheme of the registry's challenge.
func (r *testRegistry) protect(t testing.TB, scheme, user, password string) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	want, challenge := basic, `Basic realm="registry"`
	if scheme == "Bearer" {
		want, challenge = "Bearer token-of-"+user, `Bearer realm="http://`+r.Address+`/token",service="registry"`
	}
	r.since(func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.URL.Path == "/token" && r.Header.Get("Authorization") == basic:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"token":"token-of-%s"}`, user)
			return true
		case r.URL.Path != "/token" && r.Header.Get("Authorization") == want:
			return false
		}
		w.Header().Set("WWW-Authenticate", challenge)
		http.Error(w, "{}", http.StatusUnauthorized)
		return true
	})
}

func dockerConfig(t testing.TB, json string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "config.json"), json)
	t.Setenv("DOCKER_CONFIG", dir)
}

func auth(user, password string) string {
	return `{"auth":"` + base64.StdEncoding.EncodeToString([]byte(user+":"+password)) + `"}`
}

func TestPrivateRegistries(t *testing.T) {
	noLogins(t)
	for _, scheme := range []string{"Basic", "Bearer"} {
		t.Run(scheme, func(t *testing.T) {
			e, a, b := newImageEngine(t), newRegistry(t), newRegistry(t)
			image := testImage(t, "1", "", "amd64")
			digest := enginetest.Push(t, a.Address+"/acme/x:1", image)
			enginetest.Push(t, b.Address+"/acme/x:1", image)
			a.protect(t, scheme, "ann", "pass-of-ann")
			b.protect(t, scheme, "bob", "pass-of-bob")

			dockerConfig(t, `{"auths":{"`+a.Address+`":`+auth("ann", "pass-of-ann")+`}}`)
			found, err := resolve(t, e, a.Address+"/acme/x:1", "")
			require.NoError(t, err)
			require.Equal(t, digest, found.Digest)

			_, err = resolve(t, e, b.Address+"/acme/x:1", "")
			require.ErrorContains(t, err, "log in with docker login "+b.Address)
			_, auths := b.seen()
			require.NotEmpty(t, auths)
			for _, shown := range auths {
				require.Empty(t, shown, "b has seen what is for a")
			}

			dockerConfig(t, `{"auths":{"`+a.Address+`":`+auth("ann", "wrong-pass")+`}}`)
			_, err = resolve(t, e, a.Address+"/acme/x:1", "")
			require.ErrorContains(t, err, "denies access")
			require.NotContains(t, err.Error(), "wrong-pass")
		})
	}
}

func push(t testing.TB, ref string) {
	t.Helper()
	enginetest.Push(t, ref, testImage(t, "1", "", "amd64"))
}
