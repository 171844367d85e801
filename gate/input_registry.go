package gate

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/mcp-runner/mcp-runner/runner"
)

// Operations on the registry from which a host takes its servers.
const (
	// OperationUpdateRegistry sets the registry: one of a URL, the URL of an API
	// and a local file, or nothing of them, which is the host's own registry.
	OperationUpdateRegistry = "update_registry"
	// OperationDeleteRegistry goes back to the host's own registry.
	OperationDeleteRegistry = "delete_registry"
)

// RegistryInput returns the input of policies for an operation on a registry:
// normalised, every field there, secrets redacted. given is what the person
// asked for. Scheme and Host are made from its URL, Resolved from its LocalPath
// unless it says where that leads (then no file is looked up, and both are paths
// with slashes), and HasAuth is true too where the URL held credentials.
// Context is empty: the gate fills it. An error means that the operation cannot
// be judged, because a host might read given otherwise than policies do; it
// holds no secret in clear.
func RegistryInput(operation string, given Registry) (Input, error) {
	in := Input{Operation: operation}
	var err error
	if operation != OperationUpdateRegistry && operation != OperationDeleteRegistry {
		return Input{}, fmt.Errorf("operation: want %s or %s", OperationUpdateRegistry, OperationDeleteRegistry)
	}
	if in.Registry, err = canonicalRegistry(given); err != nil {
		return Input{}, errors.New(RedactText("registry: " + err.Error()))
	}
	total(&in)
	return redact(context.Background(), in)
}

func canonicalRegistry(r Registry) (Registry, error) {
	r.Scheme, r.Host = "", ""
	places := 0
	for _, place := range []string{r.URL, r.APIURL, r.LocalPath} {
		if place != "" {
			places++
		}
	}
	if places > 1 {
		return Registry{}, errors.New("more than one of url, api_url and local_path")
	}
	var err error
	switch {
	case r.URL != "":
		r.URL, err = r.at(r.URL)
		return r, inField("url", err)
	case r.APIURL != "":
		r.APIURL, err = r.at(r.APIURL)
		return r, inField("api_url", err)
	case r.LocalPath != "":
		err = r.inFile()
		return r, inField("local_path", err)
	case r.Resolved != "":
		return Registry{}, errors.New("resolved without local_path")
	}
	return r, nil
}

func inField(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// at puts the registry at the URL s and returns that in its canonical form.
func (r *Registry) at(s string) (string, error) {
	if r.Resolved != "" {
		return "", errors.New("is given with resolved, which is of a local_path")
	}
	u, user, err := runner.CanonicalURL(s)
	if err != nil {
		return "", err
	}
	r.Scheme, r.Host = u.Scheme, u.Hostname()
	r.HasAuth = r.HasAuth || user != nil && user.String() != ""
	return registryURL(s), nil
}

// inFile gives the path of the registry's file the one form that policies
// compare. What hosts read as something else than a path is an error.
func (r *Registry) inFile() error {
	// ToolHive cuts the prefix off and takes what is left as it is.
	file := strings.TrimPrefix(r.LocalPath, "file://")
	switch {
	case file == "":
		return errors.New("names no file")
	case strings.Contains(file, "://"):
		return errors.New("is a URL, which belongs into url")
	case strings.HasPrefix(file, "~"):
		return errors.New("begins with ~, which stands for a home directory to some tools only: write the path in full")
	}
	if r.Resolved != "" {
		if !path.IsAbs(file) || !path.IsAbs(r.Resolved) {
			return errors.New("is given with resolved, and they are not both absolute")
		}
		r.LocalPath, r.Resolved = path.Clean(file), path.Clean(r.Resolved)
		return nil
	}
	var err error
	if r.LocalPath, err = filepath.Abs(file); err != nil {
		return err
	}
	r.Resolved, err = runner.ResolveHostPath(r.LocalPath)
	return err
}
