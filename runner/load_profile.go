package runner

import (
	"errors"
	"fmt"
	"io/fs"
)

// Names of the permission profiles that need no file.
const (
	// ProfileNone allows nothing.
	ProfileNone = "none"
	// ProfileNetwork allows any connection to the outside.
	ProfileNetwork = "network"
)

// LoadPermissionProfile returns the built-in profile none or network, which are
// ToolHive's, or reads the JSON file at nameOrPath as strictly as [LoadRunConfig].
func LoadPermissionProfile(nameOrPath string) (*PermissionProfile, error) {
	switch nameOrPath {
	case "":
		return nil, fmt.Errorf("permission profile: want %s, %s or a file", ProfileNone, ProfileNetwork)
	case ProfileNone:
		return builtinProfile(ProfileNone, false), nil
	case ProfileNetwork:
		return builtinProfile(ProfileNetwork, true), nil
	}
	data, err := readRegular(nameOrPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("permission profile: %w: want %s, %s or a file", err, ProfileNone, ProfileNetwork)
	}
	if err != nil {
		return nil, fmt.Errorf("permission profile: %w", err)
	}
	p := new(PermissionProfile)
	if err := decodeStrict(data, "permission profile", profileShape, p); err != nil {
		return nil, fmt.Errorf("permission profile %w", inFile(nameOrPath, err))
	}
	for _, raw := range p.rawValues() {
		if err := tidyRaw(raw); err != nil {
			return nil, fmt.Errorf("permission profile %s: %w", nameOrPath, err)
		}
	}
	return p, nil
}

func builtinProfile(name string, outbound bool) *PermissionProfile {
	return &PermissionProfile{
		Name:  name,
		Read:  []string{},
		Write: []string{},
		Network: &NetworkPermissions{
			Outbound: &OutboundPermissions{InsecureAllowAll: outbound, AllowHost: []string{}, AllowPort: []int{}},
			Inbound:  &InboundPermissions{AllowHost: []string{}},
		},
	}
}
