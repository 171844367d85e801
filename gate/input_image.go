package gate

import "github.com/mcp-runner/mcp-runner/runner"

// parseImage is the image that a reference names.
func parseImage(s string) (Image, error) {
	named, err := runner.ParseImage(s)
	if err != nil {
		return Image{}, err
	}
	return Image{
		Reference:  s,
		Registry:   named.Registry,
		Repository: named.Repository,
		Tag:        named.Tag,
		Digest:     named.Digest,
		Pinned:     named.Digest != "",
	}, nil
}
