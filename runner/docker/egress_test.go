package docker_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// recording is a daemon that knows which networks and containers were made and
// removed, and fails at one request.
type recording struct {
	mu             sync.Mutex
	made, failing  map[string]bool
	requests, gone []string
	// created is called where the container has been.
	created func()
	// image changes what is said about the image.
	image func(config map[string]any, layers *[]string)
	// lost is how often the image is gone when a container is made of it.
	lost int
}

func (d *recording) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v"), "/")
	what := r.Method + " " + path
	d.requests = append(d.requests, what)
	reply := func(code int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			panic(err)
		}
	}
	for f := range d.failing {
		if strings.HasPrefix(what, f) {
			reply(http.StatusInternalServerError, map[string]string{"message": "it fails"})
			return
		}
	}
	switch {
	case r.URL.Path == "/_ping" || path == "_ping":
		w.Header().Set("Api-Version", "1.41")
	case what == "GET info":
		reply(http.StatusOK, map[string]string{"Architecture": "x86_64"})
	case strings.HasPrefix(what, "GET images/"):
		name := strings.TrimSuffix(strings.TrimPrefix(path, "images/"), "/json")
		_, digest, _ := strings.Cut(name, ":")
		config := map[string]any{
			"Labels":     map[string]string{"io.github.mcp-runner.egress": digest},
			"Entrypoint": []string{"/mcp-runner", "egress"},
		}
		layers := []string{"sha256:" + digest}
		if d.image != nil {
			d.image(config, &layers)
		}
		reply(http.StatusOK, map[string]any{"Id": "sha256:1", "Config": config, "RootFS": map[string]any{"Layers": layers}})
	case what == "POST networks/create":
		var asked struct{ Name string }
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			panic(err)
		}
		d.made[asked.Name] = true
		reply(http.StatusCreated, map[string]string{"Id": asked.Name})
	case what == "GET networks":
		var networks []any
		for name := range d.made {
			networks = append(networks, map[string]any{"Name": name, "Driver": "bridge", "IPAM": map[string]any{"Config": []map[string]string{{"Subnet": "172.30.0.0/16", "Gateway": "172.30.0.1"}}}})
		}
		reply(http.StatusOK, networks)
	case what == "POST containers/create" && d.lost > 0:
		d.lost--
		reply(http.StatusNotFound, map[string]string{"message": "no such image"})
	case what == "POST containers/create":
		d.made[r.URL.Query().Get("name")] = true
		reply(http.StatusCreated, map[string]string{"Id": "egress"})
		if d.created != nil {
			w.(http.Flusher).Flush()
			d.created()
		}
	case strings.HasPrefix(what, "POST networks/"):
		reply(http.StatusOK, nil)
	case r.Method == http.MethodDelete:
		name := filepath.Base(path)
		d.gone = append(d.gone, name)
		if !d.made[name] {
			reply(http.StatusNotFound, map[string]string{"message": "none"})
			return
		}
		delete(d.made, name)
		w.WriteHeader(http.StatusNoContent)
	default:
		reply(http.StatusInternalServerError, map[string]string{"message": "not known"})
	}
}

