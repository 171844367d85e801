package gate

// InputVersion is the version of the input object, and of the contract.
const InputVersion = 1

// OperationCreateServer is the operation of [Gate.CheckCreateServer].
const OperationCreateServer = "create_server"

// Input is what policies see of one server: the `input` document of Rego. It is
// described field by field in docs/contract.md, section 3. Every field is
// always there, with an empty value where it does not apply; values are
// normalised and secrets are redacted before Rego sees them.
//
// The comments and enum tags of its fields, and of those below, go into
// [InputSchema]. An enum tag lists all values that a field can have; one that
// ends in a comma has the empty value too.
type Input struct {
	// Version is that of the contract.
	Version int `json:"version" enum:"1"`
	// Operation is what is asked for; create_server unless the host has more.
	Operation string `json:"operation" enum:"create_server,update_registry,delete_registry"`
	// Server is empty where the operation is about a registry.
	Server Server `json:"server"`
	// Registry is empty where the operation is about a server.
	Registry Registry `json:"registry"`
	// Config is the host's own run config as JSON, redacted: an object whose
	// shape is not promised.
	Config  map[string]any `json:"config"`
	Context Context        `json:"context"`
}

// Server is the server that would be created.
type Server struct {
	// Name is the server's, as given or made from its source.
	Name string `json:"name"`
	// Group is the group of servers that it belongs to, as given.
	Group  string  `json:"group"`
	Labels []Label `json:"labels"`
	// Kind is what will run, not who starts it: a docker run line is a container.
	Kind           string          `json:"kind" enum:"container,process,remote,"`
	Source         Source          `json:"source"`
	Image          Image           `json:"image"`
	Package        Package         `json:"package"`
	Packages       []Package       `json:"packages"`
	Command        Command         `json:"command"`
	Remote         Remote          `json:"remote"`
	Transport      string          `json:"transport" enum:"stdio,sse,streamable-http,"`
	Endpoint       Endpoint        `json:"endpoint"`
	PublishedPorts []PublishedPort `json:"published_ports"`
	// Environment is what is set for the server, not what it inherits, sorted by name.
	Environment []Variable  `json:"environment"`
	Secrets     []Secret    `json:"secrets"`
	Redactions  []Redaction `json:"redactions"`
	// Mounts are those of volumes, of the permission profile and of container
	// command lines.
	Mounts      []Mount     `json:"mounts"`
	Permissions Permissions `json:"permissions"`
	Auth        Auth        `json:"auth"`
	Provenance  Provenance  `json:"provenance"`
	Kubernetes  Kubernetes  `json:"kubernetes"`
}

// Kinds of server: what will run, not who starts it.
const (
	KindContainer = "container"
	KindProcess   = "process"
	KindRemote    = "remote"
)

// Label is one label of a server, as given.
type Label struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Source is what the person asked for, verbatim, before any resolution.
type Source struct {
	// Reference is the image, URL, package or command as it was written.
	Reference string `json:"reference"`
	Scheme    string `json:"scheme" enum:"image,npx,uvx,go,command,url,"`
	// Opaque marks a launcher whose arguments could not be read fully, and a pod
	// template patch that runs an image or a command of its own.
	Opaque bool `json:"opaque"`
	// OpaqueReason says why, for people: it names options and no values.
	OpaqueReason string `json:"opaque_reason"`
}

// Image is the container image that will run.
type Image struct {
	// Reference is the image as it was written.
	Reference string `json:"reference"`
	// Registry is HOST or HOST:PORT in lower case, docker.io where none was
	// written; the ports 443 and 80 are left out behind a full name.
	Registry string `json:"registry"`
	// Repository is the path on the registry: library/alpine for alpine.
	Repository string `json:"repository"`
	// Tag is latest where neither a tag nor a digest was given.
	Tag string `json:"tag"`
	// Digest is the one asked for, or where none was, the one resolved, if known.
	Digest string `json:"digest"`
	// ID is the image's ID where it is known.
	ID string `json:"id"`
	// Pinned says that a digest was asked for.
	Pinned bool `json:"pinned"`
}

