package gate

import (
	"errors"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/mcp-runner/mcp-runner/runner"
)

// podTemplate is what policies ask of a pod template patch.
type podTemplate struct {
	Spec struct {
		HostNetwork         bool        `json:"hostNetwork"`
		HostPID             bool        `json:"hostPID"`
		ServiceAccountName  string      `json:"serviceAccountName"`
		ServiceAccount      string      `json:"serviceAccount"`
		Volumes             []podVolume `json:"volumes"`
		Containers          []container `json:"containers"`
		InitContainers      []container `json:"initContainers"`
		EphemeralContainers []container `json:"ephemeralContainers"`
	} `json:"spec"`
}

type podVolume struct {
	HostPath *struct {
		Path string `json:"path"`
	} `json:"hostPath"`
}

type container struct {
	SecurityContext *struct {
		Privileged bool `json:"privileged"`
	} `json:"securityContext"`
}

func fillKubernetes(cfg *runner.RunConfig, s *Server) error {
	if cfg.K8sPodTemplatePatch == "" {
		return nil
	}
	var pod podTemplate
	// This decoder tells hostNetwork from HOSTNETWORK, as Kubernetes does, and
	// refuses duplicate members. Its error could quote a value.
	if err := json.Unmarshal([]byte(cfg.K8sPodTemplatePatch), &pod); err != nil {
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
			k.HostPaths = append(k.HostPaths, v.HostPath.Path)
		}
	}
	k.Privileged = slices.ContainsFunc(
		slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers, pod.Spec.EphemeralContainers),
		func(c container) bool { return c.SecurityContext != nil && c.SecurityContext.Privileged },
	)
	return nil
}