// daemon serves d at a socket.
func daemon(t *testing.T, d http.Handler) *client.Client {
	t.Helper()
	dir, err := os.MkdirTemp("", "d")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	s := &http.Server{Handler: d}
	go func() { _ = s.Serve(l) }() // ends when the test closes it
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	c, err := client.New(client.WithHost("unix://" + l.Addr().String()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// TestFailureLeavesNothing holds that whatever fails on the way to a list of
// hosts, what was made before it is removed.
func TestFailureLeavesNothing(t *testing.T) {
	program := elfFile(t, 62, false)
	for _, failing := range []string{"POST networks/create", "GET networks", "POST containers/create", "POST networks/mcp-runner-inside", "POST containers/egress/attach"} {
		t.Run(strings.ReplaceAll(failing, "/", "-"), func(t *testing.T) {
			d := &recording{made: map[string]bool{}, failing: map[string]bool{failing: true}}
			_, err := docker.MakeNetwork(t.Context(), docker.New(docker.Options{}), daemon(t, d), docker.NetworkPlan{
				ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"example.com"}}, Binary: program,
			}, &container.HostConfig{}, &network.NetworkingConfig{})
			require.Error(t, err)
			require.Empty(t, d.made)
		})
	}
}

// TestEgressImageOfOthers holds that no other program keeps a list of hosts: the
// name and the label of the image anybody can give to one.
func TestEgressImageOfOthers(t *testing.T) {
	program := elfFile(t, 62, false)
	for name, change := range map[string]func(config map[string]any, layers *[]string){
		"label":         func(c map[string]any, _ *[]string) { delete(c, "Labels") },
		"program":       func(_ map[string]any, layers *[]string) { (*layers)[0] = "sha256:" + strings.Repeat("1", 64) },
		"another layer": func(_ map[string]any, layers *[]string) { *layers = append(*layers, (*layers)[0]) },
		"entrypoint":    func(c map[string]any, _ *[]string) { c["Entrypoint"] = []string{"/other"} },
		"variable":      func(c map[string]any, _ *[]string) { c["Env"] = []string{"GODEBUG=x"} },
		"argument":      func(c map[string]any, _ *[]string) { c["Cmd"] = []string{"x"} },
		"volume":        func(c map[string]any, _ *[]string) { c["Volumes"] = map[string]any{"/": map[string]any{}} },
	} {
		t.Run(name, func(t *testing.T) {
			d := &recording{made: map[string]bool{}, image: change}
			_, err := docker.MakeNetwork(t.Context(), docker.New(docker.Options{}), daemon(t, d), docker.NetworkPlan{
				ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"example.com"}}, Binary: program,
			}, &container.HostConfig{}, &network.NetworkingConfig{})
			require.ErrorContains(t, err, "is not one that mcp-runner made: remove it")
			require.NotContains(t, d.requests, "POST containers/create")
		})
	}
}

// TestFailureAfterTheEndOfTheContext holds that what was made is removed also
// where the start was given up.
func TestFailureAfterTheEndOfTheContext(t *testing.T) {
	d := &recording{made: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	d.created = cancel
	_, err := docker.MakeNetwork(ctx, docker.New(docker.Options{}), daemon(t, d), docker.NetworkPlan{
		ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"example.com"}}, Binary: elfFile(t, 62, false),
	}, &container.HostConfig{}, &network.NetworkingConfig{})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, d.gone, 3)
	require.Empty(t, d.made)
}

// TestImageIsRemovedMeanwhile holds that a server starts where another version
// removes the image that it has just found.
func TestImageIsRemovedMeanwhile(t *testing.T) {
	for lost, want := range []string{"attach", "attach", "no such image"} {
		d := &recording{made: map[string]bool{}, lost: lost, failing: map[string]bool{"POST containers/egress/attach": true}}
		_, err := docker.MakeNetwork(t.Context(), docker.New(docker.Options{}), daemon(t, d), docker.NetworkPlan{
			ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"example.com"}}, Binary: elfFile(t, 62, false),
		}, &container.HostConfig{}, &network.NetworkingConfig{})
		if want == "attach" { // so far it has come
			want = "unable to upgrade"
			require.Contains(t, d.requests, "POST containers/egress/attach", lost)
		}
		require.ErrorContains(t, err, want)
		require.Empty(t, d.made)
	}
}

