package docker_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/enginetest"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// noEngine leaves nothing of the environment that names an engine.
func noEngine(t *testing.T) (configDir string) {
	t.Helper()
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_API_VERSION"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	return dir
}

// dockerContext writes a context of the docker command, with the files of its TLS
// material.
func dockerContext(t *testing.T, dir, name, host string, tls map[string][]byte) {
	t.Helper()
	sum := sha256.Sum256([]byte(name))
	id := hex.EncodeToString(sum[:])
	meta, err := json.Marshal(map[string]any{
		"Name": name, "Metadata": map[string]any{}, "Endpoints": map[string]any{"docker": map[string]any{"Host": host}},
	})
	require.NoError(t, err)
	write(t, filepath.Join(dir, "contexts/meta", id, "meta.json"), string(meta))
	for file, content := range tls {
		write(t, filepath.Join(dir, "contexts/tls", id, "docker", file), string(content))
	}
}

func write(t testing.TB, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
}

func TestPlacesOfAnEngine(t *testing.T) {
	usual := []string{
		"unix:///var/run/docker.sock", "unix:///run/user/7/docker.sock", "unix:///home/u/.docker/run/docker.sock",
		"unix:///run/user/7/podman/podman.sock", "unix:///run/podman/podman.sock",
	}
	for name, c := range map[string]struct {
		given, host, context, current string
		want                          []string
		err                           string
	}{
		"nothing named":                  {want: usual},
		"the address goes first":         {given: "unix:///a", host: "unix:///b", context: "lab", want: []string{"unix:///a of the address that was given"}},
		"DOCKER_HOST before any context": {host: "unix:///b", context: "lab", current: "lab", want: []string{"unix:///b of DOCKER_HOST"}},
		"DOCKER_CONTEXT":                 {context: "lab", current: "nowhere", want: []string{`unix:///lab of docker context "lab"`}},
		"current context":                {current: "lab", want: []string{`unix:///lab of docker context "lab"`}},
		"the default context":            {context: "default", current: "lab", want: usual},
		"a context that is not there":    {context: "nowhere", err: `docker context "nowhere": `},
		"a context that is a path":       {context: "../lab", err: `docker context "../lab": `},
		"no scheme":                      {host: "/var/run/docker.sock", err: "write unix:///PATH"},
		"a scheme of others":             {host: "http://127.0.0.1:2375", err: `"http" is not unix, tcp, ssh or npipe`},
		"ssh":                            {host: "ssh://me@build.example", want: []string{"ssh://me@build.example of DOCKER_HOST"}},
		"a password":                     {host: "ssh://me:hunter2@build.example", err: "has a password in it"},
		"a password for tcp":             {host: "tcp://me:hunter2@127.0.0.1:1", err: "has a password in it"},
		"a password that is no URL":      {host: "tcp://me:hunter2%zz@127.0.0.1:1", err: "is not of the form"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := noEngine(t)
			t.Setenv("HOME", "/home/u")
			t.Setenv("XDG_RUNTIME_DIR", "/run/user/7")
			dockerContext(t, dir, "lab", "unix:///lab", nil)
			write(t, filepath.Join(dir, "config.json"), `{"currentContext": "`+c.current+`"}`)
			t.Setenv("DOCKER_HOST", c.host)
			t.Setenv("DOCKER_CONTEXT", c.context)
			places, err := docker.Places(c.given)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				require.NotContains(t, err.Error(), "hunter2")
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, places)
		})
	}
}

func TestNoEngineAnswers(t *testing.T) {
	dir := noEngine(t)
	gone := filepath.Join(dir, "gone.sock")
	_, _, err := docker.New(docker.Options{Host: "unix://" + gone}).Connect(t.Context())
	require.ErrorIs(t, err, docker.ErrNoEngine)
	require.EqualError(t, err, "no Docker Engine and no Podman answers (unix://"+gone+" of the address that was given: no such file or directory): "+
		"start Docker or Podman, set DOCKER_HOST to the address of one that runs, "+
		"or run the server's package without a container, as npx://PACKAGE@VERSION, uvx://PACKAGE@VERSION or go://MODULE@VERSION")

	web := httptest.NewServer(nil)
	t.Cleanup(web.Close)
	_, _, err = docker.New(docker.Options{Host: "tcp://" + web.Listener.Addr().String()}).Connect(t.Context())
	require.ErrorIs(t, err, docker.ErrNoEngine)
}

