package docker

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/distribution/reference"
	"github.com/moby/moby/api/types/image"

	"github.com/mcp-runner/mcp-runner/runner"
)

// lookupTimeout bounds what an engine, and what a registry, may take to say which
// image there is.
const lookupTimeout = 30 * time.Second

// ResolveImage finds out which image cfg.Image stands for.
func (e *Engine) ResolveImage(ctx context.Context, cfg *runner.RunConfig) (*runner.ResolvedImage, error) {
	ref, err := runner.ParseImage(cfg.Image)
	if err != nil {
		return nil, err
	}
	pull, err := pullPolicy(cfg)
	if err != nil {
		return nil, err
	}
	api, err := e.connect(ctx)
	if err != nil {
		return nil, err
	}
	if pull != runner.PullAlways {
		found, err := localImage(ctx, api, ref)
		if err != nil || found != nil {
			return found, err
		}
	}
	if pull == runner.PullNever {
		return nil, fmt.Errorf("the engine does not have %s, and the pull policy is never: pull it first (docker pull), or use --pull missing", cfg.Image)
	}
	found, err := e.registryImage(ctx, api, ref)
	if err != nil && pull != runner.PullAlways {
		return nil, fmt.Errorf("the engine does not have it, and %w", err)
	}
	return found, err
}

// ensureImage pulls the image that was allowed where the engine does not have it,
// and returns its ID, by which the container is created. The image that is there
// in the end has the digest, or else the ID, that the gate was asked about.
func (e *Engine) ensureImage(ctx context.Context, api *engine, cfg *runner.RunConfig) (id string, err error) {
	ref, err := runner.ParseImage(cfg.Image)
	if err != nil {
		return "", err
	}
	pull, err := pullPolicy(cfg)
	if err != nil {
		return "", err
	}
	if cfg.Resolved == nil || cfg.Resolved.Container == nil {
		return "", fmt.Errorf("image %s: nobody has found out which one it is", cfg.Image)
	}
	allowed := cfg.Resolved.Container.Image
	if err := checkAllowed(ref, allowed); err != nil {
		return "", fmt.Errorf("image %s: %w", cfg.Image, err)
	}
	id, err = presentImage(ctx, api, ref, allowed)
	switch {
	case err != nil:
		return "", fmt.Errorf("image %s: %w", cfg.Image, err)
	case id != "":
		return id, nil
	case allowed.Digest == "":
		return "", fmt.Errorf("image %s: %s, which policy was asked about, is no longer there, and no registry has it", cfg.Image, allowed.ID)
	case pull == runner.PullNever:
		return "", fmt.Errorf("image %s: %s, which policy was asked about, is not there, and the pull policy is never", cfg.Image, allowed.Digest)
	}
	ref.Digest = allowed.Digest
	if err := e.pull(ctx, api, ref); err != nil {
		return "", fmt.Errorf("image %s: %w", cfg.Image, err)
	}
	id, err = presentImage(ctx, api, ref, allowed)
	if err != nil {
		return "", fmt.Errorf("image %s after its pull: %w", cfg.Image, err)
	}
	if id == "" {
		return "", fmt.Errorf("image %s: after the pull the engine does not have %s of %s, which policy was asked about",
			cfg.Image, allowed.Digest, repository(ref))
	}
	return id, nil
}

// pullPolicy returns when the image of cfg is pulled.
func pullPolicy(cfg *runner.RunConfig) (runner.PullPolicy, error) {
	if cfg.Container == nil || cfg.Container.Pull == "" {
		return runner.PullMissing, nil
	}
	switch pull := cfg.Container.Pull; pull {
	case runner.PullMissing, runner.PullAlways, runner.PullNever:
		return pull, nil
	default:
		return "", fmt.Errorf("pull policy %q is not missing, always or never", pull)
	}
}

// checkAllowed refuses what ResolveImage would not have returned for ref.
func checkAllowed(ref runner.ImageReference, allowed runner.ResolvedImage) error {
	switch {
	case allowed.ID == "" && allowed.Digest == "":
		return errors.New("nobody has found out which one it is")
	case allowed.ID != "" && !digestPattern.MatchString(allowed.ID):
		return fmt.Errorf("ID %q is not sha256: with 64 hexadecimal digits", allowed.ID)
	case allowed.Digest != "" && !digestPattern.MatchString(allowed.Digest):
		return fmt.Errorf("digest %q is not sha256: with 64 hexadecimal digits, or sha512: with 128", allowed.Digest)
	case ref.Digest != "" && ref.Digest != allowed.Digest:
		return fmt.Errorf("policy was asked about the digest %q", allowed.Digest)
	}
	return nil
}

