package docker_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

func TestListedHostsAndNothingElse(t *testing.T) {
	f := newFixture(t)
	target, netID := f.target(t)
	n, p := f.network(t, docker.NetworkPlan{
		ContainerNetwork: runner.ContainerNetwork{
			Mode: runner.NetworkListed, Hosts: []string{"Listed.Test", "*.below.test", "meta.test", "gateway.test"}, Ports: []int{80, 443, 8443},
		},
		Hosts: []string{
			"listed.test:" + target.String(), "a.below.test:" + target.String(), "unlisted.test:" + target.String(),
			"meta.test:169.254.169.254",
		},
	})
	f.join(t, n, netID)

	want := map[string]string{
		"get http://listed.test/":               "200 reached listed.test",
		"get https://listed.test/":              "200 reached listed.test",
		"get https://listed.test:8443/":         "200 reached listed.test:8443",
		"proxy http://listed.test/":             "200 reached listed.test",
		"proxy https://listed.test/":            "200 reached listed.test",
		"proxy https://listed.test:8443/":       "200 reached listed.test:8443",
		"proxy http://a.below.test/":            "200 reached a.below.test",
		"proxy https://a.below.test/":           "200 reached a.below.test",
		"proxy http://listed.test:8080/":        "403 ",
		"proxy http://unlisted.test/":           "403 ",
		"proxy https://unlisted.test/":          "error: Forbidden",
		"proxy http://below.test/":              "403 ",
		"proxy http://meta.test/":               "403 of its address",
		"proxy http://169.254.169.254/":         "403 ",
		"proxy http://" + target.String() + "/": "403 ",
		"get http://unlisted.test/":             "error: ",
		"get http://" + target.String() + "/":   "error: ",
		"get http://169.254.169.254/":           "error: ",
		"tcp 1.1.1.1:53":                        "error: ",
		"dig unlisted.test@1.1.1.1:53":          "error: ",
		"lookup unlisted.test":                  "error: ",
		"lookup example.org":                    "error: ",
	}
	for line, got := range p.tryAll(t, slices.Collect(maps.Keys(want))...) {
		require.True(t, strings.HasPrefix(got, want[line]), "%s: got %q, want %q", line, got, want[line])
	}
	// The engine's own name server knows nobody else to ask.
	require.True(t, strings.HasPrefix(p.try(t, "dig example.org@127.0.0.11:53"), "NXDOMAIN []"))
	require.NotContains(t, p.try(t, "resolv"), "search")
	egressAddress := strings.TrimSuffix(strings.TrimPrefix(n.Env()[0], "HTTP_PROXY=http://"), ":3128")
	for name, want := range map[string]string{
		"listed.test": egressAddress, "LISTED.test.": egressAddress, "x.y.below.test": egressAddress,
		"below.test": "NXDOMAIN []", "unlisted.test": "NXDOMAIN []", "listed.test.example.org": "NXDOMAIN []",
	} {
		require.Contains(t, p.try(t, "dig "+name+"@"+egressAddress+":53"), want, name)
	}
}

// TestMachineIsNotReached holds that what listens on all addresses of the machine
// is reached neither at the gateway of the server's network nor at any other.
func TestMachineIsNotReached(t *testing.T) {
	f := newFixture(t)
	var lc = new(http.Server)
	l := listenAll(t)
	lc.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the machine") })
	go func() { _ = lc.Serve(l) }() // ends when the test closes it
	t.Cleanup(func() { require.NoError(t, lc.Close()) })
	_, port, _ := strings.Cut(strings.ReplaceAll(l.Addr().String(), "[::]", ""), ":")

	_, netID := f.target(t) // its gateway is the machine too
	n, p := f.network(t, docker.NetworkPlan{
		ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"docker0.test", "other.test", "machine.test"}},
		Hosts:            []string{"docker0.test:" + f.gateway(t, "bridge"), "other.test:" + f.gateway(t, netID), "machine.test:" + ownAddress(t)},
	})
	f.join(t, n, netID)
	found, err := f.api.ContainerInspect(t.Context(), p.id, client.ContainerInspectOptions{})
	require.NoError(t, err)
	for name := range found.Container.NetworkSettings.Networks {
		require.True(t, strings.HasPrefix(p.try(t, "get http://"+f.gateway(t, name)+":"+port+"/"), "error: "))
	}
	outside, err := f.api.ContainerInspect(t.Context(), n.Egress(), client.ContainerInspectOptions{})
	require.NoError(t, err)
	for name := range outside.Container.NetworkSettings.Networks {
		require.True(t, strings.HasPrefix(p.try(t, "get http://"+f.gateway(t, name)+":"+port+"/"), "error: "))
	}
	for _, name := range []string{"docker0.test", "other.test", "machine.test"} {
		require.Contains(t, p.try(t, "proxy http://"+name+":"+port+"/"), "403 its address is that of the machine", name)
	}
	require.Equal(t, "0", outside.Container.HostConfig.Sysctls["net.ipv4.ip_forward"], "the kernel passes nothing on")

	n, open := f.network(t, docker.NetworkPlan{
		ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"gateway.test"}, Gateway: true},
		Hosts:            []string{"host.docker.internal:" + f.gateway(t, netID)},
	})
	f.join(t, n, netID)
	require.Equal(t, "200 the machine", open.try(t, "proxy http://host.docker.internal:"+port+"/"))
}

