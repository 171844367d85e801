package rego

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mcp-runner/mcp-runner/internal/deadline"
)

// LoadConfig says where the policies of one source are.
type LoadConfig struct {
	// Name is the source's name in decisions and messages.
	Name string
	// Profile names the profile of the library that the source is, for its status
	// alone; "" where it is none.
	Profile string
	// Dir is the directory of the source.
	Dir string
	// FS holds the source where Dir is "".
	FS fs.FS
	// InputSchema is a JSON Schema. A reference to a field of the input that it
	// does not have is a load error. Where it is nil, the input is not typed.
	InputSchema []byte
	// Permissions says what a file that others could have written means.
	Permissions Permissions
	// Keys verify the signatures of the bundles; nil asks for none. With keys
	// nothing takes effect that is not signed by one of them.
	Keys *Keys
	// AllowBuiltins are builtins that policies may call besides those that they
	// always may, by their whole names. Network stays out of reach: http.send
	// fails where it is called.
	AllowBuiltins []string
	// Deadline bounds one load; 0 means 30 s.
	Deadline time.Duration
	// Redact takes secrets out of what policies print, before it is logged at
	// debug; nil logs nothing of it. Whether Log takes debug is asked once, at
	// the load.
	Redact func(string) string
	// Log takes what is worth a note; nil means slog.Default().
	Log *slog.Logger
}

func (c LoadConfig) log() *slog.Logger {
	if c.Log == nil {
		return slog.Default()
	}
	return c.Log
}

// Policy is all policies of one source, compiled. It is safe for concurrent use,
// and does not change but for what is stuck in it.
type Policy struct {
	name     string
	revision string
	units    []*unit
	mask     *masker // nil where the source has none
	data     policyData
	settings Settings
	decide   *decider
	// settingsTerm is the settings as decide wants them.
	settingsTerm *ast.Term
	// names are those of the policies, as decide wants them.
	names    *ast.Term
	warnings []string
	loose    []string // who could have written the source
	releases []release
	prints   printLog
	// watch knows the evaluations that have not returned.
	watch deadline.Watch
	// err is why nothing is loaded, where that is so.
	err error
}

// Load reads, checks and compiles one source. It returns a policy that is
// complete, or an error that names each file and line that is wrong; a source
// without any policy is ErrNoPolicy.
func Load(ctx context.Context, cfg LoadConfig) (*Policy, error) {
	p, err := loadBeside(ctx, cfg)
	if err != nil {
		return nil, sourceError(cfg, err)
	}
	return p, nil
}

// steadySnapshot reads a source that may change while it is read.
func steadySnapshot(ctx context.Context, cfg LoadConfig, l *loading) (*snapshot, error) {
	for range 5 {
		snap, _, err := readSnapshot(ctx, cfg, l)
		if !errors.Is(err, errChanging) {
			return snap, err
		}
	}
	return nil, errChanging
}

func sourceError(cfg LoadConfig, err error) error {
	if cfg.Dir != "" && filepath.Base(cfg.Dir) != filepath.Base(cfg.Name) {
		err = fmt.Errorf("%s: %w", cfg.Dir, err) // its name alone does not say where to look
	}
	return fmt.Errorf("policy source %s: %w", cfg.Name, err)
}

// noPolicyError is a finding that is ErrNoPolicy too.
type noPolicyError struct{ *Finding }

func (e noPolicyError) Is(target error) bool { return target == ErrNoPolicy }
func (e noPolicyError) Unwrap() error        { return e.Finding }

// noPolicy is ErrNoPolicy with what was found instead.
func noPolicy(src *source) error {
	if len(src.modules) == 0 {
		return noPolicyError{fault("no-policy", "", "write one with a package mcp.policy.NAME", "%s: there is no .rego file but tests", ErrNoPolicy)}
	}
	m := src.modules[0]
	return noPolicyError{fault("no-policy", "", "write one", "%s: %d .rego file(s) read (%s: package %s), none with a package mcp.policy.NAME", ErrNoPolicy,
		len(src.modules), m.name, packageText(m.path))}
}

// build makes a policy of a snapshot.
func build(ctx context.Context, cfg LoadConfig, snap *snapshot) (*Policy, error) {
	for _, e := range snap.skipped {
		cfg.log().DebugContext(ctx, "not part of the policy", "source", cfg.Name, "file", e.name, "reason", e.reason)
	}
	p, _, err := examine(ctx, cfg, snap)
	if err != nil {
		return nil, bounded(err)
	}
	return p, nil
}

// examine makes a policy of a snapshot. Its error lists all that is wrong, in
// every file and at every step, as far as one does not follow from another; the
// policy is whole where there is none. The compiler is nil where not even one
// can be made.
func examine(ctx context.Context, cfg LoadConfig, snap *snapshot) (*Policy, *unitCompiler, error) {
	builtins, err := allowBuiltins(cfg.AllowBuiltins)
	if err != nil {
		return nil, nil, err
	}
	src, errs := parse(snap, builtins)
	errs = append(errs, check(src)...)
	if join(errs) == nil && len(src.policies) == 0 {
		return nil, nil, noPolicy(src)
	}
	settings, warnings, err := readSettings(src)
	if !src.dataBroken {
		errs = append(errs, err)
	}
	errs = append(errs, src.checkMatches(settings.Waivers, cfg.InputSchema))
	settingsTerm, err := src.settingsTerm(settings)
	errs = append(errs, err)
	decide, err := decision()
	errs = append(errs, err)
	c, err := newUnitCompiler(src, cfg.InputSchema)
	if err != nil {
		return nil, nil, join(append(errs, err))
	}
	if found := c.checkComplexity(); found != nil {
		errs = append(errs, found...)
		src.broken = append(src.broken, "") // nothing is compiled
	}
	c.faulty, c.prints = map[string]bool{}, newPrintLog(ctx, cfg)
	for _, f := range Findings(join(errs)) {
		c.faulty[f.File] = true
	}
	p := &Policy{
		name:         cfg.Name,
		revision:     revisionOf(snap, cfg),
		settings:     settings,
		decide:       decide,
		settingsTerm: settingsTerm,
		releases:     releasesOf(snap),
		loose:        snap.loose,
		prints:       c.prints,
		warnings:     slices.Concat(warnings, src.waiverWarnings(settings.Waivers), src.builtinWarnings()),
	}
	errs = append(errs, c.compile(ctx, p)...)
	errs = append(errs, c.compileMask(ctx, p, cfg.InputSchema))
	return p, c, join(errs)
}

// Name returns the name of the source.
func (p *Policy) Name() string { return p.name }

// Revision identifies everything that was compiled: equal content has an equal
// revision. It is "" where nothing is loaded.
func (p *Policy) Revision() string { return p.revision }

// Policies returns the names of the policies, sorted.
func (p *Policy) Policies() []string {
	names := make([]string, len(p.units))
	for i, u := range p.units {
		names[i] = u.name
	}
	return names
}

// Warnings returns what is odd about the source and no error, such as a setting
// for a policy that is not there, or a file that others could have written.
func (p *Policy) Warnings() []string { return slices.Concat(p.warnings, p.loose) }

// Settings returns the settings of the source. The caller must not change what
// is below it.
func (p *Policy) Settings() Settings { return p.settings }
