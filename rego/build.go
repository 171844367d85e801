package rego

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
)

// BuildOptions say what Build writes beside the source.
type BuildOptions struct {
	// Version is that of the program, for the manifest; "" leaves it out.
	Version string
}

// ownDir is where a bundle has what is the product's own. Loading a source skips
// names that begin with a dot, so that a bundle which is published to the gate is
// decided about by the gate's own mcp.gate, never by the one that came along.
const ownDir = ".mcp/"

// Build writes the source as one bundle for stock OPA: all policies without their
// tests, the data of all its bundles merged, mcp.lib and mcp.gate, and the
// decision at data.mcp.gate.decision. Equal sources are equal bytes.
//
// Stock OPA comes to the same decision wherever evaluation succeeds under strict
// builtin errors. Without them a builtin that fails empties a deny set quietly.
func Build(ctx context.Context, cfg LoadConfig, opts BuildOptions, w io.Writer) error {
	snap, err := steadySnapshot(ctx, cfg, nil)
	if err != nil {
		return sourceError(cfg, bounded(err))
	}
	p, c, err := examine(ctx, cfg, snap)
	if err != nil {
		return sourceError(cfg, bounded(err))
	}
	packed, err := buildBundle(ctx, snap, p, c.src, cfg.InputSchema, opts)
	if err != nil {
		return sourceError(cfg, fmt.Errorf("bundle: %w", err))
	}
	_, err = w.Write(packed)
	return err
}

func buildBundle(ctx context.Context, snap *snapshot, p *Policy, src *source, schema []byte, opts BuildOptions) (packed []byte, err error) {
	files := map[string][]byte{}
	for _, f := range libFiles() {
		files[ownDir+f.rel] = f.content
	}
	if files[ownDir+"mcp/gate/decision.rego"], err = decisionModule(src, p, schema); err != nil {
		return nil, err
	}
	addModules(files, snap, src)
	if files["data.json"], err = plainJSON(src.data); err != nil {
		return nil, err
	}
	if files[".manifest"], err = builtManifest(snap, p, opts); err != nil {
		return nil, err
	}
	if packed, err = pack(files); err != nil {
		return nil, err
	}
	return packed, verifyBuilt(ctx, packed)
}

// addModules adds the modules under their names in the source. The members of an
// archive stand below its name without the extension.
func addModules(files map[string][]byte, snap *snapshot, src *source) {
	for _, b := range snap.bundles {
		dir, isArchive := strings.CutSuffix(b.name, ".tar.gz")
		for _, f := range b.files {
			if src.byFile[f.name] == nil {
				continue // data, or a test
			}
			name := f.name
			if isArchive && name == b.name+"/"+f.rel {
				name = dir + "/" + f.rel
			}
			for files[name] != nil {
				name = strings.TrimSuffix(name, ".rego") + "_.rego"
			}
			files[name] = f.content
		}
	}
}

// builtManifest owns all of mcp, so that no bundle beside it adds to the policies
// or the settings, and what else the source owned.
func builtManifest(snap *snapshot, p *Policy, opts BuildOptions) ([]byte, error) {
	roots := []string{"mcp"}
	for _, b := range snap.bundles {
		roots = append(roots, b.roots...)
	}
	slices.Sort(roots)
	roots = slices.Compact(roots)
	all := slices.Clone(roots)
	roots = slices.DeleteFunc(roots, func(root string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return other != root && owns(other, root) })
	})
	own := map[string]any{"policies": p.Policies()}
	if opts.Version != "" {
		own["version"] = opts.Version
	}
	return plainJSON(map[string]any{
		"revision":     p.revision,
		"roots":        roots,
		"rego_version": 1,
		"metadata":     map[string]any{"mcp_runner": own},
	})
}

// plainJSON is indented JSON with sorted keys and no escapes for HTML.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// pack writes files sorted and with nothing of the time or the machine.
func pack(files map[string][]byte) ([]byte, error) {
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	tw := tar.NewWriter(zw)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		hdr := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(files[name])), Mode: 0o644, ModTime: time.Unix(0, 0)}
		if err := tw.WriteHeader(hdr); err != nil {
			return nil, err
		}
		if _, err := tw.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := errors.Join(tw.Close(), zw.Close())
	return packed.Bytes(), err
}

// verifyBuilt reads the bundle as OPA does and asks it without an input, which it
// must not allow. What compiles only policy by policy is found here, such as a
// policy that refers to all of data and with it to the decision.
func verifyBuilt(ctx context.Context, packed []byte) (err error) {
	defer recoverPanic(&err)
	b, err := opabundle.NewReader(bytes.NewReader(packed)).Read()
	if err != nil {
		return err
	}
	results, err := rego.New(
		rego.ParsedBundle("mcp-runner", &b),
		rego.Query("decision = data.mcp.gate.decision"),
		rego.StrictBuiltinErrors(true),
	).Eval(ctx)
	if err != nil {
		return err
	}
	if len(results) != 1 {
		return errors.New("data.mcp.gate.decision is undefined")
	}
	decision, ok := results[0].Bindings["decision"].(map[string]any)
	if !ok || decision["allowed"] != false {
		return errors.New("data.mcp.gate.decision allows without an input")
	}
	return nil
}
