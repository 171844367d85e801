package gate_test

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/distribution/reference"
	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/gate"
	"github.com/mcp-runner/mcp-runner/runner"
)

var (
	sha256Digest = "sha256:" + strings.Repeat("ab", 32)
	sha512Digest = "sha512:" + strings.Repeat("ab", 64)
)

func TestInputImage(t *testing.T) {
	longTag := strings.Repeat("t", 128)
	for text, want := range map[string]gate.Image{
		"alpine":                            {Registry: "docker.io", Repository: "library/alpine", Tag: "latest"},
		"alpine:3":                          {Registry: "docker.io", Repository: "library/alpine", Tag: "3"},
		"docker:dind":                       {Registry: "docker.io", Repository: "library/docker", Tag: "dind"},
		"evil/x":                            {Registry: "docker.io", Repository: "evil/x", Tag: "latest"},
		"DOCKER.IO/alpine":                  {Registry: "docker.io", Repository: "library/alpine", Tag: "latest"},
		"docker.io:443/alpine":              {Registry: "docker.io", Repository: "library/alpine", Tag: "latest"},
		"index.docker.io/a/b:1":             {Registry: "docker.io", Repository: "a/b", Tag: "1"},
		"index.docker.io/alpine":            {Registry: "docker.io", Repository: "library/alpine", Tag: "latest"},
		"Registry-1.Docker.io/a/b":          {Registry: "docker.io", Repository: "a/b", Tag: "latest"},
		"registry-1.docker.io:443/a/b":      {Registry: "docker.io", Repository: "a/b", Tag: "latest"},
		"registry.hub.docker.com/a/b":       {Registry: "docker.io", Repository: "a/b", Tag: "latest"},
		"docker.io/library/alpine":          {Registry: "docker.io", Repository: "library/alpine", Tag: "latest"},
		"docker.io.evil.example/alpine":     {Registry: "docker.io.evil.example", Repository: "alpine", Tag: "latest"},
		"GHCR.io/acme/x:v1":                 {Registry: "ghcr.io", Repository: "acme/x", Tag: "v1"},
		"ghcr.io:443/acme/x":                {Registry: "ghcr.io", Repository: "acme/x", Tag: "latest"},
		"ghcr.io:80/acme/x":                 {Registry: "ghcr.io", Repository: "acme/x", Tag: "latest"},
		"ghcr.io:8443/acme/x":               {Registry: "ghcr.io:8443", Repository: "acme/x", Tag: "latest"},
		"localhost:5000/x":                  {Registry: "localhost:5000", Repository: "x", Tag: "latest"},
		"localhost:443/x":                   {Registry: "localhost:443", Repository: "x", Tag: "latest"},
		"build:443/x":                       {Registry: "build:443", Repository: "x", Tag: "latest"},
		"Build:5000/x":                      {Registry: "build:5000", Repository: "x", Tag: "latest"},
		"127.0.0.1/x":                       {Registry: "127.0.0.1", Repository: "x", Tag: "latest"},
		"127.0.0.1:443/x":                   {Registry: "127.0.0.1", Repository: "x", Tag: "latest"},
		"[2001:DB8:0::1]:5000/x":            {Registry: "[2001:db8::1]:5000", Repository: "x", Tag: "latest"},
		"[2001:db8::1]:443/x":               {Registry: "[2001:db8::1]", Repository: "x", Tag: "latest"},
		"[::1]/x":                           {Registry: "[::1]", Repository: "x", Tag: "latest"},
		"xn--bcher-kva.example/x":           {Registry: "xn--bcher-kva.example", Repository: "x", Tag: "latest"},
		"ghcr.io/acme/x@" + sha256Digest:    {Registry: "ghcr.io", Repository: "acme/x", Digest: sha256Digest, Pinned: true},
		"ghcr.io/acme/x@" + sha512Digest:    {Registry: "ghcr.io", Repository: "acme/x", Digest: sha512Digest, Pinned: true},
		"ghcr.io/acme/x:v1@" + sha256Digest: {Registry: "ghcr.io", Repository: "acme/x", Tag: "v1", Digest: sha256Digest, Pinned: true},
		"alpine@" + sha256Digest:            {Registry: "docker.io", Repository: "library/alpine", Digest: sha256Digest, Pinned: true},
		"x/a__b.c---d/e":                    {Registry: "docker.io", Repository: "x/a__b.c---d/e", Tag: "latest"},
		"a.b/c:" + longTag:                  {Registry: "a.b", Repository: "c", Tag: longTag},
		"sha256:latest":                     {Registry: "docker.io", Repository: "library/sha256", Tag: "latest"},
		"cafe:latest":                       {Registry: "docker.io", Repository: "library/cafe", Tag: "latest"},
	} {
		t.Run(text, func(t *testing.T) {
			in, err := gate.InputFor(&runner.RunConfig{Image: text})
			require.NoError(t, err)
			want.Reference = text
			require.Equal(t, want, in.Server.Image)
			require.Equal(t, gate.Source{Reference: text, Scheme: "image"}, in.Server.Source)
			require.Equal(t, gate.KindContainer, in.Server.Kind)
		})
	}
	for _, text := range []string{"npx://pkg@1.2.3", "uvx://pkg", "go://example.com/x@v1"} {
		in := inputFor(t, &runner.RunConfig{Image: text})
		scheme, _, _ := strings.Cut(text, "://")
		require.Equal(t, gate.Source{Reference: text, Scheme: scheme}, in.Server.Source)
		require.Equal(t, gate.Image{}, in.Server.Image)
		require.Equal(t, map[string]gate.Package{
			"npx": {Ecosystem: "npm", Name: "pkg", Version: "1.2.3", Pinned: true},
			"uvx": {Ecosystem: "pypi", Name: "pkg"},
			"go":  {Ecosystem: "go", Name: "example.com/x", Version: "v1"},
		}[scheme], in.Server.Package)
	}
	_, err := gate.InputFor(&runner.RunConfig{Image: "uvx://hunter2;x"})
	require.EqualError(t, err, "package behind uvx://: a package that cannot be read")
	for _, image := range []string{"npx://x --token=hunter2", "uvx://x\t--token=hunter2", "go://example.com/x hunter2", "npx://x\u00a0hunter2"} {
		_, err = gate.InputFor(&runner.RunConfig{Image: image})
		require.EqualError(t, err, "package has white space in its name: no package has")
	}
}

