package rego

import (
	"context"
	"maps"
	"slices"
)

// ReadSettings reads the settings of a source, and the names of its policies as
// far as they can be parsed. Unlike [Load] it holds the settings against no
// policy: it is for who mends them. An error says why they cannot be read.
func ReadSettings(ctx context.Context, cfg LoadConfig) (Settings, []string, error) {
	snap, err := steadySnapshot(ctx, cfg, nil)
	if err != nil {
		return Settings{}, nil, sourceError(cfg, err)
	}
	builtins, err := allowBuiltins(cfg.AllowBuiltins)
	if err != nil {
		return Settings{}, nil, sourceError(cfg, err)
	}
	src, errs := parse(snap, builtins)
	if src.dataBroken {
		return Settings{}, nil, sourceError(cfg, bounded(join(errs)))
	}
	settings, err := decodeSettings(src)
	if err != nil {
		return Settings{}, nil, sourceError(cfg, bounded(err))
	}
	return settings, slices.Sorted(maps.Keys(src.policies)), nil
}
