package runner

import (
	"github.com/go-json-experiment/json/jsontext"
)

// CurrentSchemaVersion is the schema version that a RunConfig carries. It is
// ToolHive's, whose JSON names and meanings RunConfig keeps.
const CurrentSchemaVersion = "v0.1.0"

// Transports of a server, in the words of the MCP specification.
const (
	TransportStdio          = "stdio"
	TransportSSE            = "sse"
	TransportStreamableHTTP = "streamable-http"
)

// RunConfig says which MCP server to create and how. Its JSON form is the one
// that `thv export` writes, so a file from ToolHive loads here; Command is this
// project's own addition. Exactly one of Image, RemoteURL and Command is set.
//
// Members that this version does not know are kept in Extra (and in the Extra
// of the nested objects): they survive a round trip and policies see them
// below `config`.
type RunConfig struct {
	SchemaVersion string `json:"schema_version"`

	// Image is an image reference, or a package scheme such as npx://pkg@1.
	Image string `json:"image,omitempty"`
	// RemoteURL is the URL of a server that someone else runs.
	RemoteURL string `json:"remote_url,omitempty"`
	// Command is the program of a local process, as a name to look up through
	// PATH or as a path. Its arguments are CmdArgs.
	Command string `json:"command,omitempty"`
	// CmdArgs are the arguments of the container or of Command.
	CmdArgs []string `json:"cmd_args,omitempty"`

	RegistryAPIURL     string `json:"registry_api_url,omitempty"`
	RegistryURL        string `json:"registry_url,omitempty"`
	RegistryServerName string `json:"registry_server_name,omitempty"`

	Name          string `json:"name"`
	ContainerName string `json:"container_name,omitempty"`
	BaseName      string `json:"base_name,omitempty"`
	Group         string `json:"group,omitempty"`

	// Transport is stdio, sse or streamable-http: how the server itself talks.
	Transport string `json:"transport"`
	// ProxyMode is what the runner's own HTTP endpoint speaks.
	ProxyMode string `json:"proxy_mode,omitempty"`
	// Host and Port are where the runner listens; port 0 means any free one.
	Host string `json:"host,omitempty"`
	Port int    `json:"port,omitempty"`
	// TargetHost and TargetPort are where the server inside a container listens.
	TargetHost        string   `json:"target_host,omitempty"`
	TargetPort        int      `json:"target_port,omitempty"`
	AllowedOrigins    []string `json:"allowed_origins,omitempty"`
	TrustProxyHeaders bool     `json:"trust_proxy_headers,omitempty"`
	// Publish lists ports published on the host, as hostPort:containerPort.
	Publish []string `json:"publish,omitempty"`

	// PermissionProfileNameOrPath is what the person asked for, where the
	// profile came from a name or a file.
	PermissionProfileNameOrPath string             `json:"permission_profile_name_or_path,omitempty"`
	PermissionProfile           *PermissionProfile `json:"permission_profile,omitempty"`
	IsolateNetwork              bool               `json:"isolate_network,omitempty"`
	AllowDockerGateway          bool               `json:"allow_docker_gateway,omitempty"`

	// EnvVars are variables of the server with literal values.
	EnvVars map[string]string `json:"env_vars,omitempty"`
	// HostEnv names variables whose value is copied from the runner's own
	// environment when the server is set up (`-e NAME`). The value is in
	// neither the config nor the input.
	HostEnv []string `json:"host_env,omitempty"`
	// Secrets are references, as NAME,target=VAR.
	Secrets []string `json:"secrets,omitempty"`
	// Volumes are mounts, as host-path:container-path[:ro].
	Volumes         []string          `json:"volumes,omitempty"`
	ContainerLabels map[string]string `json:"container_labels,omitempty"`

	ToolsFilter         []string       `json:"tools_filter,omitempty"`
	OIDCConfig          jsontext.Value `json:"oidc_config,omitempty"`
	AuthzConfig         jsontext.Value `json:"authz_config,omitempty"`
	AuthzConfigPath     string         `json:"authz_config_path,omitempty"`
	AuditConfig         jsontext.Value `json:"audit_config,omitempty"`
	AuditConfigPath     string         `json:"audit_config_path,omitempty"`
	RemoteAuthConfig    jsontext.Value `json:"remote_auth_config,omitempty"`
	HeaderForward       *HeaderForward `json:"header_forward,omitempty"`
	K8sPodTemplatePatch string         `json:"k8s_pod_template_patch,omitempty"`
	RuntimeConfig       jsontext.Value `json:"runtime_config,omitempty"`
	Debug               bool           `json:"debug,omitempty"`

	// Extra holds the members that this version does not know.
	Extra jsontext.Value `json:",unknown"`

	// Resolved is what Resolve found out about the server: the file behind the
	// command, the real paths of the mounts. It is nil until then and is never
	// read from JSON or written to it.
	Resolved *Resolved `json:"-"`
}

