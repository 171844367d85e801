//go:build unix

package launch_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner/launch"
	"github.com/stretchr/testify/require"
)

// created is what the docker client asks its service for.
type created struct {
	Image      string
	Cmd        []string
	Env        []string
	User       string
	HostConfig struct {
		ReadonlyRootfs   bool
		Memory, NanoCpus int64
		PidsLimit        *int64

		Binds  []string
		Mounts []struct {
			Type, Source, Target string
			ReadOnly             bool
		}
		Privileged   bool
		CapAdd       []string
		NetworkMode  string
		PortBindings map[string][]struct {
			HostIP   string `json:"HostIp"`
			HostPort string
		}
	}
}

// TestDockerReadsTheSame asks the real docker client, with a service that only
// notes what it is asked for, what it reads in lines that this package reads.
func TestDockerReadsTheSame(t *testing.T) {
	docker, err := exec.LookPath("docker")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("no docker client here")
	}
	require.NoError(t, err)
	version, err := exec.Command(docker, "--version").Output()
	require.NoError(t, err)
	major := regexp.MustCompile(`version (\d+)\.`).FindSubmatch(version)
	require.NotNil(t, major, "%s", version)
	old := len(major[1]) < 2 || string(major[1]) < "23"
	var got atomic.Pointer[created]
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("API-Version", "1.47")
		w.Header().Set("Ostype", "linux")
		if !strings.HasSuffix(r.URL.Path, "/containers/create") {
			_, _ = io.WriteString(w, "{}") // the client says what it misses
			return
		}
		asked := &created{}
		if err := json.NewDecoder(r.Body).Decode(asked); err != nil {
			t.Errorf("request of the docker client: %v", err)
		}
		got.Store(asked)
		http.Error(w, `{"message":"no"}`, http.StatusTeapot)
	}))
	dir := t.TempDir()
	service.Listener, err = net.Listen("unix", filepath.Join(dir, "s"))
	require.NoError(t, err)
	service.Start()
	defer service.Close()

	for _, line := range []string{
		"img", "-i --rm img a b", "-it img -x", "-itv /a:/b img", "-iv/a:/b:ro img", "-i -e K=V img", "-eK=V -eJ= img", "-e=K=V img",
		"--env=K=V --env J=W img", "-e K img", "-i=false img", "--privileged img", "--privileged=false img", "--privileged=1 img",
		"--privileged --privileged=false img", "--privileged=false --privileged img", "--rm --name --privileged img", "-- img --privileged",
		"--name=x -v ./a:/b img", "-v name:/b img", "-v name:/b:ro,z img", "-v /a:/b:rw img", "-v /only img", "-v ..:/b img",
		"--mount type=bind,src=/a,dst=/b img", "--mount type=bind,source=/a,target=/b,readonly img", "--mount type=bind,src=/a,dst=/b,ro=false img",
		"--mount TYPE=BIND,SRC=/a,DST=/b,RO img", "--mount src=vol,dst=/b img", "--mount type=tmpfs,dst=/b img", "--mount type=bind,src=./a,destination=/b,readonly=1 img",
		`--mount "type=bind","src=/a,b","dst=/b" img`, "--network host img", "--net=host img", "--net host img", "--network name=HOST img", "--network none img",
		"--network container:x img", "--network name=net,alias=y img", "--network HOST img",
		"-p 80:8080 img", "-p8080 img", "-p 127.0.0.1:80:8080/tcp img", "-p 127.0.0.1::8080 img", "-p [::1]:80:8080 img", "-p ::1:80:8080 img",
		"-p 80-82:90-92 img", "-p target=80,published=8080 img", "-p 80:8080/udp img", "-p 8000-8001:80 img", "-p 90-91 img", "-p :80 img",
		"--cap-add SYS_ADMIN --cap-add=cap_net_admin img", "--cap-add ALL img", "--entrypoint sh img -c x", "-u 0 -w / -h name img",
		"-u 1000:1000 --read-only -m 512m --cpus=0.5 --pids-limit 100 img", "--user root --user=app img", "--read-only --read-only=false --memory 1g --memory=0 img",
		"-uname --memory=1.5GiB --cpus 2 --pids-limit=-1 img", "-m1024k --pids-limit 0 --cpus 0 img -u root",
		"--pid host img", "--ipc=host img", "--uts host img", "--userns host img", "--cgroupns host img", "-P img", "--device /dev/kvm img",
		"--security-opt seccomp=unconfined img", "--security-opt no-new-privileges img", "--volumes-from x img", "--unknown img", "-x img", "-ix img",
		"-ti --init --read-only --pull always --platform linux/amd64 -m 1g --cpus 2 -l a=b --add-host x:1.2.3.4 --dns 1.1.1.1 --ulimit nofile=1 img",
		"--log-driver none --restart no --shm-size 1g --stop-signal TERM --stop-timeout 3 --sysctl net.x=1 --tmpfs /t --group-add 1 img",
		"-d img", "-dit img", "-a stdin img", "--cidfile", "-v a:/b img", "-v foo/bar:/b img", "-v ~/x:/b img", "-v /a:b img", "-v /a:/b:evil img", "-v /a:/b:ro:z img",
		"--env-file /dev/null img", "--gpus all img", "--runtime runc img", "--network a --network b img", "-e =x img", "--rm=maybe img", "--use-api-socket img",
	} {
		// Clients before 23 pass relative paths on, which the engine refuses.
		if old && slices.Contains([]string{"--name=x -v ./a:/b img", "-v ..:/b img", "--mount type=bind,src=./a,destination=/b,readonly=1 img", "-p ::1:80:8080 img"}, line) {
			continue
		}
		t.Run(line, func(t *testing.T) {
			args := strings.Fields(line)
			ask := func(subcommand string) []byte {
				got.Store(nil)
				cmd := exec.CommandContext(t.Context(), docker, append([]string{"-H", "unix://" + filepath.Join(dir, "s"), subcommand}, args...)...)
				cmd.Dir = dir
				cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "K=host"}
				out, err := cmd.CombinedOutput()
				require.Error(t, err, "the service refuses all")
				return out
			}
			out := ask("run")
			if strings.Contains(string(out), "TTY") {
				out = ask("create") // the same options, and no terminal
			}
			l := launch.Parse(append([]string{"docker", "run"}, args...))
			require.Equal(t, launch.KindContainer, l.Kind)
			if l.Opaque {
				return
			}
			require.NotNil(t, got.Load(), "docker did not read it: %s", out)
			require.Equal(t, got.Load().facts(t), asDocker(t, l.Container, dir))
		})
	}
}

