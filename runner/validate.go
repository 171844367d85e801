package runner

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/net/http/httpguts"
)

// Validate reports the first field that cannot be right, by its JSON name. What
// it accepts has a JSON form that [ParseRunConfig] reads back, so that policies
// see the whole of it, and holds no NUL byte anywhere. It looks at shapes only:
// whether a command exists is for [Resolve] to find out. The error never quotes
// a value that may be a secret.
func (c *RunConfig) Validate() error {
	if c == nil {
		return errors.New("run config is nil")
	}
	for _, check := range []func() error{
		c.validateSource,
		c.validateEndpoint,
		c.validateEnvironment,
		c.validateMounts,
		c.validateContainer,
		c.validateLabels,
		c.HeaderForward.validate,
		c.validatePodTemplate,
		c.validateJSON,
	} {
		if err := check(); err != nil {
			return fmt.Errorf("run config: %w", err)
		}
	}
	return nil
}

func (c *RunConfig) validateSource() error {
	if msg := checkSchemaVersion(c.SchemaVersion); msg != "" {
		return fmt.Errorf("schema_version: %s", msg)
	}
	var given []string
	for _, source := range []struct{ field, value string }{
		{"image", c.Image}, {"remote_url", c.RemoteURL}, {"command", c.Command},
	} {
		if source.value != "" {
			given = append(given, source.field)
		}
	}
	switch len(given) {
	case 0:
		return errors.New("want one of image, remote_url and command")
	case 1:
	default:
		return fmt.Errorf("want one of image, remote_url and command, have %s", strings.Join(given, " and "))
	}
	if strings.HasPrefix(c.Image, "-") {
		return errors.New("image: begins with '-'")
	}
	for _, text := range []struct{ field, value string }{
		{"image", c.Image}, {"remote_url", c.RemoteURL}, {"command", c.Command}, {"name", c.Name},
	} {
		if strings.ContainsFunc(text.value, unicode.IsControl) {
			return fmt.Errorf("%s: contains a control character", text.field)
		}
	}
	if c.RemoteURL != "" {
		if _, _, err := CanonicalURL(c.RemoteURL); err != nil {
			return fmt.Errorf("remote_url: %w", err)
		}
	}
	return nil
}

func (c *RunConfig) validateEndpoint() error {
	if c.Host != "" {
		if _, err := CanonicalHost(c.Host); err != nil {
			return fmt.Errorf("host: %w", err)
		}
	}
	switch c.Transport {
	case "", TransportStdio, TransportSSE, TransportStreamableHTTP:
	default:
		return fmt.Errorf("transport: want %s, %s or %s", TransportStdio, TransportSSE, TransportStreamableHTTP)
	}
	switch c.ProxyMode {
	case "", TransportSSE, TransportStreamableHTTP:
	default:
		return fmt.Errorf("proxy_mode: want %s or %s", TransportSSE, TransportStreamableHTTP)
	}
	for _, port := range []struct {
		field string
		value int
	}{{"port", c.Port}, {"target_port", c.TargetPort}} {
		if port.value < 0 || port.value > 65535 {
			return fmt.Errorf("%s: %d is not a port, want 0 to 65535", port.field, port.value)
		}
	}
	for i, publish := range c.Publish {
		if _, err := ParsePublish(publish); err != nil {
			return fmt.Errorf("publish[%d]: %w", i, err)
		}
	}
	return nil
}

func (c *RunConfig) validateEnvironment() error {
	for _, name := range slices.Sorted(maps.Keys(c.EnvVars)) {
		if err := checkVariable(name); err != nil {
			return fmt.Errorf("env_vars: name %q %w", shorten(name), err)
		}
	}
	for i, name := range c.HostEnv {
		if err := checkVariable(name); err != nil {
			return fmt.Errorf("host_env[%d]: name %w", i, err) // NAME=VALUE here would be a value
		}
	}
	for i, secret := range c.Secrets {
		if _, err := ParseSecret(secret); err != nil {
			return fmt.Errorf("secrets[%d]: %w", i, err)
		}
	}
	return nil
}

