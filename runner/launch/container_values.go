package launch

import (
	"encoding/csv"
	"math"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	volumeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]+$`)
	drivePath  = regexp.MustCompile(`^[A-Za-z]:[/\\]`)
)

// limits takes up who runs in a container and what bounds it. Of an option that
// is given twice the last one counts.
func (c *Container) limits(run parsed) {
	c.User, _ = run.last("--user")
	c.ReadOnlyRoot = run.on("--read-only")
	if value, ok := run.last("--memory"); ok {
		c.MemoryBytes = memoryBytes(value)
	}
	if value, ok := run.last("--cpus"); ok {
		if n, err := strconv.ParseFloat(value, 64); err == nil && n > 0 && !math.IsInf(n, 0) {
			c.CPUs = n
		}
	}
	if value, ok := run.last("--pids-limit"); ok {
		if n, err := strconv.Atoi(value); err == nil && n > 0 {
			c.PIDs = n
		}
	}
}

// memoryBytes reads 512m, 1.5GiB and the like as docker does; 0 is what is no size.
func memoryBytes(s string) int {
	end := strings.LastIndexAny(s, "0123456789. ") + 1
	n, err := strconv.ParseFloat(strings.TrimSuffix(s[:end], " "), 64)
	unit := strings.ToLower(s[end:])
	if unit != "" && unit != "b" {
		power := strings.IndexByte("kmgtp", unit[0]) + 1
		if power == 0 || !slices.Contains([]string{"", "b", "ib"}, unit[1:]) {
			return 0
		}
		n *= math.Pow(1024, float64(power))
	}
	if err != nil || !(n >= 1 && n < math.MaxInt) {
		return 0
	}
	return int(n)
}

// volume takes up the value of -v: [SOURCE:]TARGET[:OPTIONS].
func (c *Container) volume(tool, s string) (why string) {
	const odd = "option --volume: a form that is not known"
	parts := volumeParts(s)
	m := Mount{}
	switch len(parts) {
	case 1: // an anonymous volume
		if !strings.HasPrefix(parts[0], "/") { // a:/x is read differently
			return odd
		}
		return ""
	case 2, 3:
		m.Source, m.Target = parts[0], parts[1]
	default:
		return odd
	}
	if !containerPath(m.Target) {
		return odd
	}
	m.Target = cleanTarget(m.Target)
	if len(parts) == 3 {
		var reads, writes bool
		for _, o := range strings.Split(parts[2], ",") {
			switch o {
			case "ro", "rro", "readonly":
				reads = true
			case "rw":
				writes = true
			case "z", "Z", "nocopy", "copy", "cached", "delegated", "consistent", "private", "rprivate", "slave", "rslave",
				"rbind", "bind", "noexec", "nosuid", "nodev", "exec", "O":
			default:
				why = "option --volume: an option of the volume that is not known"
			}
		}
		if reads && writes {
			why = odd
		}
		m.ReadOnly = reads && !writes
	}
	if !hostSource(m.Source) && !volumeName.MatchString(m.Source) {
		return "option --volume: the source is neither a path as " + tool + " reads it nor the name of a volume"
	}
	c.Mounts = append(c.Mounts, m)
	return why
}

// volumeParts splits at colons, but not behind the letter of a Windows drive.
func volumeParts(s string) []string {
	var parts []string
	for s != "" {
		from := 0
		if drivePath.MatchString(s) {
			from = 2
		}
		i := strings.IndexByte(s[from:], ':')
		if i < 0 {
			return append(parts, s)
		}
		parts, s = append(parts, s[:from+i]), s[from+i+1:]
		if s == "" {
			return append(parts, "")
		}
	}
	return parts
}

// hostSource reports whether a source is a path of the host.
func hostSource(s string) bool {
	return strings.HasPrefix(s, "/") || strings.HasPrefix(s, ".") || drivePath.MatchString(s) || strings.HasPrefix(s, `\\`)
}

func containerPath(s string) bool { return strings.HasPrefix(s, "/") || drivePath.MatchString(s) }

func cleanTarget(s string) string {
	if strings.HasPrefix(s, "/") {
		return path.Clean(s)
	}
	return s
}

// mount takes up the value of --mount: a line of CSV.
func (c *Container) mount(tool, s string) (why string) {
	const odd = "option --mount: a form that is not known"
	fields, err := csv.NewReader(strings.NewReader(s)).Read()
	if err != nil || strings.ContainsAny(s, "\n\r") {
		return odd
	}
	kind, m, seen := "volume", Mount{}, map[string]bool{}
	for _, field := range fields {
		key, value, hasValue := strings.Cut(field, "=")
		key = strings.ToLower(key)
		switch key {
		case "src":
			key = "source"
		case "dst", "destination":
			key = "target"
		case "readonly", "rw":
			key = "ro"
		}
		if seen[key] {
			why = odd // which one counts differs
		}
		seen[key] = true
		switch key {
		case "type":
			kind = strings.ToLower(value)
		case "source":
			m.Source = value
		case "target":
			m.Target = value
		case "ro":
			on := true
			if hasValue {
				if on, err = strconv.ParseBool(value); err != nil {
					why = odd
				}
			}
			m.ReadOnly = on != strings.HasPrefix(strings.ToLower(field), "rw")
		case "bind-propagation":
			if !slices.Contains([]string{"private", "rprivate", "slave", "rslave"}, value) {
				why = "option --mount: " + widens
			}
		case "consistency", "bind-nonrecursive", "bind-recursive", "volume-nocopy", "volume-label", "volume-subpath", "relabel",
			"tmpfs-size", "tmpfs-mode", "tmpcopyup", "notmpcopyup", "nosuid", "nodev", "noexec":
		default:
			why = "option --mount: " + widens
		}
	}
	switch {
	case kind == "tmpfs" && m.Source == "" && containerPath(m.Target):
		return why
	case kind != "bind" && kind != "volume", !containerPath(m.Target):
		return odd
	case kind == "volume" && m.Source == "":
		return why // anonymous
	case kind == "volume" && !volumeName.MatchString(m.Source):
		return odd
	case kind == "bind" && tool == "podman" && m.Source != "" && !hostSource(m.Source):
		m.Source = "./" + m.Source // or it would be a volume
	case kind == "bind" && !hostSource(m.Source):
		return odd
	}
	m.Target = cleanTarget(m.Target)
	c.Mounts = append(c.Mounts, m)
	return why
}

// mostPorts is how many ports of one option are listed.
const mostPorts = 256

// publish takes up the value of -p: [[IP:][HOST]:]CONTAINER[/PROTOCOL], with
// ranges of ports, or docker's published=…,target=….
func (c *Container) publish(tool, s string) (why string) {
	const odd = "option --publish: a form that is not known"
	if strings.Contains(s, "=") {
		named := map[string]string{}
		for _, field := range strings.Split(s, ",") {
			key, value, ok := strings.Cut(field, "=")
			if _, twice := named[key]; !ok || twice || !slices.Contains([]string{"published", "target", "protocol", "mode"}, key) {
				return odd
			}
			named[key] = value
		}
		s = named["published"] + ":" + named["target"] + "/" + named["protocol"]
		s = strings.TrimSuffix(s, "/")
	} else if tool == "podman" && strings.Contains(s, ",") {
		for _, one := range strings.Split(s, ",") {
			if why = c.publish(tool, one); why != "" {
				return why
			}
		}
		return ""
	}
	s, protocol, hasProtocol := strings.Cut(s, "/")
	if hasProtocol && !slices.Contains([]string{"tcp", "udp", "sctp"}, strings.ToLower(protocol)) {
		return odd
	}
	var ip, host string
	container := s
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		host, container = s[:i], s[i+1:]
		if i := strings.LastIndexByte(host, ':'); i >= 0 {
			ip, host = host[:i], host[i+1:]
		}
	}
	if ip != "" {
		addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(ip, "["), "]"))
		if err != nil {
			return odd
		}
		ip = addr.Unmap().String()
	}
	first, last, ok := portRange(container)
	if !ok || first == 0 {
		return odd
	}
	hostFirst, hostLast := 0, last-first
	if host != "" {
		if hostFirst, hostLast, ok = portRange(host); !ok {
			return odd
		}
	}
	switch {
	case last-first >= mostPorts || hostLast-hostFirst >= mostPorts:
		return "option --publish: too many ports"
	case last == first: // any one of the host's range
		for port := hostFirst; port <= hostLast; port++ {
			c.Ports = append(c.Ports, Port{HostIP: ip, HostPort: port, ContainerPort: first})
		}
	case hostLast-hostFirst != last-first:
		return odd
	default:
		for i := range last - first + 1 {
			port := Port{HostIP: ip, ContainerPort: first + i}
			if hostFirst > 0 {
				port.HostPort = hostFirst + i
			}
			c.Ports = append(c.Ports, port)
		}
	}
	return ""
}

func portRange(s string) (first, last int, ok bool) {
	from, to, isRange := strings.Cut(s, "-")
	a, err := strconv.ParseUint(from, 10, 16)
	if err != nil {
		return 0, 0, false
	}
	b := a
	if isRange {
		if b, err = strconv.ParseUint(to, 10, 16); err != nil || b < a {
			return 0, 0, false
		}
	}
	return int(a), int(b), true
}