func TestInputImageRefused(t *testing.T) {
	for text, want := range map[string]string{
		"-alpine":                           "begins with '-'",
		"--privileged":                      "begins with '-'",
		" alpine":                           "white space",
		"alpine ":                           "white space",
		"a b":                               "white space",
		"alpine\n":                          "white space",
		"alp\x00ine":                        "control character",
		"alp\x7fine":                        "control character",
		"alpіne":                            "not ASCII", // Cyrillic
		"ghcr.іo/x":                         "not ASCII",
		"bücher.example/x":                  "not ASCII",
		"ghcr。io/x":                         "not ASCII",
		"alp\u200bine":                      "not ASCII",
		"docker://alpine":                   "has a scheme",
		"docker-daemon://alpine":            "has a scheme",
		"https://ghcr.io/a/b":               "has a scheme",
		"NPX://pkg":                         "has a scheme",
		"oci:alpine":                        "oci: is a place",
		"oci-archive:x.tar":                 "oci-archive: is a place",
		"dir:latest":                        "write docker.io/library/dir:TAG",
		"docker-archive:x":                  "docker-archive: is a place",
		"docker-daemon:alpine:latest":       "docker-daemon: is a place",
		"containers-storage:alpine":         "containers-storage: is a place",
		"tarball:x":                         "tarball: is a place",
		"ghcr.io/../x":                      "'..'",
		"ghcr.io/a/..":                      "'..'",
		"../x":                              "'..'",
		"ghcr..io/x":                        "'..'",
		"./x":                               "ends with a dot",
		"/alpine":                           "empty part",
		"alpine/":                           "empty part",
		"ghcr.io//x":                        "empty part",
		"ghcr.io/x:":                        "empty part",
		"ghcr.io/x@":                        "empty part",
		"ghcr.io/x:@" + sha256Digest:        "empty part",
		"ghcr.io:/x":                        "empty part",
		"ghcr.io/:v1":                       "empty part",
		":v1":                               "empty part",
		"@" + sha256Digest:                  "empty part",
		"Alpine":                            "must be lowercase",
		"ghcr.io/Acme/x":                    "must be lowercase",
		"Acme/x":                            "because of its capitals",
		"LOCALHOST/x":                       "because of its capitals",
		"localhost/x":                       "write localhost:PORT/",
		"ghcr.io./x":                        "ends with a dot",
		"ghcr.io.:443/x":                    "ends with a dot",
		"localhost./x":                      "ends with a dot",
		"ghcr.io:0443/x":                    "port of the registry",
		"ghcr.io:0/x":                       "port of the registry",
		"ghcr.io:65536/x":                   "port of the registry",
		"ghcr.io:http/x":                    "port of the registry",
		"ghcr.io:443:443/x":                 "port of the registry",
		"user:pass@ghcr.io/x":               "port of the registry",
		"user@ghcr.io/x":                    "registry is not a host name",
		"C_R.IO/a":                          "registry is not a host name",
		"c_r.io:443/a":                      "registry is not a host name",
		"-a.io/a":                           "begins with '-'",
		"a-.io/a":                           "registry is not a host name",
		"__.io/a":                           "registry is not a host name",
		"127.1/x":                           "unusual spelling",
		"2130706433:5000/x":                 "unusual spelling",
		"0x7f.0.0.1/x":                      "unusual spelling",
		"0x7f000001:5000/x":                 "unusual spelling",
		"0177.0.0.1/x":                      "unusual spelling",
		"127.0.0.1.1/x":                     "unusual spelling",
		"256.0.0.1/x":                       "unusual spelling",
		"ghcr.io.1/x":                       "unusual spelling",
		"[::1/x":                            "registry is not a host",
		"[::1]x/y":                          "registry is not a host",
		"[::ffff:127.0.0.1]/x":              "not one of IPv4",
		"[::ffff:7f00:1]/x":                 "not one of IPv4",
		"[fe80::1%eth0]/x":                  "without a zone",
		"[127.0.0.1]/x":                     "not an IPv6 address",
		"::1/x":                             "empty part",
		"ghcr.io/x@sha256:abc":              "digest is not",
		"ghcr.io/x@" + sha256Digest + "a":   "digest is not",
		"ghcr.io/x@" + sha256Digest + ":v1": "digest is not",
		"ghcr.io/x@" + strings.ToUpper(sha256Digest[:7]) + sha256Digest[7:]: "digest is not",
		"ghcr.io/x@sha256:" + strings.Repeat("AB", 32):                      "digest is not",
		"ghcr.io/x@md5:" + strings.Repeat("ab", 16):                         "digest is not",
		"ghcr.io/x@sha384:" + strings.Repeat("ab", 48):                      "digest is not",
		"ghcr.io/x@blake3:" + strings.Repeat("ab", 32):                      "digest is not",
		"ghcr.io/x@" + sha256Digest + "@" + sha256Digest:                    "digest is not",
		"ghcr.io/x:" + strings.Repeat("t", 129):                             "invalid reference format",
		"ghcr.io/x:-t":                                                      "invalid reference format",
		"ghcr.io/x:a/b":                                                     "invalid reference format",
		"ghcr.io/a_.b":                                                      "invalid reference format",
		"my_registry:5000/x":                                                "registry is not a host name",
		"ghcr.io/" + strings.Repeat("a", 300):                               "must not be more than 255 characters",
		"alpine?x":                                                          "invalid reference format",
		`a\b`:                                                               "invalid reference format",
		"a$b":                                                               "invalid reference format",
		strings.Repeat("ab", 32):                                            "ID of an image",
		"deadbeef":                                                          "ID of an image",
		"cafe":                                                              "ID of an image",
		sha256Digest:                                                        "ID of an image",
		"sha256:abcd":                                                       "ID of an image",
	} {
		_, err := gate.InputFor(&runner.RunConfig{Image: text})
		require.ErrorContains(t, err, want, text)
		if len(text) < 60 && !strings.Contains(text, ":pass@") { // others are redacted
			require.ErrorContains(t, err, fmt.Sprintf("image %q: ", text))
		}
	}
}

