package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/mcp-runner/mcp-runner/runner"
)

// registryImage asks the registry of ref which image it has there for the engine's
// containers. The digest is the one that a pull asks for: of the index, where
// there is one for several platforms.
func (e *Engine) registryImage(ctx context.Context, api *engine, ref runner.ImageReference) (*runner.ResolvedImage, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	login := e.login(ctx, ref)
	repo, named, err := registryName(ref)
	if err != nil {
		return nil, err
	}
	opts := []remote.Option{
		remote.WithContext(ctx),
		remote.WithAuth(login.authenticator()),
		remote.WithPlatform(v1.Platform{OS: api.os, Architecture: api.arch}),
		remote.WithTransport(plainOnLoopback{remote.DefaultTransport}),
		remote.WithRetryBackoff(remote.Backoff{Duration: 300 * time.Millisecond, Factor: 2, Steps: 2}),
	}
	digest, err := headDigest(named, opts)
	if err != nil {
		return nil, login.registryError(ref, err)
	}
	ref.Digest = digest
	if found, err := localImage(ctx, api, ref); err != nil || found != nil {
		return found, err
	}
	// By its digest: what the registry answers now must be what it answered before.
	manifest, err := remote.Get(repo.Digest(digest), opts...)
	if err != nil {
		return nil, login.registryError(ref, err)
	}
	image, err := manifest.Image()
	if err != nil {
		return nil, login.registryError(ref, fmt.Errorf("image for %s/%s: %w", api.os, api.arch, err))
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, login.registryError(ref, fmt.Errorf("configuration of the image: %w", err))
	}
	id, err := image.ConfigName()
	if err != nil {
		return nil, login.registryError(ref, fmt.Errorf("configuration of the image: %w", err))
	}
	return &runner.ResolvedImage{Digest: digest, ID: id.String(), User: config.Config.User}, nil
}

// headDigest asks which digest stands under the name.
func headDigest(named name.Reference, opts []remote.Option) (string, error) {
	head, err := remote.Head(named, opts...)
	if err == nil {
		return head.Digest.String(), nil
	}
	var answered *transport.Error
	var failed *url.Error
	if errors.As(err, &answered) || errors.As(err, &failed) {
		return "", err
	}
	// An answer to HEAD that leaves out the digest, or another header. The digest of
	// the content is as good.
	manifest, err := remote.Get(named, opts...)
	if err != nil {
		return "", err
	}
	return manifest.Digest.String(), nil
}

// registryName is ref for the registry client.
func registryName(ref runner.ImageReference) (name.Repository, name.Reference, error) {
	opts := []name.Option{name.StrictValidation}
	if loopback(ref.Registry) {
		opts = append(opts, name.Insecure)
	}
	repo, err := name.NewRepository(repository(ref), opts...)
	if err != nil {
		return name.Repository{}, nil, err
	}
	if ref.Digest != "" {
		return repo, repo.Digest(ref.Digest), nil
	}
	return repo, repo.Tag(ref.Tag), nil
}

// plainOnLoopback refuses to speak to anything but this machine without TLS,
// wherever a registry or a redirect of it points.
type plainOnLoopback struct{ http.RoundTripper }

func (t plainOnLoopback) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !loopback(r.URL.Host) {
		return nil, errPlain
	}
	return t.RoundTripper.RoundTrip(r)
}

var errPlain = errors.New("it wants to be spoken to without TLS, which is done on loopback only")

// loopback says whether HOST or HOST:PORT is this machine, as Docker sees it.
func loopback(registry string) bool {
	host := registry
	if h, _, err := net.SplitHostPort(registry); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}

// registryError says what a registry's answer, or silence, means for the person
// who asked. The registry's own words stay out of it, and so do URLs, which may
// hold what opens them.
func (l login) registryError(ref runner.ImageReference, err error) error {
	var answered *transport.Error
	var failed *url.Error
	switch {
	case errors.As(err, &answered):
		return l.statusError(ref, answered.StatusCode)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("registry %s does not answer: %w", ref.Registry, context.DeadlineExceeded)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("registry %s: %w", ref.Registry, context.Canceled)
	case errors.Is(err, errPlain):
		return fmt.Errorf("registry %s: %w: give the registry a certificate, or pull the image first (docker pull)", ref.Registry, errPlain)
	case errors.As(err, &failed):
		return fmt.Errorf("registry %s does not answer: %w", ref.Registry, failed.Err)
	default:
		return fmt.Errorf("registry %s: %w", ref.Registry, err)
	}
}

// statusError is what an answer with the HTTP status means.
func (l login) statusError(ref runner.ImageReference, status int) error {
	switch status {
	case http.StatusNotFound:
		return fmt.Errorf("registry %s has no such image: there is no %s", ref.Registry, displayed(ref))
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("registry %s denies access to %s, or has no such repository: %s", ref.Registry, repository(ref), l.advice(ref))
	case http.StatusTooManyRequests:
		return fmt.Errorf("registry %s allows no more requests for now: wait, or %s", ref.Registry, l.advice(ref))
	default:
		return fmt.Errorf("registry %s answers with the HTTP status %d", ref.Registry, status)
	}
}

func displayed(ref runner.ImageReference) string {
	if ref.Digest != "" {
		return repository(ref) + "@" + ref.Digest
	}
	return repository(ref) + ":" + ref.Tag
}
