package gate

// Permissions are what a container may do.
type Permissions struct {
	// Profile is the name of the permission profile, or its file.
	Profile    string `json:"profile"`
	Privileged bool   `json:"privileged"`
	// Capabilities are the Linux capabilities that are added, in capitals and
	// without CAP_, sorted: those of a container command line, and of the
	// containers of a pod template patch. ALL is every one.
	Capabilities []string `json:"capabilities"`
	// User is who the server in the container runs as, NAME or UID, with or without
	// :GROUP; "" where it is not known, as on a command line that leaves it to the
	// image.
	User string `json:"user"`
	// ReadOnlyRoot says that the container cannot write to its root file system.
	ReadOnlyRoot bool    `json:"read_only_root"`
	Limits       Limits  `json:"limits"`
	Network      Network `json:"network"`
}

// Limits bound what a container uses. 0 is no limit, or one that is not known.
type Limits struct {
	MemoryBytes int `json:"memory_bytes"`
	// CPUs is a number of processors, such as 0.5.
	CPUs float64 `json:"cpus"`
	// PIDs is a number of processes and threads.
	PIDs int `json:"pids"`
}

// Network is the network of a container.
type Network struct {
	// Mode is host, bridge, none, or a network's name. It is "" where only the
	// lists of Outbound say what a container reaches.
	Mode string `json:"mode"`
	// Isolated says that Outbound and Inbound are enforced. An image that this
	// runner starts has it with no network and with lists.
	Isolated bool     `json:"isolated"`
	Outbound Outbound `json:"outbound"`
	Inbound  Inbound  `json:"inbound"`
}

// Outbound is what a container may connect to.
type Outbound struct {
	AllowAll bool `json:"allow_all"`
	// Hosts are in lower case, without a dot at their end.
	Hosts []string `json:"hosts"`
	Ports []int    `json:"ports"`
}

// Inbound is who may connect to a container.
type Inbound struct {
	// Hosts are in lower case, without a dot at their end.
	Hosts []string `json:"hosts"`
}

// Auth says which protections are configured in front of the server.
type Auth struct {
	OIDC  bool `json:"oidc"`
	Authz bool `json:"authz"`
	Audit bool `json:"audit"`
	// Tools are the tools that clients may see, sorted; empty means all.
	Tools []string `json:"tools"`
}

// Provenance says which registry served the server's metadata. It is what the
// run config claims, whose author can claim anything, unless Verified is true.
type Provenance struct {
	RegistryServerName string `json:"registry_server_name"`
	// RegistryURL is in the form of the URL of a remote server, without userinfo.
	RegistryURL string `json:"registry_url"`
	// RegistryAPIURL is in that form, too.
	RegistryAPIURL string `json:"registry_api_url"`
	// Verified is false unless the host that asks the gate found the rest to be
	// true. No run config can set it.
	Verified bool `json:"verified"`
}

// Kubernetes is what a pod template patch asks for, in any container of the pod.
type Kubernetes struct {
	HostNetwork    bool   `json:"host_network"`
	HostPID        bool   `json:"host_pid"`
	ServiceAccount string `json:"service_account"`
	// HostPaths are paths of the node, cleaned.
	HostPaths []string `json:"host_paths"`
	// Privileged is true for a host process of Windows too.
	Privileged bool `json:"privileged"`
}

// Registry is the subject of the registry operations of hosts that have them.
// URL, APIURL and LocalPath say where the registry is: at most one of them, and
// none for the host's own registry. See [RegistryInput].
type Registry struct {
	// Name is the registry's, where the host has names for registries.
	Name string `json:"name"`
	// URL is that of a registry's file, in the form of the URL of a remote server,
	// without userinfo.
	URL string `json:"url"`
	// APIURL is that of a registry's API, in that form, too.
	APIURL string `json:"api_url"`
	// Scheme is that of URL or APIURL.
	Scheme string `json:"scheme" enum:"http,https,"`
	// Host is that of URL or APIURL: a name in lower case ASCII without a dot at
	// its end, or an IP address in its shortest form, without brackets.
	Host string `json:"host"`
	// LocalPath is that of a registry's file on this machine, absolute and cleaned.
	LocalPath string `json:"local_path"`
	// Resolved is LocalPath with all symlinks resolved. They may lead elsewhere
	// the next time that the file is read.
	Resolved string `json:"resolved"`
	// AllowPrivateIP says that the registry may be at an address that is not public.
	AllowPrivateIP bool `json:"allow_private_ip"`
	// HasAuth says that the config holds credentials for the registry.
	HasAuth bool `json:"has_auth"`
}

// Context is who asks, where and when. It is the gate's own knowledge: nothing of
// it comes from a run config.
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
	// Name is "" for an account that the system does not list.
	Name string `json:"name"`
	UID  string `json:"uid"`
	// Groups are names, or numbers of groups without one, sorted.
	Groups []string `json:"groups"`
}

// Host is the machine that the runner runs on.
type Host struct {
	Name string `json:"name"`
	// OS is as Go calls it: linux, darwin, windows.
	OS string `json:"os"`
	// Arch is as Go calls it: amd64, arm64.
	Arch string `json:"arch"`
}

// Runner is the program that embeds the gate.
type Runner struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}