// What listens and says nothing does not hold up a caller who has gone.
func TestConnectIsBoundedByItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "silent.sock")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, _, err = docker.New(docker.Options{Host: "unix://" + path}).Connect(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, time.Since(start), 5*time.Second)
}

func TestEngineTooOld(t *testing.T) {
	e := newImageEngine(t)
	_, _, err := docker.New(docker.Options{Host: e.listen("1.24")}).Connect(t.Context())
	require.ErrorContains(t, err, `speaks version "1.24" of the API, and 1.40 is the oldest that will do`)
	require.NotErrorIs(t, err, docker.ErrNoEngine)
}

func TestConnectAgainAfterAnError(t *testing.T) {
	e := newImageEngine(t)
	path := filepath.Join(t.TempDir(), "s")
	containers := docker.New(docker.Options{Host: "unix://" + path})
	_, _, err := containers.Connect(t.Context())
	require.ErrorIs(t, err, docker.ErrNoEngine)
	require.NoError(t, os.Symlink(strings.TrimPrefix(e.Host, "unix://"), path))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			local, platform, err := containers.Connect(t.Context())
			if err != nil || local || platform != "linux/amd64" {
				t.Error(local, platform, err)
			}
		})
	}
	wg.Wait()
}

func TestConnectWithTLS(t *testing.T) {
	dir := noEngine(t)
	e := newImageEngine(t)
	server := httptest.NewTLSServer(e.handler("1.41"))
	t.Cleanup(server.Close)
	host := "tcp://" + server.Listener.Addr().String()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})

	t.Run("of a context", func(t *testing.T) {
		dockerContext(t, dir, "lab", host, map[string][]byte{"ca.pem": ca})
		t.Setenv("DOCKER_CONTEXT", "lab")
		_, platform, err := docker.New(docker.Options{}).Connect(t.Context())
		require.NoError(t, err)
		require.Equal(t, "linux/amd64", platform)
	})
	t.Setenv("DOCKER_HOST", host)
	certs := t.TempDir()
	write(t, filepath.Join(certs, "ca.pem"), string(ca))
	t.Run("of the environment", func(t *testing.T) {
		t.Setenv("DOCKER_TLS_VERIFY", "1")
		t.Setenv("DOCKER_CERT_PATH", certs)
		_, _, err := docker.New(docker.Options{}).Connect(t.Context())
		require.NoError(t, err)
	})
	t.Run("certificates alone ask for verification too", func(t *testing.T) {
		t.Setenv("DOCKER_CERT_PATH", certs)
		_, _, err := docker.New(docker.Options{}).Connect(t.Context())
		require.NoError(t, err)
	})
	t.Run("no material", func(t *testing.T) {
		t.Setenv("DOCKER_TLS_VERIFY", "1")
		_, _, err := docker.New(docker.Options{}).Connect(t.Context())
		require.ErrorContains(t, err, "ca.pem")
	})
	t.Run("not asked for", func(t *testing.T) {
		_, _, err := docker.New(docker.Options{}).Connect(t.Context())
		require.ErrorIs(t, err, docker.ErrNoEngine)
	})
	t.Run("another authority", func(t *testing.T) {
		bad := t.TempDir()
		write(t, filepath.Join(bad, "ca.pem"), string(authority(t)))
		t.Setenv("DOCKER_CERT_PATH", bad)
		_, _, err := docker.New(docker.Options{}).Connect(t.Context())
		require.ErrorIs(t, err, docker.ErrNoEngine)
		require.ErrorContains(t, err, "certificate")
	})
}

// authority makes a certificate that has signed nothing.
func authority(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestConnectToARealEngine(t *testing.T) {
	host := enginetest.Host(t)
	local, platform, err := docker.New(docker.Options{Host: host}).Connect(t.Context())
	require.NoError(t, err)
	// The processes of another user cannot be looked at.
	if runtime.GOOS == "linux" && strings.HasPrefix(host, "unix://") && os.Geteuid() == 0 {
		require.True(t, local)
	}
	require.Regexp(t, "^linux/(amd64|arm64)$", platform)
}
