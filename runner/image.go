package runner

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/distribution/reference"
)

// ImageReference are the parts of a reference to an image.
type ImageReference struct {
	// Registry is in lower case and under one name, such as docker.io.
	Registry   string
	Repository string
	// Tag is latest where neither a tag nor a digest was given.
	Tag string
	// Digest is sha256:… or sha512:…, or "".
	Digest string
}

// ImageScheme is the scheme of what stands in RunConfig.Image: npx, uvx or go for
// a package, or image.
func ImageScheme(s string) string {
	for _, scheme := range []string{"npx", "uvx", "go"} {
		if strings.HasPrefix(s, scheme+"://") {
			return scheme
		}
	}
	return "image"
}

// ParseImage reads an image reference as container tools do: alpine is
// library/alpine on docker.io, with the tag latest where there is neither tag
// nor digest. The registry comes out in lower case and under one name:
//
//   - Docker Hub's own names (index.docker.io, registry-1.docker.io,
//     registry.hub.docker.com) are docker.io.
//   - The port that a scheme implies goes: ghcr.io:443 and ghcr.io:80 are
//     ghcr.io. Tools speak https to both, unless their own settings call the
//     registry insecure. A name without a dot keeps its port, because without one
//     it is no registry: build:443/x stays on build:443.
//   - IPv6 addresses are in their shortest form, in brackets.
//
// What Docker, Podman, containerd, skopeo and go-containerregistry would not
// read alike is an error that says what to write instead.
func ParseImage(s string) (ImageReference, error) {
	named, err := parseReference(s)
	if err != nil {
		return ImageReference{}, fmt.Errorf("image %q: %w", s, err)
	}
	image := ImageReference{
		Registry:   reference.Domain(named),
		Repository: reference.Path(named),
	}
	if tagged, ok := named.(reference.Tagged); ok {
		image.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		image.Digest = digested.Digest().String()
	}
	if image.Tag == "" && image.Digest == "" {
		image.Tag = "latest"
	}
	return image, nil
}

// parseReference returns s under the one name of its registry.
func parseReference(s string) (reference.Named, error) {
	if err := checkReference(s); err != nil {
		return nil, err
	}
	first, rest, ok := strings.Cut(s, "/")
	switch {
	case !ok:
	case strings.ContainsAny(first, ".:"):
		registry, err := canonicalRegistry(strings.ToLower(first))
		if err != nil {
			return nil, err
		}
		s = registry + "/" + rest
	case first == "localhost":
		return nil, errors.New("localhost is a registry to some tools and a name on Docker Hub to others: " +
			"write localhost:PORT/… or docker.io/localhost/…")
	case strings.ToLower(first) != first:
		return nil, fmt.Errorf("%s is a registry to some tools because of its capitals, and an error to others: "+
			"write a registry with its port, and all else in lower case", first)
	}
	if _, digest, ok := strings.Cut(s, "@"); ok && !digestPattern.MatchString(digest) {
		return nil, errors.New("digest is not sha256: with 64 hexadecimal digits in lower case, or sha512: with 128")
	}
	return reference.ParseNormalizedNamed(s)
}

var (
	digestPattern = regexp.MustCompile(`^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$`)
	portPattern   = regexp.MustCompile(`^[1-9][0-9]{0,4}$`)
	// idPattern is what Docker and Podman look up as an image's ID, or the
	// beginning of one, among the images that they have.
	idPattern = regexp.MustCompile(`^(sha(256|384|512):)?[a-f0-9]+$`)
	// transports are where Podman and skopeo take an image from instead of a
	// registry. Their docker: is not one of these: without // it is the image
	// of that name.
	transports = map[string]bool{
		"containers-storage": true,
		"dir":                true,
		"docker-archive":     true,
		"docker-daemon":      true,
		"oci":                true,
		"oci-archive":        true,
		"ostree":             true,
		"sif":                true,
		"tarball":            true,
	}
)

// checkReference refuses what does not reach the grammar of references with the
// same meaning in all tools.
func checkReference(s string) error {
	transport, _, _ := strings.Cut(s, ":")
	switch {
	case s == "":
		return errors.New("is empty")
	case strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f }):
		return errors.New("has white space, a control character or one that is not ASCII")
	case strings.HasPrefix(s, "-"):
		return errors.New("begins with '-', as an option does")
	case strings.Contains(s, "://"):
		return errors.New("has a scheme: write registry/repository without it")
	case strings.Contains(s, ".."):
		return errors.New("has '..' in it")
	case emptyPart.MatchString(s):
		return errors.New("has an empty part")
	case transports[transport]:
		return fmt.Errorf("%s: is a place to some tools and an image to others: for the image write docker.io/library/%[1]s:TAG", transport)
	case idPattern.MatchString(s):
		return errors.New("can be read as the ID of an image: write NAME:TAG, or docker.io/library/NAME")
	}
	return nil
}

// emptyPart leaves the colons of an IPv6 address alone.
var emptyPart = regexp.MustCompile(`^[/:@]|[/:@]$|/[/:@]|[:@][/@]|@:`)

// hub are the names of Docker Hub.
var hub = map[string]bool{
	"docker.io":               true,
	"index.docker.io":         true,
	"registry-1.docker.io":    true,
	"registry.hub.docker.com": true,
}

// canonicalRegistry is HOST or HOST:PORT, in lower case already, under one name.
func canonicalRegistry(s string) (string, error) {
	host, port, hasPort := strings.Cut(s, ":")
	if strings.HasPrefix(s, "[") {
		i := strings.IndexByte(s, ']')
		if i < 0 || s[i+1:] != "" && s[i+1] != ':' {
			return "", errors.New("registry is not a host, or [IPv6 address], with or without a port")
		}
		host, hasPort = s[:i+1], s[i+1:] != ""
		port = strings.TrimPrefix(s[i+1:], ":")
	}
	host, err := canonicalRegistryHost(host)
	if err != nil {
		return "", err
	}
	if !hasPort {
		if hub[host] {
			host = "docker.io"
		}
		return host, nil
	}
	n, err := strconv.Atoi(port)
	if err != nil || n > 65535 || !portPattern.MatchString(port) {
		return "", errors.New("port of the registry is not a number from 1 to 65535 without leading zeros")
	}
	if (n == 80 || n == 443) && strings.ContainsAny(host, ".[") {
		return canonicalRegistry(host)
	}
	return host + ":" + port, nil
}

func canonicalRegistryHost(host string) (string, error) {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !addr.Is6() || addr.Is4In6() || addr.Zone() != "" {
			return "", errors.New("registry in brackets is not an IPv6 address, without a zone and not one of IPv4")
		}
		return "[" + addr.String() + "]", nil
	}
	if strings.HasSuffix(host, ".") {
		return "", errors.New("registry ends with a dot")
	}
	// With an underscore the parser of Docker takes the host for a part of the
	// repository, on no registry at all.
	if !hostPattern.MatchString(host) {
		return "", errors.New("registry is not a host name: letters, digits and '-', with dots between")
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if numberPattern.MatchString(last) {
		// Resolvers in C would read it as an address, in whatever spelling.
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is4() {
			return "", errors.New("registry is an IP address in an unusual spelling: write four decimal numbers without leading zeros")
		}
	}
	return host, nil
}

var (
	hostPattern   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	numberPattern = regexp.MustCompile(`^([0-9]+|0x[0-9a-f]*)$`)
)