// localImage returns the image that the engine has under ref, nil where it has none.
func localImage(ctx context.Context, api *engine, ref runner.ImageReference) (*runner.ResolvedImage, error) {
	name := repository(ref) + ":" + ref.Tag
	if ref.Digest != "" {
		// The engine would not look at a tag beside a digest either.
		name = repository(ref) + "@" + ref.Digest
	}
	got, err := inspectImage(ctx, api, name)
	if err != nil || got == nil {
		return nil, err
	}
	digests := digestsOf(got, ref)
	// Engines also look a tag up as the beginning of an ID, and a digest as an ID or
	// as that of another repository.
	if ref.Digest != "" && !slices.Contains(digests, ref.Digest) || ref.Digest == "" && !tagged(got, name) {
		return nil, nil
	}
	found := &runner.ResolvedImage{ID: got.ID, Digest: ref.Digest, Local: true}
	if found.Digest == "" && len(digests) > 0 {
		found.Digest = digests[0]
	}
	if got.Config != nil {
		found.User = got.Config.User
	}
	return found, nil
}

// presentImage returns the ID of the image that was allowed, "" where the engine
// does not have it.
func presentImage(ctx context.Context, api *engine, ref runner.ImageReference, allowed runner.ResolvedImage) (string, error) {
	// The ID alone is enough only where it is what the engine had when it was asked.
	if allowed.Local && allowed.ID != "" {
		got, err := inspectImage(ctx, api, allowed.ID)
		if err != nil {
			return "", err
		}
		if got != nil && got.ID == allowed.ID {
			return got.ID, nil
		}
	}
	if allowed.Digest == "" {
		return "", nil
	}
	got, err := inspectImage(ctx, api, repository(ref)+"@"+allowed.Digest)
	if err != nil || got == nil || !slices.Contains(digestsOf(got, ref), allowed.Digest) {
		return "", err
	}
	// Where images are kept with containerd, their ID is the digest of the manifest.
	if allowed.ID != "" && got.ID != allowed.ID && got.ID != allowed.Digest {
		return "", fmt.Errorf("the engine has %s under the digest %s, and policy was asked about %s", got.ID, allowed.Digest, allowed.ID)
	}
	return got.ID, nil
}

var digestPattern = regexp.MustCompile(`^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$`)

// inspectImage returns what the engine has under a name or an ID, nil where it has
// nothing.
func inspectImage(ctx context.Context, api *engine, name string) (*image.InspectResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	got, err := api.ImageInspect(ctx, name)
	if errdefs.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking the engine for image %s: %w", name, err)
	}
	if !strings.Contains(got.ID, ":") {
		got.ID = "sha256:" + got.ID // as Podman writes it
	}
	if !digestPattern.MatchString(got.ID) {
		return nil, fmt.Errorf("the engine says that image %s has the ID %q, which is none", name, got.ID)
	}
	return &got.InspectResponse, nil
}

// digestsOf are the digests of an image in the repository of ref, sorted.
func digestsOf(got *image.InspectResponse, ref runner.ImageReference) []string {
	var digests []string
	for _, s := range got.RepoDigests {
		named, err := reference.ParseNormalizedNamed(s)
		if err != nil {
			continue // <none>@sha256:… of an image without a name
		}
		if digested, ok := named.(reference.Digested); ok && named.Name() == repository(ref) {
			digests = append(digests, digested.Digest().String())
		}
	}
	slices.Sort(digests)
	return digests
}

// tagged says whether an image has the name repository:tag.
func tagged(got *image.InspectResponse, name string) bool {
	return slices.ContainsFunc(got.RepoTags, func(s string) bool {
		named, err := reference.ParseNormalizedNamed(s)
		return err == nil && reference.TagNameOnly(named).String() == name
	})
}

// repository is the canonical name of the repository of ref, such as
// docker.io/library/alpine.
func repository(ref runner.ImageReference) string { return ref.Registry + "/" + ref.Repository }