func TestNetworksThatAreRefused(t *testing.T) {
	listed := runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"example.com"}}
	for name, c := range map[string]struct {
		plan docker.NetworkPlan
		want string
	}{
		"a URL":           {docker.NetworkPlan{ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"https://x.test"}}}, `allow_host: host "https://x.test": want a name such as`},
		"metadata":        {docker.NetworkPlan{ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"169.254.169.254"}}}, "it is never reached"},
		"a port":          {docker.NetworkPlan{ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"x.test"}, Ports: []int{0}}}, "allow_port: port 0: want 1 to 65535"},
		"target port":     {docker.NetworkPlan{ContainerNetwork: listed, Port: 65536}, "target_port: port 65536"},
		"another machine": {docker.NetworkPlan{ContainerNetwork: listed, Port: 80, Remote: true}, "needs a Docker Engine on this machine"},
		"other mode":      {docker.NetworkPlan{ContainerNetwork: runner.ContainerNetwork{Mode: "container:x"}}, "is not none, bridge or host"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &recording{made: map[string]bool{}}
			_, err := docker.MakeNetwork(t.Context(), docker.New(docker.Options{}), daemon(t, d), c.plan, &container.HostConfig{}, &network.NetworkingConfig{})
			require.ErrorContains(t, err, c.want)
			for _, request := range d.requests {
				require.NotContains(t, request, "POST")
			}
		})
	}
}

func TestSimpleNetworks(t *testing.T) {
	for name, c := range map[string]struct {
		plan  runner.ContainerNetwork
		mode  string
		hosts []string
	}{
		"none":             {runner.ContainerNetwork{Mode: runner.NetworkNone}, "none", nil},
		"host":             {runner.ContainerNetwork{Mode: runner.NetworkHost, Gateway: true}, "host", nil},
		"bridge":           {runner.ContainerNetwork{Mode: runner.NetworkBridge}, "mcp-runner-server-", nil},
		"bridge, the host": {runner.ContainerNetwork{Mode: runner.NetworkBridge, Gateway: true}, "mcp-runner-server-", []string{"host.docker.internal:host-gateway"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &recording{made: map[string]bool{}}
			host := &container.HostConfig{}
			n, err := docker.MakeNetwork(t.Context(), docker.New(docker.Options{}), daemon(t, d), docker.NetworkPlan{ContainerNetwork: c.plan}, host, &network.NetworkingConfig{})
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(host.NetworkMode), c.mode), host.NetworkMode)
			require.Equal(t, c.hosts, host.ExtraHosts)
			require.Empty(t, n.Env())
			_, err = n.Address(t.Context(), "x")
			require.ErrorContains(t, err, "does not listen")
			require.NoError(t, n.Close(t.Context()))
			require.NoError(t, n.Close(t.Context()))
			require.Empty(t, d.made)
		})
	}
}

// elfFile is a file with the head of a program for a machine, of which interp says
// that it needs a dynamic linker.
func elfFile(t *testing.T, machine byte, interp bool) string {
	t.Helper()
	head := make([]byte, 64+56)
	copy(head, "\x7fELF\x02\x01\x01")
	head[16], head[18], head[20] = 2, machine, 1 // executable, machine, version
	head[32], head[52], head[54], head[56] = 64, 64, 56, 1
	head[64] = 1 // PT_LOAD
	if interp {
		head[64] = 3
	}
	name := filepath.Join(t.TempDir(), "program")
	require.NoError(t, os.WriteFile(name, head, 0o755))
	return name
}

func TestProgramOfTheEgressContainer(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "x")
	require.NoError(t, os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o755))
	for name, c := range map[string]struct{ file, arch, want string }{
		"static":      {elfFile(t, 62, false), "amd64", ""},
		"arm64":       {elfFile(t, 183, false), "arm64", ""},
		"other":       {elfFile(t, 183, false), "amd64", "it is not for linux/amd64"},
		"not known":   {elfFile(t, 62, false), "../amd64", "it is not for linux/"},
		"dynamic":     {elfFile(t, 62, true), "amd64", "it is not static"},
		"no program":  {plain, "amd64", "it is no Linux program"},
		"a directory": {t.TempDir(), "amd64", "it is no file"},
		"beside us":   {"", "arm64x", "mcp-runner_linux_arm64x: take both from a release"},
	} {
		_, err := docker.EgressFile(c.file, c.arch)
		if c.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, c.want, name)
	}
}
