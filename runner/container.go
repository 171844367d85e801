package runner

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"
)

// ContainerRuntime runs servers that are images.
type ContainerRuntime interface {
	Runtime
	// ResolveImage finds out which image cfg.Image stands for, without pulling it.
	// It is asked before the gate is. What cannot be found out is an error.
	ResolveImage(ctx context.Context, cfg *RunConfig) (*ResolvedImage, error)
	// Supported returns an error where the runtime would not do all that cfg asks
	// for. It asks nobody.
	Supported(cfg *RunConfig) error
}

// PullPolicy says when an image is pulled.
type PullPolicy string

// When an image is pulled. Whatever is pulled is what the gate was asked about.
const (
	// PullMissing takes the image that the engine has under that name, and pulls
	// where it has none. It is what the empty string means.
	PullMissing PullPolicy = "missing"
	// PullAlways asks the registry what the name stands for now.
	PullAlways PullPolicy = "always"
	// PullNever asks no registry.
	PullNever PullPolicy = "never"
)

// ContainerOptions say how the container of an image runs. They are this
// project's own addition to the run config.
type ContainerOptions struct {
	// User is who the server runs as, NAME or UID, with or without :GROUP. Empty
	// means the user that the image names, and [DefaultContainerUser] where it
	// names none.
	User string `json:"user,omitzero"`
	// WritableRoot makes the root file system of the container writable.
	WritableRoot bool `json:"writable_root,omitzero"`
	// MemoryBytes bounds the memory, PIDs the processes and threads, CPUs the
	// processors. 0 means DefaultMemoryBytes, DefaultPIDs and DefaultCPUs.
	MemoryBytes int     `json:"memory_bytes,omitzero"`
	PIDs        int     `json:"pids,omitzero"`
	CPUs        float64 `json:"cpus,omitzero"`
	// Pull says when the image is pulled.
	Pull  PullPolicy     `json:"pull,omitzero"`
	Extra jsontext.Value `json:",embed,unknown"`
}

// What a container gets where its config says nothing.
const (
	DefaultContainerUser = "65532:65532"
	DefaultMemoryBytes   = 1 << 30
	DefaultPIDs          = 512
	DefaultCPUs          = 2.0
)

// ResolvedContainer is how the container of an image will run.
type ResolvedContainer struct {
	// Image is the zero value where nobody could be asked.
	Image ResolvedImage
	// User is who the server runs as; "" where the image is not known and the
	// config says nothing.
	User         string
	ReadOnlyRoot bool
	MemoryBytes  int
	PIDs         int
	CPUs         float64
	Network      ContainerNetwork
}

// ResolvedImage is the image that a reference stood for when it was looked up.
type ResolvedImage struct {
	// Digest is that of the image in its repository, sha256:…, or "" for an image
	// that no registry has.
	Digest string
	// ID is the digest of the image's configuration, sha256:….
	ID string
	// User is what the image says its processes run as, "" where it says nothing.
	User string
	// Local says that the engine has the image.
	Local bool
}
