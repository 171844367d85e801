package gate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/mcp-runner/mcp-runner/rego"
	"github.com/mcp-runner/mcp-runner/rego/library"
)

// PolicyVariable names the environment variable with a list of policy
// directories, separated as in PATH.
const PolicyVariable = "MCP_RUNNER_POLICY"

// Names of the sources that have no path of the operator's to be called by.
const (
	SourceSystem  = "system"
	SourceUser    = "user"
	SourceBuiltin = "builtin"
)

// SourcesConfig says where policies come from.
type SourcesConfig struct {
	// Policies are directories that the operator named. One that cannot be
	// loaded denies.
	Policies []string
	// NoBuiltin leaves the built-in policies out. Where the system directory
	// exists, its settings must say `builtin: none`.
	NoBuiltin bool
	// Builtin is the profile of the built-in policies; "" means starter. One that
	// blocks less than starter does needs what NoBuiltin needs, and with NoBuiltin
	// there is none to choose.
	Builtin string
	// Permissions says what becomes of a directory that others could have written.
	Permissions rego.Permissions
	// Keys verify every directory; nil asks for no signature. The starter
	// policies are part of the program and need none.
	Keys *rego.Keys
	// AllowRollback lets an older signed bundle replace a newer one.
	AllowRollback bool
	// AllowBuiltins are builtins that policies may call besides the usual ones.
	AllowBuiltins []string
	// MaxAge is for how long a policy that cannot be confirmed stays in force; 0
	// means for ever.
	MaxAge time.Duration
	// SystemDir and UserDir apply where they exist; "" means the platform's.
	SystemDir, UserDir string
	// Getenv reads the environment; nil means os.Getenv.
	Getenv func(string) string
	// Log is the stores' log; nil means slog.Default().
	Log *slog.Logger
}

// OpenSources opens every source of policies: the system directory, the named
// directories, those of MCP_RUNNER_POLICY, the user's directory and the starter
// policies. Each directory is opened once and watched. A source that cannot be
// loaded is opened too and denies until it can be. The caller closes the stores.
func OpenSources(ctx context.Context, cfg SourcesConfig) ([]*rego.Store, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = os.Getenv
	}
	dirs, err := cfg.directories()
	if err != nil {
		return nil, err
	}
	builtin, weaker, err := cfg.builtin()
	if err != nil {
		return nil, err
	}
	var stores []*rego.Store
	open := func(load rego.LoadConfig, static bool) error {
		load.InputSchema, load.Log, load.Redact = InputSchema(), cfg.Log, RedactText
		load.AllowBuiltins, load.Permissions = cfg.AllowBuiltins, cfg.Permissions
		if load.Dir != "" {
			load.Keys = cfg.Keys
		}
		store, err := rego.Open(ctx, rego.StoreConfig{
			LoadConfig: load, DenyUntilLoaded: true, Static: static, MaxAge: cfg.MaxAge, AllowRollback: cfg.AllowRollback,
		})
		if err != nil {
			return fmt.Errorf("policy source %s: %w", load.Name, err)
		}
		stores = append(stores, store)
		return nil
	}
	for _, d := range dirs {
		err = errors.Join(err, open(rego.LoadConfig{Name: d.name, Dir: d.path}, false))
	}
	if err == nil && weaker != "" {
		err = mayWeakenBuiltin(dirs, stores, weaker)
	}
	if err == nil && builtin.FS != nil {
		err = open(builtin, true)
	}
	if err != nil {
		for _, store := range stores {
			err = errors.Join(err, store.Close())
		}
		return nil, err
	}
	return stores, nil
}

// builtin is where the built-in policies are, with no file system where they are
// left out, and how they are weaker than the starter policies, or "".
func (cfg SourcesConfig) builtin() (load rego.LoadConfig, weaker string, err error) {
	switch {
	case cfg.NoBuiltin && cfg.Builtin != "":
		return load, "", fmt.Errorf("the built-in policies are left out, and their profile %s cannot be chosen too", cfg.Builtin)
	case cfg.NoBuiltin:
		return load, "left out", nil
	}
	load.Name, load.Profile = SourceBuiltin, cmp.Or(cfg.Builtin, library.Default)
	if load.Profile != library.Default {
		chosen, err := library.Lookup(load.Profile)
		if err != nil {
			return load, "", fmt.Errorf("built-in policies: %w", err)
		}
		starter, err := library.Lookup(library.Default)
		if err != nil {
			return load, "", err
		}
		if !chosen.Covers(starter) {
			weaker = fmt.Sprintf("those of profile %s, which blocks less than %s", load.Profile, library.Default)
		}
	}
	load.FS, err = library.Source(load.Profile)
	return load, weaker, err
}

// mayWeakenBuiltin refuses to leave the starter policies out, or to take weaker
// ones, where a system directory exists that does not say so.
func mayWeakenBuiltin(dirs []directory, stores []*rego.Store, how string) error {
	for i, d := range dirs {
		if d.name == SourceSystem && stores[i].Policy().Settings().Builtin != "none" {
			return fmt.Errorf("the built-in policies cannot be %s: the settings of %s do not say builtin: none", how, d.path)
		}
	}
	return nil
}

// directory is one source that is a directory.
type directory struct{ name, path string }

// directories lists the directories of policies, each once, the system's first.
func (cfg SourcesConfig) directories() ([]directory, error) {
	var dirs []directory
	seen := map[string]bool{}
	add := func(name, dir string) error {
		path, err := filepath.Abs(dir)
		if err != nil {
			return fmt.Errorf("policy directory %s: %w", dir, err)
		}
		if !seen[path] {
			seen[path] = true
			dirs = append(dirs, directory{name: name, path: path})
		}
		return nil
	}
	named := func(dir string) error {
		name := dir
		if name == SourceSystem || name == SourceUser || name == SourceBuiltin {
			name = "." + string(filepath.Separator) + name
		}
		return add(name, dir)
	}
	var errs []error
	system := cfg.SystemDir
	if system == "" {
		var err error
		if system, err = defaultSystemDir(); err != nil {
			return nil, err
		}
	}
	if present(system) {
		errs = append(errs, add(SourceSystem, system))
	}
	for _, dir := range cfg.Policies {
		if dir == "" {
			errs = append(errs, errors.New("a policy directory is named by an empty path"))
			continue
		}
		errs = append(errs, named(dir))
	}
	for _, dir := range filepath.SplitList(cfg.Getenv(PolicyVariable)) {
		if dir != "" {
			errs = append(errs, named(dir))
		}
	}
	if dir := cfg.userDir(); present(dir) {
		errs = append(errs, add(SourceUser, dir))
	}
	return dirs, errors.Join(errs...)
}

// present reports whether dir exists, or may exist: one that cannot be looked
// at is opened, and denies.
func present(dir string) bool {
	if dir == "" {
		return false
	}
	_, err := os.Lstat(dir)
	return !errors.Is(err, fs.ErrNotExist)
}

// userDir is below $XDG_CONFIG_HOME, which by its specification counts only
// where it is absolute, or below the user's configuration directory.
func (cfg SourcesConfig) userDir() string {
	if cfg.UserDir != "" {
		return cfg.UserDir
	}
	config := cfg.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(config) {
		config = cfg.defaultConfigDir()
	}
	if config == "" {
		return ""
	}
	return filepath.Join(config, "mcp-runner", "policy")
}
