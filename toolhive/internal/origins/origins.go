// Package origins remembers which package an image was built from on demand:
// ToolHive's run config names the image only.
//
// An entry makes an image count as the package that policy was asked about when
// it was built. So only a name that ToolHive gives to such an image is
// remembered and looked up: [Built]. ToolHive pulls anew what is tagged latest,
// and an image of any other name may come from a registry: an entry for it would
// make a foreign image look like an allowed package. What remains: an image that
// was removed from the machine is pulled from Docker Hub's toolhivelocal/ when it
// is run by its name again, if somebody has put that name and second there. And
// ToolHive writes some references alike, as @a/b and a-b: where its API builds the
// one in the very second in which the other is built after a question, the tag is
// of whichever ended last.
//
// Entries are as good as the account. Who can write one is the same user, who can
// as well start the image with the Docker socket or with ToolHive itself: against
// them nothing here helps. What other users could have written counts as not
// known.
package origins

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/stacklok/toolhive/pkg/container/templates"
	"github.com/stacklok/toolhive/pkg/runner"

	"github.com/mcp-runner/mcp-runner/gate"
)

// Origin is what an image was built from: all that is in it and that the run
// config of a server does not say.
type Origin struct {
	// Reference is what was asked for, as in npx://pkg@1.
	Reference string `json:"reference"`
	// Args are the arguments that were put into the image's entrypoint.
	Args []string `json:"args,omitempty"`
	// Runtime is the base image and what was installed besides, or nil.
	Runtime *templates.RuntimeConfig `json:"runtime,omitempty"`
}

// Store is a directory with a file for each image.
type Store struct {
	dir string
	err error // why there is no directory
}

// Open returns the store of the user, beside the log of decisions: below
// $XDG_STATE_HOME where it is set. A directory that cannot be had shows when
// something is to be remembered.
func Open(getenv func(string) string) *Store {
	log, err := gate.DefaultDecisionLog(getenv)
	if err != nil {
		return &Store{err: err}
	}
	return &Store{dir: filepath.Join(filepath.Dir(log), "toolhive", "origins")}
}

// Prefix is what the name of every such image begins with.
const Prefix = "toolhivelocal/"

// built is how ToolHive names what it builds, see its runner.generateImageName.
var built = regexp.MustCompile(`^` + Prefix + `(?:npx|uvx|go)-[^/:@\s]+:[0-9]{14}$`)

// Built reports whether image is a name that ToolHive gives to what it builds.
func Built(image string) bool { return built.MatchString(image) }

// Name returns the name without a tag of the image that ToolHive builds from
// reference, or "" where it builds none.
func Name(reference string) string {
	kind, pkg, err := runner.ParseProtocolScheme(reference)
	if err != nil {
		return ""
	}
	return strings.ToLower(fmt.Sprintf(Prefix+"%s-%s", kind, runner.PackageNameToImageName(pkg)))
}

// entry is what a file holds. The image is in it because its name is a hash.
type entry struct {
	Image string `json:"image"`
	Origin
}

// Remember notes what image was built from. It must be what ToolHive would call
// an image of that reference.
func (s *Store) Remember(image string, o Origin) error {
	if err := s.remember(image, o); err != nil {
		return fmt.Errorf("what image %s was built from cannot be remembered: %w", image, err)
	}
	return nil
}

func (s *Store) remember(image string, o Origin) error {
	if !matches(image, o.Reference) {
		return fmt.Errorf("it is not the name of an image that ToolHive builds from %s", o.Reference)
	}
	if s.err != nil {
		return s.err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := checkDir(s.dir); err != nil {
		return err
	}
	text, err := json.Marshal(entry{Image: image, Origin: o})
	if err != nil {
		return err
	}
	return write(s.dir, file(image), text)
}

// Origin returns what image was built from. It is false for what was not
// remembered, and for an entry that cannot be read, belongs to someone else or
// is not what [Store.Remember] has written.
func (s *Store) Origin(image string) (Origin, bool) {
	if s.err != nil || !Built(image) || checkDir(s.dir) != nil {
		return Origin{}, false
	}
	text, err := read(s.dir, file(image))
	if err != nil {
		return Origin{}, false
	}
	var e entry
	if json.Unmarshal(text, &e) != nil || e.Image != image || !matches(image, e.Reference) {
		return Origin{}, false
	}
	return e.Origin, true
}

// matches reports whether ToolHive gives the name image to what it builds from
// reference.
func matches(image, reference string) bool {
	name, _, ok := strings.Cut(image, ":")
	return ok && Built(image) && name == Name(reference)
}

func file(image string) string {
	sum := sha256.Sum256([]byte(image))
	return hex.EncodeToString(sum[:]) + ".json"
}