func TestNetworkNone(t *testing.T) {
	f := newFixture(t)
	_, p := f.network(t, docker.NetworkPlan{ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkNone}})
	require.Equal(t, "[127.0.0.1/8]", p.try(t, "interfaces"))
	for _, line := range []string{"lookup example.org", "tcp 172.17.0.1:22", "get http://169.254.169.254/"} {
		require.True(t, strings.HasPrefix(p.try(t, line), "error: "), line)
	}
}

// TestServersThatListen holds that the runner reaches the port of a server on
// each kind of network.
func TestServersThatListen(t *testing.T) {
	f := newFixture(t)
	for _, mode := range []string{runner.NetworkNone, runner.NetworkBridge, runner.NetworkListed} {
		t.Run(mode, func(t *testing.T) {
			plan := docker.NetworkPlan{ContainerNetwork: runner.ContainerNetwork{Mode: mode}, Port: 8080}
			if mode == runner.NetworkListed {
				plan.ContainerNetwork.Hosts = []string{"listed.test"}
			}
			n, p := f.network(t, plan, "serve")
			require.True(t, p.lines.Scan(), "it serves")
			at, err := n.Address(t.Context(), p.id)
			require.NoError(t, err)
			require.True(t, netip.MustParseAddrPort(at).Addr().IsLoopback(), at)
			c := &http.Client{Timeout: 5 * time.Second}
			resp, err := c.Get("http://" + at + "/")
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, "reached "+at, string(body))
		})
	}
}

// TestServerWithoutItsEgress holds that a server gains nothing where its egress
// container is gone, and that this is told.
func TestServerWithoutItsEgress(t *testing.T) {
	f := newFixture(t)
	target, netID := f.target(t)
	n, p := f.network(t, docker.NetworkPlan{
		ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"listed.test"}},
		Hosts:            []string{"listed.test:" + target.String()},
	})
	f.join(t, n, netID)
	require.Equal(t, "200 reached listed.test", p.try(t, "proxy http://listed.test/"))
	_, err := f.api.ContainerKill(t.Context(), n.Egress(), client.ContainerKillOptions{Signal: "SIGKILL"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return strings.Contains(f.log.String(), "the egress container has ended") }, 10*time.Second, 20*time.Millisecond)
	for line, got := range p.tryAll(t, "proxy http://listed.test/", "get http://listed.test/", "get http://"+target.String()+"/", "lookup listed.test.", "lookup example.org", "tcp 1.1.1.1:53") {
		if line != "lookup listed.test." { // the hosts file has it
			require.True(t, strings.HasPrefix(got, "error: "), "%s: %s", line, got)
		}
	}
}

// TestServersOfBridgesAreApart holds that two servers, each with a network of its
// own, do not reach one another.
func TestServersOfBridgesAreApart(t *testing.T) {
	f := newFixture(t)
	plan := docker.NetworkPlan{ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkBridge}}
	_, serving := f.network(t, plan, "serve")
	require.True(t, serving.lines.Scan(), "it serves")
	found, err := f.api.ContainerInspect(t.Context(), serving.id, client.ContainerInspectOptions{})
	require.NoError(t, err)
	_, p := f.network(t, plan)
	for _, n := range found.Container.NetworkSettings.Networks {
		require.True(t, strings.HasPrefix(p.try(t, "get http://"+n.IPAddress.String()+":8080/"), "error: "))
	}
	require.True(t, strings.HasPrefix(p.try(t, "lookup "+serving.id[:12]), "error: "))
}

// TestEgressEndsWithItsRunner holds that a runner that is killed leaves no way out
// behind.
func TestEgressEndsWithItsRunner(t *testing.T) {
	f := newFixture(t)
	n, _ := f.network(t, docker.NetworkPlan{
		ContainerNetwork: runner.ContainerNetwork{Mode: runner.NetworkListed, Hosts: []string{"listed.test"}},
		Binary:           static(t, "../../cmd/mcp-runner"),
	})
	n.HangUp()
	require.Eventually(t, func() bool {
		found, err := f.api.ContainerInspect(t.Context(), n.Egress(), client.ContainerInspectOptions{})
		return err == nil && !found.Container.State.Running
	}, 10*time.Second, 20*time.Millisecond)
}

func listenAll(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp4", "0.0.0.0:0")
	require.NoError(t, err)
	return l
}

// ownAddress is one of this machine's that is on no network of the engine.
func ownAddress(t *testing.T) string {
	t.Helper()
	interfaces, err := net.Interfaces()
	require.NoError(t, err)
	for _, i := range interfaces {
		if i.Flags&(net.FlagLoopback|net.FlagUp) != net.FlagUp || strings.HasPrefix(i.Name, "docker") || strings.HasPrefix(i.Name, "br-") {
			continue
		}
		addrs, err := i.Addrs()
		require.NoError(t, err)
		for _, a := range addrs {
			if addr := netip.MustParsePrefix(a.String()).Addr(); addr.Is4() {
				return addr.String()
			}
		}
	}
	t.Fatal("this machine has no address but those of the engine")
	return ""
}

func (f *fixture) gateway(t *testing.T, network string) string {
	t.Helper()
	found, err := f.api.NetworkInspect(t.Context(), network, client.NetworkInspectOptions{})
	require.NoError(t, err)
	at := found.Network.IPAM.Config[0]
	if !at.Gateway.IsValid() {
		return at.Subnet.Masked().Addr().Next().String()
	}
	return at.Gateway.String()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range programs {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
