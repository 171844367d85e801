package gate

// InputVersion is the version of the input object, and of the contract.
const InputVersion = 1

// OperationCreateServer is the operation of [Gate.CheckCreateServer].
const OperationCreateServer = "create_server"

// Input is what policies see of one server: the `input` document of Rego. It is
// described field by field in docs/contract.md, section 3. Every field is
// always there, with an empty value where it does not apply; values are
// normalised and secrets are redacted before Rego sees them.
type Input struct {
	Version   int      `json:"version"`
	Operation string   `json:"operation"`
	Server    Server   `json:"server"`
	Registry  Registry `json:"registry"`
	// Config is the host's own run config as JSON, redacted: an object whose
	// shape is not promised.
	Config  map[string]any `json:"config"`
	Context Context        `json:"context"`
}

// Server is `input.server`.
type Server struct {
	Name           string          `json:"name"`
	Group          string          `json:"group"`
	Labels         []Label         `json:"labels"`
	Kind           string          `json:"kind"`
	Source         Source          `json:"source"`
	Image          Image           `json:"image"`
	Package        Package         `json:"package"`
	Packages       []Package       `json:"packages"`
	Command        Command         `json:"command"`
	Remote         Remote          `json:"remote"`
	Transport      string          `json:"transport"`
	Endpoint       Endpoint        `json:"endpoint"`
	PublishedPorts []PublishedPort `json:"published_ports"`
	Environment    []Variable      `json:"environment"`
	Secrets        []Secret        `json:"secrets"`
	Redactions     []Redaction     `json:"redactions"`
	Mounts         []Mount         `json:"mounts"`
	Permissions    Permissions     `json:"permissions"`
	Auth           Auth            `json:"auth"`
	Provenance     Provenance      `json:"provenance"`
	Kubernetes     Kubernetes      `json:"kubernetes"`
}

// Kinds of server: what will run, not who starts it.
const (
	KindContainer = "container"
	KindProcess   = "process"
	KindRemote    = "remote"
)

// Label is one label of a server.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Source is what the person asked for, verbatim, before any resolution.
type Source struct {
	Reference string `json:"reference"`
	// Scheme is image, npx, uvx, go, command or url.
	Scheme string `json:"scheme"`
	// Opaque marks a launcher whose arguments could not be read fully.
	Opaque bool `json:"opaque"`
}

// Image is the container image that will run.
type Image struct {
	Reference  string `json:"reference"`
	Registry   string `json:"registry"`
	Repository string `json:"repository"`
	Tag        string `json:"tag"`
	Digest     string `json:"digest"`
	ID         string `json:"id"`
	Pinned     bool   `json:"pinned"`
}

// Package is a package that a launcher installs and runs.
type Package struct {
	Ecosystem string `json:"ecosystem"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Pinned    bool   `json:"pinned"`
}

// Command is the file that a process server executes.
type Command struct {
	Path        string      `json:"path"`
	Resolved    string      `json:"resolved"`
	SHA256      string      `json:"sha256"`
	Interpreter Interpreter `json:"interpreter"`
	Args        []string    `json:"args"`
}

// Interpreter is the program that runs a script.
type Interpreter struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
}

// Remote is the URL of a remote server, canonical, userinfo removed.
type Remote struct {
	URL           string `json:"url"`
	Scheme        string `json:"scheme"`
	Host          string `json:"host"`
	Port          int    `json:"port"`
	Path          string `json:"path"`
	Authenticated bool   `json:"authenticated"`
}

// Endpoint is where the runner listens.
type Endpoint struct {
	Host              string   `json:"host"`
	Port              int      `json:"port"`
	Loopback          bool     `json:"loopback"`
	AllowedOrigins    []string `json:"allowed_origins"`
	TrustProxyHeaders bool     `json:"trust_proxy_headers"`
}

// PublishedPort is a container port published on the host.
type PublishedPort struct {
	HostIP        string `json:"host_ip"`
	HostPort      int    `json:"host_port"`
	ContainerPort int    `json:"container_port"`
}

// Variable is one environment variable of the server. Value is "" where Source
// is secret or host.
type Variable struct {
	Name string `json:"name"`
	// Source is literal, secret or host.
	Source   string `json:"source"`
	Value    string `json:"value"`
	Redacted bool   `json:"redacted"`
}

// Secret is a reference to a secret, never its value.
type Secret struct {
	Name   string `json:"name"`
	Target string `json:"target"`
}

// Redaction is one place where a secret in clear was replaced.
type Redaction struct {
	// Path is a JSON Pointer into the input.
	Path string `json:"path"`
	// Reason is name, token, entropy, url or argument.
	Reason string `json:"reason"`
}

// Mount is a host path that a container gets.
type Mount struct {
	Source   string `json:"source"`
	Resolved string `json:"resolved"`
	Target   string `json:"target"`
	ReadOnly bool   `json:"read_only"`
}

// Permissions are what a container may do.
type Permissions struct {
	Profile      string   `json:"profile"`
	Privileged   bool     `json:"privileged"`
	Capabilities []string `json:"capabilities"`
	Network      Network  `json:"network"`
}

// Network is the network part of Permissions.
type Network struct {
	Mode     string   `json:"mode"`
	Isolated bool     `json:"isolated"`
	Outbound Outbound `json:"outbound"`
	Inbound  Inbound  `json:"inbound"`
}

// Outbound is what a container may connect to.
type Outbound struct {
	AllowAll bool     `json:"allow_all"`
	Hosts    []string `json:"hosts"`
	Ports    []int    `json:"ports"`
}

// Inbound is who may connect to a container.
type Inbound struct {
	Hosts []string `json:"hosts"`
}

// Auth says which protections are configured in front of the server.
type Auth struct {
	OIDC  bool     `json:"oidc"`
	Authz bool     `json:"authz"`
	Audit bool     `json:"audit"`
	Tools []string `json:"tools"`
}

// Provenance says which registry served the server's metadata.
type Provenance struct {
	RegistryServerName string `json:"registry_server_name"`
	RegistryURL        string `json:"registry_url"`
	RegistryAPIURL     string `json:"registry_api_url"`
	Verified           bool   `json:"verified"`
}

// Kubernetes is what a pod template patch asks for.
type Kubernetes struct {
	HostNetwork    bool     `json:"host_network"`
	HostPID        bool     `json:"host_pid"`
	ServiceAccount string   `json:"service_account"`
	HostPaths      []string `json:"host_paths"`
	Privileged     bool     `json:"privileged"`
}

// Registry is the subject of the registry operations of hosts that have them.
type Registry struct {
	Name           string `json:"name"`
	URL            string `json:"url"`
	APIURL         string `json:"api_url"`
	LocalPath      string `json:"local_path"`
	AllowPrivateIP bool   `json:"allow_private_ip"`
	HasAuth        bool   `json:"has_auth"`
}

// Context is who asks, where and when.
type Context struct {
	// Time is RFC 3339 in UTC with Z and milliseconds.
	Time   string `json:"time"`
	User   User   `json:"user"`
	Host   Host   `json:"host"`
	Runner Runner `json:"runner"`
	// Environment is the operator's label: prod, dev, or "".
	Environment string `json:"environment"`
}

// User is the account that the runner runs as.
type User struct {
	Name   string   `json:"name"`
	UID    string   `json:"uid"`
	Groups []string `json:"groups"`
}

// Host is the machine that the runner runs on.
type Host struct {
	Name string `json:"name"`
	OS   string `json:"os"`
	Arch string `json:"arch"`
}

// Runner is the program that embeds the gate.
type Runner struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}