// What parseImage takes is what the parser of Docker, Podman and containerd and
// that of go-containerregistry read, but for the one name that a registry gets;
// and its own form reads the same again.
func FuzzImage(f *testing.F) {
	for _, s := range []string{
		"alpine", "alpine:3", "ghcr.io/a/b:v1@" + sha256Digest, "DOCKER.IO/a", "localhost:5000/x", "[::1]:5000/x", "a.b:443/c",
		"index.docker.io/x", "127.0.0.1/x", "oci:x", "a@sha256:b", "-a", "A/b", "x:80/y", "a.b:80/c/d:e", "dir:x", "sha256:ab",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		image, err := gate.ParseImage(s)
		if err != nil {
			require.Equal(t, gate.Image{}, image)
			return
		}
		require.Equal(t, s, image.Reference)
		named, err := reference.ParseNormalizedNamed(s)
		require.NoError(t, err, s)
		docker := gate.Image{Registry: reference.Domain(named), Repository: reference.Path(named)}
		if tagged, ok := reference.TagNameOnly(named).(reference.Tagged); ok {
			docker.Tag = tagged.Tag()
		}
		if digested, ok := named.(reference.Digested); ok {
			docker.Digest = digested.Digest().String()
		}
		for name, read := range map[string]gate.Image{"docker": docker, "go-containerregistry": goContainerRegistry(s)} {
			read = oneName(read)
			require.Equal(t, image.Registry, read.Registry, "%s reads %q", name, s)
			require.Equal(t, image.Repository, read.Repository, "%s reads %q", name, s)
			require.Equal(t, image.Digest, read.Digest, "%s reads %q", name, s)
			require.Equal(t, image.Tag, read.Tag, "%s reads %q", name, s)
		}
		canonical := image.Registry + "/" + image.Repository
		if image.Tag != "" {
			canonical += ":" + image.Tag
		}
		if image.Digest != "" {
			canonical += "@" + image.Digest
		}
		again, err := gate.ParseImage(canonical)
		require.NoError(t, err)
		again.Reference = image.Reference
		require.Equal(t, image, again)
	})
}

