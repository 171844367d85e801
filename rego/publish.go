package rego

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// PublishConfig says what Publish writes, and where.
type PublishConfig struct {
	// LoadConfig says where the policies are, and how those who follow the
	// destination load them. Dir may be a bundle archive, too, which is published
	// as it is.
	LoadConfig
	// Dest is the directory of policies to publish to. It has to exist.
	Dest string
	// Archive is the name of the archive in Dest, without ".tar.gz".
	Archive string
	// DryRun checks everything and writes nothing.
	DryRun bool
}

// Published says what Publish wrote, or would have written.
type Published struct {
	// File is the archive in the destination.
	File string
	// Revision and Policies are those of the destination with the archive.
	Revision string
	Policies []string
	// Signed says that the archive holds a signature. It was verified where keys
	// were given.
	Signed bool
	// Warnings are what is odd about the destination and no error.
	Warnings []string
}

var archiveName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*$`)

// Publish writes the policies of a source as one archive into a directory that
// gates follow. Whoever reads the directory at any moment finds the archive that
// was there before, or this one whole, also after a crash. What the gate would
// refuse is not published: a source that is broken or has no policy, and an
// archive that does not load beside what else the directory holds. Where there is
// an error, the directory is as it was.
func Publish(ctx context.Context, cfg PublishConfig) (out *Published, err error) {
	if !archiveName.MatchString(cfg.Archive) {
		return nil, fmt.Errorf("archive name %q: want letters, digits and _ . + -, and no other sign in front", cfg.Archive)
	}
	if cfg.Dir == "" {
		return nil, errors.New("no directory is given to publish")
	}
	t, err := LoadConfig{Dir: cfg.Dest, Permissions: PermissionsWarn}.openDir()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("destination %s does not exist: make it first, for root or whoever runs mcp-runner alone to write", cfg.Dest)
	}
	if err != nil {
		return nil, fmt.Errorf("destination: %w", err)
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if _, err := t.look(ctx, defaultLimits); err != nil {
		return nil, fmt.Errorf("destination %s: %w", cfg.Dest, err)
	}
	d := &destination{cfg: cfg, name: cfg.Archive + ".tar.gz"}
	if d.root, err = os.OpenRoot(cfg.Dest); err != nil {
		return nil, fmt.Errorf("destination: %w", err)
	}
	defer func() { err = errors.Join(err, d.root.Close()) }()
	if !cfg.DryRun {
		unlock, err := d.lock(ctx)
		if err != nil {
			return nil, fmt.Errorf("destination %s: %w", cfg.Dest, err)
		}
		defer unlock()
	}
	packed, signed, err := cfg.pack(ctx)
	if err != nil {
		return nil, err
	}
	p, err := d.check(ctx, packed)
	if err != nil {
		return nil, err
	}
	out = &Published{
		File: filepath.Join(cfg.Dest, d.name), Revision: p.Revision(), Policies: p.Policies(), Signed: signed,
		Warnings: append(t.loose, p.Warnings()...),
	}
	if cfg.DryRun {
		return out, nil
	}
	if err := d.write(ctx, packed); err != nil {
		return nil, fmt.Errorf("destination %s: %w", cfg.Dest, err)
	}
	return out, nil
}

// destination is the directory that is published to.
type destination struct {
	cfg  PublishConfig
	root *os.Root
	name string // of the archive
}

// check loads the archive by itself, and the destination with it, as the gate
// will.
func (d *destination) check(ctx context.Context, packed []byte) (*Policy, error) {
	cfg := d.cfg.LoadConfig
	cfg.Dir, cfg.FS = "", d.with(packed, true)
	// A bundle of settings alone has no policy. It says so by its roots; where it
	// does not, its policies may be lost.
	if _, err := Load(ctx, cfg); errors.Is(err, ErrNoPolicy) && d.mayHavePolicies(ctx, packed) {
		return nil, err
	}
	cfg.Name, cfg.FS = d.cfg.Dest, d.with(packed, false)
	p, err := Load(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("%s would not load with %s:\n%w", d.cfg.Dest, d.name, d.located(err))
	}
	return p, nil
}

// mayHavePolicies says that the manifest of an archive does not say that no
// policy is in it.
func (d *destination) mayHavePolicies(ctx context.Context, packed []byte) bool {
	files, err := unpack(packed)
	if err != nil || ctx.Err() != nil {
		return true
	}
	m, err := readManifest(file{name: ".manifest", rel: ".manifest", kind: kindManifest, content: files[".manifest"]})
	if err != nil || m.roots == nil {
		return true
	}
	for _, root := range m.roots {
		if owns(root, "mcp/policy") || owns("mcp/policy", root) {
			return true
		}
	}
	return false
}

// located is an error of loading with the files where a person finds them: those
// of the archive in the source.
func (d *destination) located(err error) error {
	if _, ok := errors.AsType[*Finding](err); !ok && !hasList(err) {
		return err
	}
	var errs []error
	for _, f := range Findings(err) {
		inside, ok := strings.CutPrefix(f.File, d.name+"/")
		switch {
		case ok && path.Ext(d.cfg.Dir) == ".gz":
			f.File = filepath.ToSlash(d.cfg.Dir) + "/" + inside
		case ok:
			f.File = path.Join(filepath.ToSlash(d.cfg.Dir), inside)
		case f.File != "":
			f.File = path.Join(filepath.ToSlash(d.cfg.Dest), f.File)
		}
		errs = append(errs, &f)
	}
	return join(errs)
}
