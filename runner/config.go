package runner

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/mcp-runner/mcp-runner/runner/launch"
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
// below `config`. Extra is tagged twice because the JSON library says "embed"
// where the experimental one of the standard library, which it becomes under
// GOEXPERIMENT=jsonv2, says "unknown".
//
// Read it with [ParseRunConfig] or [LoadRunConfig]; encoding/json reads it as
// strictly, but says less about where a mistake is.
type RunConfig struct {
	SchemaVersion string `json:"schema_version"`

	// Image is an image reference, or a package such as npx://pkg@1, which its
	// launcher starts as a process.
	Image string `json:"image,omitzero"`
	// RemoteURL is the URL of a server that someone else runs.
	RemoteURL string `json:"remote_url,omitzero"`
	// Command is the program of a local process, as a name to look up through
	// PATH or as a path. Its arguments are CmdArgs.
	Command string `json:"command,omitzero"`
	// CmdArgs are the arguments of the container, of the package or of Command.
	CmdArgs []string `json:"cmd_args,omitzero"`

	RegistryAPIURL     string `json:"registry_api_url,omitzero"`
	RegistryURL        string `json:"registry_url,omitzero"`
	RegistryServerName string `json:"registry_server_name,omitzero"`

	Name          string `json:"name"`
	ContainerName string `json:"container_name,omitzero"`
	BaseName      string `json:"base_name,omitzero"`
	Group         string `json:"group,omitzero"`

	// Transport is stdio, sse or streamable-http: how the server itself talks.
	Transport string `json:"transport"`
	// ProxyMode is what the runner's own HTTP endpoint speaks.
	ProxyMode string `json:"proxy_mode,omitzero"`
	// Host and Port are where the runner listens; port 0 means any free one.
	Host string `json:"host,omitzero"`
	Port int    `json:"port,omitzero"`
	// TargetHost and TargetPort are where the server inside a container listens.
	TargetHost        string   `json:"target_host,omitzero"`
	TargetPort        int      `json:"target_port,omitzero"`
	AllowedOrigins    []string `json:"allowed_origins,omitzero"`
	TrustProxyHeaders bool     `json:"trust_proxy_headers,omitzero"`
	// Publish lists ports published on the host, as hostPort:containerPort.
	Publish []string `json:"publish,omitzero"`

	// PermissionProfileNameOrPath is what the person asked for, where the
	// profile came from a name or a file.
	PermissionProfileNameOrPath string             `json:"permission_profile_name_or_path,omitzero"`
	PermissionProfile           *PermissionProfile `json:"permission_profile,omitzero"`
	IsolateNetwork              bool               `json:"isolate_network,omitzero"`
	AllowDockerGateway          bool               `json:"allow_docker_gateway,omitzero"`
	Container                   *ContainerOptions  `json:"container,omitzero"`

	// EnvVars are variables of the server with literal values.
	EnvVars map[string]string `json:"env_vars,omitzero"`
	// HostEnv names variables whose value is copied from the runner's own
	// environment when the server is set up (`-e NAME`). The value is in
	// neither the config nor the input.
	HostEnv []string `json:"host_env,omitzero"`
	// Secrets are references, as NAME,target=VAR.
	Secrets []string `json:"secrets,omitzero"`
	// Volumes are mounts, as host-path:container-path[:ro].
	Volumes         []string          `json:"volumes,omitzero"`
	ContainerLabels map[string]string `json:"container_labels,omitzero"`

	ToolsFilter         []string       `json:"tools_filter,omitzero"`
	OIDCConfig          jsontext.Value `json:"oidc_config,omitzero"`
	AuthzConfig         jsontext.Value `json:"authz_config,omitzero"`
	AuthzConfigPath     string         `json:"authz_config_path,omitzero"`
	AuditConfig         jsontext.Value `json:"audit_config,omitzero"`
	AuditConfigPath     string         `json:"audit_config_path,omitzero"`
	RemoteAuthConfig    jsontext.Value `json:"remote_auth_config,omitzero"`
	HeaderForward       *HeaderForward `json:"header_forward,omitzero"`
	K8sPodTemplatePatch string         `json:"k8s_pod_template_patch,omitzero"`
	RuntimeConfig       jsontext.Value `json:"runtime_config,omitzero"`
	Debug               bool           `json:"debug,omitzero"`

	// Extra holds the members that this version does not know.
	Extra jsontext.Value `json:",embed,unknown"`

	// Resolved is what Resolve found out about the server: the file behind the
	// command, the real paths of the mounts. It is nil until then and is never
	// read from JSON or written to it.
	Resolved *Resolved `json:"-"`
}