func (c *RunConfig) validateMounts() error {
	for i, volume := range c.Volumes {
		if _, err := ParseVolume(volume); err != nil {
			return fmt.Errorf("volumes[%d]: %w", i, err)
		}
	}
	p := c.PermissionProfile
	if p == nil {
		return nil
	}
	for _, list := range []struct {
		field        string
		declarations []string
	}{{"read", p.Read}, {"write", p.Write}} {
		for i, declaration := range list.declarations {
			if _, err := parseDeclaration(declaration); err != nil {
				return fmt.Errorf("permission_profile.%s[%d]: %w", list.field, i, err)
			}
		}
	}
	if p.Network != nil && p.Network.Outbound != nil {
		for i, port := range p.Network.Outbound.AllowPort {
			if port < 0 || port > 65535 {
				return fmt.Errorf("permission_profile.network.outbound.allow_port[%d]: %d is not a port", i, port)
			}
		}
	}
	return nil
}

func (c *RunConfig) validateContainer() error {
	if err := c.Container.Validate(); err != nil {
		return fmt.Errorf("container.%w", err)
	}
	return nil
}

func (c *RunConfig) validateLabels() error {
	if _, ok := c.ContainerLabels[""]; ok {
		return errors.New("container_labels: a label has no name")
	}
	return nil
}

func (h *HeaderForward) validate() error {
	if h == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, headers := range []struct {
		field  string
		values map[string]string
		check  func(string) error
	}{
		{"add_plaintext_headers", h.AddPlaintextHeaders, func(value string) error {
			if !httpguts.ValidHeaderFieldValue(value) {
				return errors.New("value contains a control character")
			}
			return nil
		}},
		{"add_headers_from_secret", h.AddHeadersFromSecret, func(secret string) error {
			if err := checkVariable(secret); err != nil {
				return fmt.Errorf("name of the secret %w", err)
			}
			return nil
		}},
	} {
		for _, name := range slices.Sorted(maps.Keys(headers.values)) {
			field := fmt.Sprintf("header_forward.%s: header %q", headers.field, shorten(name))
			if !httpguts.ValidHeaderFieldName(name) {
				return fmt.Errorf("%s is not a header name", field)
			}
			if key := http.CanonicalHeaderKey(name); seen[key] {
				return fmt.Errorf("%s is given twice", field)
			} else {
				seen[key] = true
			}
			if err := headers.check(headers.values[name]); err != nil {
				return fmt.Errorf("%s: %w", field, err)
			}
		}
	}
	return nil
}

func (c *RunConfig) validatePodTemplate() error {
	if c.K8sPodTemplatePatch == "" {
		return nil
	}
	r := newStrictReader([]byte(c.K8sPodTemplatePatch))
	if err := r.document("patch", &shape{kind: jsontext.KindBeginObject}); err != nil {
		return fmt.Errorf("k8s_pod_template_patch: %w", err)
	}
	return nil
}

// validateJSON holds what a Go program can put into a config, but no file: text
// that is not UTF-8, NUL bytes, members of Extra that hide or repeat known ones.
func (c *RunConfig) validateJSON() error {
	for _, raw := range c.rawValues() {
		if len(*raw) > 0 && raw.Kind() != jsontext.KindBeginObject {
			return errors.New("a member that is kept as JSON text (oidc_config and the like, or Extra) is not an object")
		}
	}
	data, err := c.MarshalJSON()
	if err != nil {
		return err
	}
	err = newStrictReader(data).document("run config", runConfigShape)
	if perr, ok := errors.AsType[*positionError](err); ok {
		return errors.New(joinPointer(perr.pointer, perr.msg)) // the position is that of our own JSON
	}
	return err
}
