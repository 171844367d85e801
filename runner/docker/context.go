package docker

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	dockercontext "github.com/docker/cli/cli/context"
	contextdocker "github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
)

// place is where an engine may answer.
type place struct {
	endpoint contextdocker.Endpoint
	// from is what named it, "" for a usual place.
	from string
}

// findPlaces returns where an engine may be, in the order to try. Whatever was
// named is the only one: nothing else answers in its stead.
func findPlaces(host string) ([]place, error) {
	from := "DOCKER_HOST"
	if host != "" {
		from = "the address that was given"
	} else {
		host = os.Getenv("DOCKER_HOST")
	}
	if host != "" {
		p, err := hostPlace(host, from)
		if err != nil {
			return nil, fmt.Errorf("address of Docker Engine from %s: %w", from, err)
		}
		return []place{p}, nil
	}
	dir, err := configDir()
	if err != nil {
		return usualPlaces(), nil
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		file, err := loadConfig(filepath.Join(dir, config.ConfigFileName))
		if err != nil {
			return nil, err
		}
		name = file.CurrentContext
	}
	if name == "" || name == "default" {
		return usualPlaces(), nil
	}
	p, err := contextPlace(dir, name)
	if err != nil {
		return nil, fmt.Errorf("docker context %q: %w (docker context ls lists those that there are; DOCKER_HOST goes before a context)", name, err)
	}
	return []place{p}, nil
}

// hostPlace reads an address as in DOCKER_HOST, with the TLS material that the
// environment names.
func hostPlace(host, from string) (place, error) {
	p := place{from: from, endpoint: contextdocker.Endpoint{EndpointMeta: contextdocker.EndpointMeta{Host: host}}}
	scheme, rest, _ := strings.Cut(host, "://")
	switch {
	case rest == "":
		return place{}, errors.New("write unix:///PATH, tcp://HOST:PORT, ssh://USER@HOST or npipe:////./pipe/NAME")
	case scheme == "unix", scheme == "npipe", scheme == "ssh":
		return p, checkAddress(host)
	case scheme != "tcp":
		return place{}, fmt.Errorf("%q is not unix, tcp, ssh or npipe", scheme)
	}
	if err := checkAddress(host); err != nil {
		return place{}, err
	}
	data, err := environmentTLS()
	if err != nil {
		return place{}, err
	}
	p.endpoint.TLSData = data
	return p, nil
}

// checkAddress refuses what would get a password into errors. It does not show it.
func checkAddress(host string) error {
	if strings.HasPrefix(host, "unix://") || strings.HasPrefix(host, "npipe://") {
		return nil
	}
	u, err := url.Parse(host)
	if err != nil {
		return errors.New("is not of the form SCHEME://HOST:PORT")
	}
	if _, ok := u.User.Password(); ok {
		return errors.New("has a password in it: use a key with ssh://, and certificates with tcp://")
	}
	return nil
}

// environmentTLS returns the TLS material that DOCKER_TLS_VERIFY and
// DOCKER_CERT_PATH name, nil where they ask for none. With any of them the engine's
// certificate is verified.
func environmentTLS() (*dockercontext.TLSData, error) {
	dir := os.Getenv("DOCKER_CERT_PATH")
	if dir == "" {
		if os.Getenv("DOCKER_TLS_VERIFY") == "" && os.Getenv("DOCKER_TLS") == "" {
			return nil, nil
		}
		var err error
		if dir, err = configDir(); err != nil {
			return nil, err
		}
	}
	data := &dockercontext.TLSData{}
	for name, into := range map[string]*[]byte{"ca.pem": &data.CA, "cert.pem": &data.Cert, "key.pem": &data.Key} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		// An engine need not ask for a client's certificate.
		if err != nil && (name == "ca.pem" || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
		*into = content
	}
	if (data.Cert == nil) != (data.Key == nil) {
		return nil, fmt.Errorf("%s: of cert.pem and key.pem there is only one", dir)
	}
	return data, nil
}

// contextPlace reads the endpoint of a context of the docker command.
func contextPlace(dir, name string) (place, error) {
	if err := store.ValidateContextName(name); err != nil {
		return place{}, err
	}
	s := store.New(filepath.Join(dir, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(contextdocker.DockerEndpoint, func() any { return &contextdocker.EndpointMeta{} }),
	))
	metadata, err := s.GetMetadata(name)
	if err != nil {
		return place{}, err
	}
	meta, err := contextdocker.EndpointFromContext(metadata)
	if err != nil {
		return place{}, err
	}
	if meta.Host == "" {
		return place{}, errors.New("names no address")
	}
	if err := checkAddress(meta.Host); err != nil {
		return place{}, err
	}
	endpoint, err := contextdocker.WithTLSData(s, name, meta)
	if err != nil {
		return place{}, err
	}
	return place{endpoint: endpoint, from: "docker context " + strconv.Quote(name)}, nil
}

// usualPlaces are where Docker and Podman listen when nobody says otherwise.
func usualPlaces() []place {
	var places []place
	for _, host := range usualHosts() {
		places = append(places, place{endpoint: contextdocker.Endpoint{EndpointMeta: contextdocker.EndpointMeta{Host: host}}})
	}
	return places
}

// configDir is where the docker command keeps its configuration.
func configDir() (string, error) {
	if dir := os.Getenv("DOCKER_CONFIG"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, ".docker"), nil
}

// loadConfig reads a configuration of the docker command, empty where there is none.
func loadConfig(path string) (*configfile.ConfigFile, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return configfile.New(path), nil
	}
	if err != nil {
		return nil, err
	}
	file, err := config.LoadFromReader(f)
	if err := cmp.Or(err, f.Close()); err != nil {
		// What a parser quotes may be a password.
		return nil, fmt.Errorf("%s is not a configuration of the docker command: see that it is JSON, and log in again", path)
	}
	return file, nil
}

// older says whether version a of the API is one that is below b.
func older(a, b string) bool {
	major, minor, ok := apiVersion(a)
	wantMajor, wantMinor, _ := apiVersion(b)
	return ok && (major < wantMajor || major == wantMajor && minor < wantMinor)
}

func apiVersion(s string) (major, minor int, ok bool) {
	first, second, _ := strings.Cut(s, ".")
	major, err := strconv.Atoi(first)
	if err != nil {
		return 0, 0, false
	}
	minor, err = strconv.Atoi(second)
	return major, minor, err == nil
}
