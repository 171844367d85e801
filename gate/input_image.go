package gate

import (
	"fmt"
	"strings"

	"github.com/distribution/reference"
)

// imageScheme is the scheme of what stands in RunConfig.Image: a package to
// build an image from on demand, or an image.
func imageScheme(s string) string {
	for _, scheme := range []string{"npx", "uvx", "go"} {
		if strings.HasPrefix(s, scheme+"://") {
			return scheme
		}
	}
	return "image"
}

// parseImage reads an image reference as container runtimes do: alpine is
// library/alpine on docker.io, with the tag latest.
func parseImage(s string) (Image, error) {
	named, err := reference.ParseNormalizedNamed(lowerRegistry(s))
	if err != nil {
		return Image{}, fmt.Errorf("image %q: %w", s, err)
	}
	image := Image{
		Reference:  s,
		Registry:   strings.ToLower(reference.Domain(named)),
		Repository: reference.Path(named),
	}
	if tagged, ok := named.(reference.Tagged); ok {
		image.Tag = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		image.Digest = digested.Digest().String()
		image.Pinned = true
	}
	if image.Tag == "" && image.Digest == "" {
		image.Tag = "latest"
	}
	return image, nil
}

// lowerRegistry writes the registry of s in lower case, so that DOCKER.IO/alpine
// becomes library/alpine too.
func lowerRegistry(s string) string {
	first, rest, ok := strings.Cut(s, "/")
	if !ok || !strings.ContainsAny(first, ".:") && !strings.EqualFold(first, "localhost") {
		return s
	}
	return strings.ToLower(first) + "/" + rest
}