// asDocker says what c asks for in one sorted list of sentences.
func asDocker(t *testing.T, c *launch.Container, dir string) []string {
	t.Helper()
	facts := []string{"image " + c.Image, fmt.Sprintf("privileged %t", c.Privileged), "network " + cmp.Or(c.Network, "default"),
		limits(c.User, c.ReadOnlyRoot, int64(c.MemoryBytes), int64(math.Round(c.CPUs*1e9)), int64(c.PIDs))}
	for i, arg := range c.Args {
		facts = append(facts, fmt.Sprintf("arg %d %s", i, arg))
	}
	for _, v := range c.Env {
		if v.Host {
			v.Value = "host"
		}
		facts = append(facts, "env "+v.Name+"="+v.Value)
	}
	for _, m := range c.Mounts {
		if strings.HasPrefix(m.Source, ".") {
			m.Source = filepath.Join(dir, m.Source)
		}
		facts = append(facts, fmt.Sprintf("mount %s %s %t", m.Source, m.Target, m.ReadOnly))
	}
	for _, p := range c.Ports {
		facts = append(facts, fmt.Sprintf("port %s %d %d", p.HostIP, p.HostPort, p.ContainerPort))
	}
	for _, name := range c.Capabilities {
		facts = append(facts, "cap "+name)
	}
	slices.Sort(facts)
	return facts
}

// limits is one sentence of what is there once.
func limits(user string, readOnly bool, memory, nanoCPUs, pids int64) string {
	return fmt.Sprintf("user %q read-only %t memory %d cpus %d pids %d", user, readOnly, memory, nanoCPUs, pids)
}

func deref(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (c *created) facts(t *testing.T) []string {
	t.Helper()
	facts := []string{"image " + c.Image, fmt.Sprintf("privileged %t", c.HostConfig.Privileged), "network " + c.HostConfig.NetworkMode,
		limits(c.User, c.HostConfig.ReadonlyRootfs, c.HostConfig.Memory, c.HostConfig.NanoCpus, max(0, deref(c.HostConfig.PidsLimit)))}
	for i, arg := range c.Cmd {
		facts = append(facts, fmt.Sprintf("arg %d %s", i, arg))
	}
	for _, v := range c.Env {
		facts = append(facts, "env "+v)
	}
	for _, bind := range c.HostConfig.Binds {
		parts := strings.Split(bind, ":")
		require.GreaterOrEqual(t, len(parts), 2, bind)
		options := strings.Split(strings.Join(parts[2:], ":"), ",")
		facts = append(facts, fmt.Sprintf("mount %s %s %t", parts[0], parts[1], slices.Contains(options, "ro")))
	}
	for _, m := range c.HostConfig.Mounts {
		if m.Type != "tmpfs" && m.Source != "" {
			facts = append(facts, fmt.Sprintf("mount %s %s %t", m.Source, m.Target, m.ReadOnly))
		}
	}
	for port, bindings := range c.HostConfig.PortBindings {
		number, _, _ := strings.Cut(port, "/")
		for _, b := range bindings {
			first, last, isRange := strings.Cut(cmp.Or(b.HostPort, "0"), "-")
			from, err := strconv.Atoi(first)
			require.NoError(t, err)
			to := from
			if isRange {
				to, err = strconv.Atoi(last)
				require.NoError(t, err)
			}
			for n := from; n <= to; n++ {
				facts = append(facts, fmt.Sprintf("port %s %d %s", b.HostIP, n, number))
			}
		}
	}
	for _, name := range c.HostConfig.CapAdd {
		facts = append(facts, "cap "+strings.TrimPrefix(strings.ToUpper(name), "CAP_"))
	}
	slices.Sort(facts)
	return facts
}