// goContainerRegistry splits a reference as that library does: the last colon
// behind the last slash begins a tag, and what stands before the first slash is a
// registry where it has a dot or a colon.
func goContainerRegistry(s string) gate.Image {
	var image gate.Image
	var pinned bool
	s, image.Digest, pinned = strings.Cut(s, "@")
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.Contains(s[i:], "/") {
		s, image.Tag = s[:i], s[i+1:]
	} else if !pinned {
		image.Tag = "latest"
	}
	first, rest, ok := strings.Cut(s, "/")
	image.Registry, image.Repository = "index.docker.io", s
	if ok && strings.ContainsAny(first, ".:") {
		image.Registry, image.Repository = first, rest
	}
	return image
}

// oneName writes registries as the gate does, by a way of its own.
func oneName(image gate.Image) gate.Image {
	registry := strings.ToLower(image.Registry)
	if strings.ContainsAny(registry, ".[") {
		registry = strings.TrimSuffix(strings.TrimSuffix(registry, ":443"), ":80")
	}
	switch registry {
	case "docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com":
		registry = "docker.io"
		if !strings.Contains(image.Repository, "/") {
			image.Repository = "library/" + image.Repository
		}
	}
	if i := strings.IndexByte(registry, ']'); i >= 0 {
		registry = "[" + net.ParseIP(registry[1:i]).String() + registry[i:]
	}
	image.Registry = registry
	return image
}