// Package is a package that a launcher installs and runs.
type Package struct {
	Ecosystem string `json:"ecosystem" enum:"npm,pypi,go,"`
	Name      string `json:"name"`
	// Version is a version, range or tag as it was written.
	Version string `json:"version"`
	// Pinned says that Version is one exact version.
	Pinned bool `json:"pinned"`
}

// Command is the file that a process server executes.
type Command struct {
	// Path is the file as it was found through PATH, before symlinks.
	Path string `json:"path"`
	// Resolved is the file that will run, all symlinks resolved.
	Resolved string `json:"resolved"`
	// SHA256 is the digest of that file in lower case hexadecimal.
	SHA256      string      `json:"sha256"`
	Interpreter Interpreter `json:"interpreter"`
	// Args are the arguments of the command, or of a container.
	Args []string `json:"args"`
}

// Interpreter is the program that runs a script.
type Interpreter struct {
	// Path is the interpreter's file, all symlinks resolved.
	Path string `json:"path"`
	// SHA256 is the digest of that file in lower case hexadecimal.
	SHA256 string `json:"sha256"`
}

// Remote is the URL of a remote server, canonical, userinfo removed.
type Remote struct {
	// URL is what the runner connects to.
	URL    string `json:"url"`
	Scheme string `json:"scheme" enum:"http,https,"`
	// Host is a name in lower case ASCII without a dot at its end, or an IP
	// address in its shortest form, without brackets.
	Host string `json:"host"`
	// Port is there also where the scheme implies it.
	Port int `json:"port"`
	// Path begins with a slash; characters that need no escape have none.
	Path string `json:"path"`
	// Authenticated says that the config holds credentials for the server.
	Authenticated bool `json:"authenticated"`
	// Userinfo says that the URL was given with something before an @.
	Userinfo bool `json:"userinfo"`
}

// Endpoint is where the runner listens.
type Endpoint struct {
	// Host is a name in lower case or an IP address in its shortest form, without
	// brackets; "" where the runner listens nowhere.
	Host string `json:"host"`
	// Port 0 is any free one.
	Port int `json:"port"`
	// Loopback says that only this machine can reach the endpoint.
	Loopback bool `json:"loopback"`
	// AllowedOrigins are scheme://host[:port] in lower case; what is no origin
	// allows nothing and stays as given.
	AllowedOrigins    []string `json:"allowed_origins"`
	TrustProxyHeaders bool     `json:"trust_proxy_headers"`
}

// PublishedPort is a container port published on the host.
type PublishedPort struct {
	// HostIP is an address in its shortest form; "" is every address.
	HostIP string `json:"host_ip"`
	// HostPort 0 is any free one.
	HostPort      int `json:"host_port"`
	ContainerPort int `json:"container_port"`
}

// Variable is one environment variable of the server. Value is "" where Source
// is secret or host.
type Variable struct {
	Name   string `json:"name"`
	Source string `json:"source" enum:"literal,secret,host"`
	Value  string `json:"value"`
	// Redacted says that a part of the value was replaced.
	Redacted bool `json:"redacted"`
}

// Secret is a reference to a secret, never its value.
type Secret struct {
	Name string `json:"name"`
	// Target is the environment variable that gets it.
	Target string `json:"target"`
}

// Redaction is one place where a secret in clear was replaced.
type Redaction struct {
	// Path is a JSON Pointer into the input.
	Path   string `json:"path"`
	Reason string `json:"reason" enum:"name,token,entropy,url,argument"`
}

// Mount is a host path that a container gets.
type Mount struct {
	// Source is the host path, absolute and cleaned, or the name of a volume.
	Source string `json:"source"`
	// Resolved is Source with all symlinks resolved: the one name of the path.
	Resolved string `json:"resolved"`
	// Target is the path in the container.
	Target   string `json:"target"`
	ReadOnly bool   `json:"read_only"`
}
