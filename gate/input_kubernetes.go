package gate

import (
	"errors"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcp-runner/mcp-runner/runner"
)

// podTemplate is what policies ask of a pod template patch.
type podTemplate struct {
	Spec struct {
		HostNetwork         bool             `json:"hostNetwork"`
		HostPID             bool             `json:"hostPID"`
		HostIPC             bool             `json:"hostIPC"`
		ServiceAccountName  string           `json:"serviceAccountName"`
		ServiceAccount      string           `json:"serviceAccount"`
		SecurityContext     *securityContext `json:"securityContext"`
		Volumes             []podVolume      `json:"volumes"`
		Containers          []container      `json:"containers"`
		InitContainers      []container      `json:"initContainers"`
		EphemeralContainers []container      `json:"ephemeralContainers"`
	} `json:"spec"`
}

type podVolume struct {
	HostPath *struct {
		Path string `json:"path"`
	} `json:"hostPath"`
}

type container struct {
	Image           string           `json:"image"`
	Command         []string         `json:"command"`
	Args            []string         `json:"args"`
	Env             []podVariable    `json:"env"`
	EnvFrom         []jsontext.Value `json:"envFrom"`
	Lifecycle       jsontext.Value   `json:"lifecycle"`
	Ports           []podPort        `json:"ports"`
	SecurityContext *securityContext `json:"securityContext"`
}

type podPort struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	HostIP        string `json:"hostIP"`
}

// published is the port as it is on the node. What is no address counts as every
// address.
func (p podPort) published() PublishedPort {
	out := PublishedPort{HostPort: p.HostPort, ContainerPort: p.ContainerPort}
	if address, err := netip.ParseAddr(p.HostIP); err == nil {
		out.HostIP = address.String()
	}
	return out
}

type podVariable struct {
	Name      string         `json:"name"`
	Value     string         `json:"value"`
	ValueFrom jsontext.Value `json:"valueFrom"`
}

type securityContext struct {
	Privileged     bool `json:"privileged"`
	WindowsOptions *struct {
		HostProcess bool `json:"hostProcess"`
	} `json:"windowsOptions"`
	Capabilities *struct {
		Add []string `json:"add"`
	} `json:"capabilities"`
}

// fillKubernetes reads a pod template patch. Its volumes of the host are in
// kubernetes.host_paths and not among the mounts, since they are those of a node
// whose symlinks nobody here can resolve; they are cleaned. Capabilities that
// any container adds go to permissions.capabilities, where those of other ways
// to start a container are too, the variables of its containers to environment,
// and their ports of the node to published_ports. A patch that says which image or command runs, in a container of
// its own, instead of the server's or beside it, is marked opaque: image and
// command of the input describe the server without it. So is one with variables
// from elsewhere, or with the host's shared memory. All else of the patch is only
// in config.
func fillKubernetes(cfg *runner.RunConfig, s *Server) error {
	if cfg.K8sPodTemplatePatch == "" {
		return nil
	}
	var pod podTemplate
	// Some hosts take HOSTNETWORK for hostNetwork; where both stand there this
	// decoder sees a duplicate and refuses. Its error could quote a value.
	err := json.Unmarshal([]byte(cfg.K8sPodTemplatePatch), &pod, json.MatchCaseInsensitiveNames(true))
	if err != nil {
		return errors.New("k8s_pod_template_patch: not a pod template in JSON")
	}
	k := &s.Kubernetes
	k.HostNetwork, k.HostPID = pod.Spec.HostNetwork, pod.Spec.HostPID
	k.ServiceAccount = pod.Spec.ServiceAccountName
	if k.ServiceAccount == "" {
		k.ServiceAccount = pod.Spec.ServiceAccount
	}
	for _, v := range pod.Spec.Volumes {
		if v.HostPath != nil {
			k.HostPaths = append(k.HostPaths, path.Clean(v.HostPath.Path))
		}
	}
	k.Privileged = pod.Spec.SecurityContext.privileged()
	for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers, pod.Spec.EphemeralContainers) {
		k.Privileged = k.Privileged || c.SecurityContext.privileged()
		if c.SecurityContext != nil && c.SecurityContext.Capabilities != nil {
			s.Permissions.addCapabilities(c.SecurityContext.Capabilities.Add)
		}
		for _, port := range c.Ports {
			if port.HostPort != 0 {
				s.PublishedPorts = append(s.PublishedPorts, port.published())
			}
		}
		for _, v := range c.Env {
			added := Variable{Name: v.Name, Source: "literal", Value: v.Value}
			if configured(v.ValueFrom) {
				added.Source, added.Value = "secret", ""
			}
			s.Environment = append(s.Environment, added)
		}
		if c.Image != "" || len(c.Command) > 0 || len(c.Args) > 0 || len(c.EnvFrom) > 0 || configured(c.Lifecycle) {
			s.Source.Opaque = true
			s.Source.OpaqueReason = "a pod template patch runs an image or a command of its own"
		}
	}
	if pod.Spec.HostIPC {
		s.Source.Opaque = true
		s.Source.OpaqueReason = "a pod template patch asks for the host's shared memory (hostIPC)"
	}
	slices.SortStableFunc(s.Environment, compareVariables)
	return nil
}

// privileged reports whether the container is the host as good as, on Linux or
// Windows.
func (c *securityContext) privileged() bool {
	return c != nil && (c.Privileged || c.WindowsOptions != nil && c.WindowsOptions.HostProcess)
}

// addCapabilities adds Linux capabilities in the one spelling that policies see:
// NET_ADMIN for cap_net_admin, sorted, each once.
func (p *Permissions) addCapabilities(names []string) {
	for _, name := range names {
		p.Capabilities = append(p.Capabilities, strings.TrimPrefix(strings.ToUpper(name), "CAP_"))
	}
	slices.Sort(p.Capabilities)
	p.Capabilities = slices.Compact(p.Capabilities)
}
