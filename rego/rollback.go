package rego

import (
	"context"
	"maps"
	"path"
	"slices"
)

// release is one bundle of a policy, as far as it can be older than another.
type release struct {
	bundle    string // for messages: the same bundle may come under another name
	file      string
	roots     []string
	sequence  int64
	sequenced bool
}

func releasesOf(snap *snapshot) []release {
	var releases []release
	for _, b := range snap.bundles {
		r := release{bundle: b.String(), file: path.Join(b.name, ".manifest"), roots: b.roots}
		if b.manifest != nil {
			r.sequence, r.sequenced = b.manifest.sequence, b.manifest.sequenced
		}
		releases = append(releases, r)
	}
	return releases
}

// rollback remembers the sequences that were in force, by root: the highest of
// each. What is out of force stays remembered, so that no detour leads back. Its
// zero value remembers nothing.
type rollback struct{ newest map[string]int64 }

// admit says whether p may come into force after what was, and remembers it
// then. It is called once the policy is known to be whole, just before it comes
// into force. Without keys a sequence is anyone's word, and does not count.
func (r *rollback) admit(ctx context.Context, cfg StoreConfig, p *Policy) error {
	if cfg.Keys == nil {
		return nil
	}
	var errs []error
	for _, rel := range p.releases {
		if err := r.older(rel); err != nil {
			errs = append(errs, err)
		}
	}
	if err := join(errs); err != nil {
		if !cfg.AllowRollback {
			return err
		}
		cfg.log().WarnContext(ctx, "older policy comes into force, as rollback is allowed", "source", cfg.Name, "error", err)
	}
	for _, rel := range p.releases {
		r.note(rel)
	}
	return nil
}

// older is the error of a release that is older than one that was in force for
// a part of the same data.
func (r *rollback) older(rel release) error {
	for _, root := range slices.Sorted(maps.Keys(r.newest)) {
		newest := r.newest[root]
		if _, _, ok := overlap(rel.roots, []string{root}); !ok || rel.sequenced && rel.sequence >= newest {
			continue
		}
		const fix = "publish it with a higher metadata.sequence, or start with --allow-rollback"
		if !rel.sequenced {
			return fault("rollback", rel.file, fix, "%s has no sequence, and sequence %d of the root %q was in force", rel.bundle, newest, root)
		}
		return fault("rollback", rel.file, fix, "%s has the sequence %d, and %d of the root %q was in force", rel.bundle, rel.sequence, newest, root)
	}
	return nil
}

// note remembers a release that comes into force. Where it is an older one, it
// is the newest from now on.
func (r *rollback) note(rel release) {
	if r.newest == nil {
		r.newest = map[string]int64{}
	}
	maps.DeleteFunc(r.newest, func(root string, newest int64) bool {
		_, _, ok := overlap(rel.roots, []string{root})
		return ok && (!rel.sequenced || rel.sequence < newest)
	})
	if !rel.sequenced {
		return
	}
	for _, root := range rel.roots {
		r.newest[root] = rel.sequence
	}
}