// PermissionProfile says what a container may reach. The form is ToolHive's.
type PermissionProfile struct {
	Name string `json:"name,omitzero"`
	// Read and Write are mounts: path, or host-path:container-path.
	Read       []string            `json:"read,omitzero"`
	Write      []string            `json:"write,omitzero"`
	Privileged bool                `json:"privileged,omitzero"`
	Network    *NetworkPermissions `json:"network,omitzero"`
	Extra      jsontext.Value      `json:",embed,unknown"`
}

// NetworkPermissions are the network part of a PermissionProfile.
type NetworkPermissions struct {
	// Mode is a container network mode: host, bridge, none, or a network's name.
	Mode     string               `json:"mode,omitzero"`
	Outbound *OutboundPermissions `json:"outbound,omitzero"`
	Inbound  *InboundPermissions  `json:"inbound,omitzero"`
	Extra    jsontext.Value       `json:",embed,unknown"`
}

// OutboundPermissions say which hosts and ports a container may connect to.
type OutboundPermissions struct {
	InsecureAllowAll bool           `json:"insecure_allow_all,omitzero"`
	AllowHost        []string       `json:"allow_host,omitzero"`
	AllowPort        []int          `json:"allow_port,omitzero"`
	Extra            jsontext.Value `json:",embed,unknown"`
}

// InboundPermissions say which hosts may connect to a container.
type InboundPermissions struct {
	AllowHost []string       `json:"allow_host,omitzero"`
	Extra     jsontext.Value `json:",embed,unknown"`
}

// HeaderForward are headers that the runner adds to requests to a remote server.
type HeaderForward struct {
	// AddPlaintextHeaders maps header names to literal values.
	AddPlaintextHeaders map[string]string `json:"add_plaintext_headers,omitzero"`
	// AddHeadersFromSecret maps header names to the names of secrets.
	AddHeadersFromSecret map[string]string `json:"add_headers_from_secret,omitzero"`
	Extra                jsontext.Value    `json:",embed,unknown"`
}

// Resolved is what was found out about a server before the gate was asked, so
// that what the gate sees is what runs.
type Resolved struct {
	// Command is set where RunConfig.Command is, and for a package, whose launcher
	// it is.
	Command *ResolvedCommand
	// CommandArgs are all arguments of the launcher, where RunConfig.Image is a
	// package: those that name it, and RunConfig.CmdArgs. See [RunConfig.AsCommand].
	CommandArgs []string
	// Mounts are those of Volumes, of the permission profile and of Launch, in
	// that order.
	Mounts []Mount
	// MountFiles says of each of Mounts which file it is; nil where that is of no
	// use: without an image, and where the system does not tell.
	MountFiles []FileID
	// Launch is what the command line runs in the end, where Command is set.
	Launch *launch.Line
	// Container is set where RunConfig.Image is an image.
	Container *ResolvedContainer
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
	// Further are, where Interpreter is a script itself, its interpreter and those
	// of that one. The last one of all is a binary.
	Further []Interpreter
}

// Interpreter is the program that runs a script.
type Interpreter struct {
	Path   string
	SHA256 string
	// Argv is what it gets before the path of the script: its own name, for a line
	// of env the path as it was found through PATH, and the words of the line.
	Argv []string
	// Env are the variables that a line of env sets, as NAME=VALUE.
	Env []string
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

// FileID identifies a file or directory of this machine while it exists. The zero
// value is that of none, such as a named volume.
type FileID struct {
	Device, Inode uint64
}