// PermissionProfile says what a container may reach. The form is ToolHive's.
type PermissionProfile struct {
	Name string `json:"name,omitempty"`
	// Read and Write are mounts: path, or host-path:container-path.
	Read       []string            `json:"read,omitempty"`
	Write      []string            `json:"write,omitempty"`
	Privileged bool                `json:"privileged,omitempty"`
	Network    *NetworkPermissions `json:"network,omitempty"`
	Extra      jsontext.Value      `json:",unknown"`
}

// NetworkPermissions are the network part of a PermissionProfile.
type NetworkPermissions struct {
	// Mode is a container network mode: host, bridge, none, or a network's name.
	Mode     string               `json:"mode,omitempty"`
	Outbound *OutboundPermissions `json:"outbound,omitempty"`
	Inbound  *InboundPermissions  `json:"inbound,omitempty"`
	Extra    jsontext.Value       `json:",unknown"`
}

// OutboundPermissions say which hosts and ports a container may connect to.
type OutboundPermissions struct {
	InsecureAllowAll bool           `json:"insecure_allow_all,omitempty"`
	AllowHost        []string       `json:"allow_host,omitempty"`
	AllowPort        []int          `json:"allow_port,omitempty"`
	Extra            jsontext.Value `json:",unknown"`
}

// InboundPermissions say which hosts may connect to a container.
type InboundPermissions struct {
	AllowHost []string       `json:"allow_host,omitempty"`
	Extra     jsontext.Value `json:",unknown"`
}

// HeaderForward are headers that the runner adds to requests to a remote server.
type HeaderForward struct {
	// AddPlaintextHeaders maps header names to literal values.
	AddPlaintextHeaders map[string]string `json:"add_plaintext_headers,omitempty"`
	// AddHeadersFromSecret maps header names to the names of secrets.
	AddHeadersFromSecret map[string]string `json:"add_headers_from_secret,omitempty"`
	Extra                jsontext.Value    `json:",unknown"`
}

// Resolved is what was found out about a server before the gate was asked, so
// that what the gate sees is what runs.
type Resolved struct {
	// Command is set where RunConfig.Command is.
	Command *ResolvedCommand
	// Mounts are those of Volumes and of the permission profile, in that order.
	Mounts []Mount
}

// ResolvedCommand is the file that will be executed.
type ResolvedCommand struct {
	// Argv0 is the path as it was found through PATH, before symlinks: what the
	// process gets as its argv[0], or a Python venv loses its prefix.
	Argv0 string
	// Path is the absolute file behind Argv0, all symlinks resolved.
	Path string
	// SHA256 is the lower-case hex digest of the file's content.
	SHA256 string
	// Interpreter is the program of a #! line; nil for a binary.
	Interpreter *Interpreter
}

// Interpreter is the program that runs a script.
type Interpreter struct {
	Path   string
	SHA256 string
}

// Mount is a host path that a container gets.
type Mount struct {
	// Source is the host path, cleaned, absolute, ~ expanded.
	Source string
	// Resolved is Source with all symlinks resolved. A path that does not exist
	// keeps its missing tail below the resolved part that does.
	Resolved string
	Target   string
	ReadOnly bool
}
