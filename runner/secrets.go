package runner

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// secretVariablePrefix begins the names of the variables that hold secrets.
const secretVariablePrefix = "MCP_RUNNER_SECRET_"

// Secret is a reference to a secret: its name with the secret provider, and the
// variable of the server that gets its value.
type Secret struct {
	Name   string
	Target string
}

// ParseSecret reads NAME,target=VARIABLE, ToolHive's form. The error does not
// quote s, which may be the secret itself.
func ParseSecret(s string) (Secret, error) {
	name, target, ok := strings.Cut(s, ",target=")
	if !ok || strings.Contains(name, ",") {
		return Secret{}, errors.New("want NAME,target=VARIABLE")
	}
	if err := checkVariable(name); err != nil {
		return Secret{}, fmt.Errorf("name of the secret %w", err)
	}
	if err := checkVariable(target); err != nil {
		return Secret{}, fmt.Errorf("target %w", err)
	}
	return Secret{Name: name, Target: target}, nil
}

// SecretVariable is the variable of the runner's own environment from which
// [EnvSecrets] reads a secret.
func SecretVariable(name string) string { return secretVariablePrefix + name }

// EnvSecrets is the secret provider that reads the runner's own environment:
// the secret NAME is the variable MCP_RUNNER_SECRET_NAME, the name exactly as
// given. A variable that is not set or empty is an error.
func EnvSecrets(ctx context.Context, name string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if err := checkVariable(name); err != nil {
		return "", fmt.Errorf("name of the secret %w", err)
	}
	variable := SecretVariable(name)
	value, ok := os.LookupEnv(variable)
	switch {
	case !ok:
		return "", fmt.Errorf("variable %s is not set", variable)
	case value == "":
		return "", fmt.Errorf("variable %s is empty", variable)
	}
	return value, nil
}

// checkVariable says why name cannot name an environment variable.
func checkVariable(name string) error {
	switch {
	case name == "":
		return errors.New("is empty")
	case strings.Contains(name, "="):
		return errors.New("contains '='")
	case strings.Contains(name, "\x00"):
		return errors.New("contains a NUL byte")
	}
	return nil
}
