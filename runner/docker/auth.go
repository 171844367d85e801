package docker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/docker/cli/cli/config"
	"github.com/docker/cli/cli/config/configfile"
	"github.com/docker/cli/cli/config/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"

	"github.com/mcp-runner/mcp-runner/runner"
)

// login is what the docker command would show one registry. It has secrets in it.
type login struct {
	types.AuthConfig
	// err is why nothing is shown although something is configured.
	err error
}

// helperTimeout bounds a credential helper, which may ask a person to unlock a
// keychain.
const helperTimeout = 20 * time.Second

// login finds the credentials for the registry of ref. Where they cannot be had it
// goes on without, as the docker command does, and says so; a registry that then
// denies access is an error that says it again.
func (e *Engine) login(ctx context.Context, ref runner.ImageReference) login {
	found, err := findLogin(ctx, ref)
	if err != nil {
		log := e.opts.Log
		if log == nil {
			log = slog.Default()
		}
		log.Warn("no credentials for the registry", "registry", ref.Registry, "err", err)
		return login{err: err}
	}
	return login{AuthConfig: found}
}

func (l login) empty() bool {
	return l.Username == "" && l.Password == "" && l.IdentityToken == "" && l.RegistryToken == ""
}

// authenticator is what the registry gets.
func (l login) authenticator() authn.Authenticator {
	if l.empty() {
		return authn.Anonymous
	}
	return authn.FromConfig(authn.AuthConfig{
		Username:      l.Username,
		Password:      l.Password,
		IdentityToken: l.IdentityToken,
		RegistryToken: l.RegistryToken,
	})
}

// header is what the engine gets for a pull, "" where there is nothing to show.
func (l login) header(ref runner.ImageReference) (string, error) {
	if l.empty() {
		return "", nil
	}
	return authconfig.Encode(registry.AuthConfig{
		Username:      l.Username,
		Password:      l.Password,
		IdentityToken: l.IdentityToken,
		RegistryToken: l.RegistryToken,
		ServerAddress: serverAddress(ref),
	})
}

// advice says how to become somebody whom a registry allows.
func (l login) advice(ref runner.ImageReference) string {
	switch {
	case l.err != nil:
		return fmt.Sprintf("nothing could be shown to it, because %v", l.err)
	case ref.Registry == "docker.io":
		return "log in with docker login"
	default:
		return "log in with docker login " + ref.Registry
	}
}

// serverAddress is the registry of ref as the docker command writes it down.
func serverAddress(ref runner.ImageReference) string {
	if ref.Registry == "docker.io" {
		return "https://index.docker.io/v1/"
	}
	return ref.Registry
}

// findLogin looks in DOCKER_AUTH_CONFIG, in the configuration of the docker command,
// or where there is none in that of Podman.
func findLogin(ctx context.Context, ref runner.ImageReference) (types.AuthConfig, error) {
	found, err := environmentLogin(ref)
	if err != nil || found != (types.AuthConfig{}) {
		return found, err
	}
	for _, path := range loginFiles() {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		file, err := loadConfig(path)
		if err != nil {
			return types.AuthConfig{}, err
		}
		return fileLogin(ctx, file, ref)
	}
	return types.AuthConfig{}, nil
}

// loginFiles are where credentials are kept; the first that exists counts.
func loginFiles() []string {
	var files []string
	if dir, err := configDir(); err == nil {
		files = append(files, filepath.Join(dir, config.ConfigFileName))
	}
	if path := os.Getenv("REGISTRY_AUTH_FILE"); path != "" {
		files = append(files, path)
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		files = append(files, filepath.Join(dir, "containers/auth.json"))
	}
	if dir, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(dir, "containers/auth.json"))
	}
	return files
}

// environmentLogin reads DOCKER_AUTH_CONFIG, which has the form of the docker
// command's configuration.
func environmentLogin(ref runner.ImageReference) (types.AuthConfig, error) {
	text := os.Getenv("DOCKER_AUTH_CONFIG")
	if text == "" {
		return types.AuthConfig{}, nil
	}
	file, err := config.LoadFromReader(strings.NewReader(text))
	if err != nil {
		return types.AuthConfig{}, errors.New("DOCKER_AUTH_CONFIG is not a configuration of the docker command")
	}
	return writtenLogin(file, ref), nil
}

// fileLogin asks the credential helper that file names for the registry, else
// reads what stands in file.
func fileLogin(ctx context.Context, file *configfile.ConfigFile, ref runner.ImageReference) (types.AuthConfig, error) {
	helper, ok := file.CredentialHelpers[serverAddress(ref)]
	if !ok {
		helper, ok = file.CredentialHelpers[ref.Registry]
	}
	if !ok {
		helper = file.CredentialsStore
	}
	if helper == "" {
		return writtenLogin(file, ref), nil
	}
	return helperLogin(ctx, helper, serverAddress(ref))
}

// writtenLogin returns what stands in file for the repository of ref, as Podman
// can have it, or else for its registry.
func writtenLogin(file *configfile.ConfigFile, ref runner.ImageReference) types.AuthConfig {
	for key := repository(ref); strings.Contains(key, "/"); key = key[:strings.LastIndexByte(key, '/')] {
		if found, ok := file.AuthConfigs[key]; ok {
			return found
		}
	}
	for _, key := range []string{serverAddress(ref), ref.Registry} {
		if found, ok := file.AuthConfigs[key]; ok {
			return found
		}
	}
	// Older versions wrote URLs.
	var keys []string
	for key := range file.AuthConfigs {
		if u, err := url.Parse(key); err == nil && u.Host == ref.Registry &&
			slices.Contains([]string{"", "/", "/v1", "/v1/", "/v2", "/v2/"}, u.Path) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return types.AuthConfig{}
	}
	return file.AuthConfigs[slices.Min(keys)]
}

var helperPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// helperLogin asks the credential helper docker-credential-NAME. Nothing that it
// writes gets into the error.
func helperLogin(ctx context.Context, helper, server string) (types.AuthConfig, error) {
	if !helperPattern.MatchString(helper) {
		return types.AuthConfig{}, errors.New("the configuration of the docker command names a credential helper that is no name of a program")
	}
	program := "docker-credential-" + helper
	ctx, cancel := context.WithTimeout(ctx, helperTimeout)
	defer cancel()
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, program, "get")
	cmd.Stdin = strings.NewReader(server)
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
	case strings.TrimSpace(out.String()) == "credentials not found in native keychain":
		return types.AuthConfig{}, nil
	case ctx.Err() != nil:
		return types.AuthConfig{}, fmt.Errorf("the credential helper %s did not answer: %w", program, ctx.Err())
	case errors.As(err, &exit):
		return types.AuthConfig{}, fmt.Errorf("the credential helper %s ended with %s", program, exit)
	default:
		return types.AuthConfig{}, fmt.Errorf("the credential helper %s could not be run: %w", program, err)
	}
	var answer struct{ Username, Secret string }
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return types.AuthConfig{}, fmt.Errorf("the credential helper %s did not answer in JSON", program)
	}
	if answer.Username == "<token>" {
		return types.AuthConfig{IdentityToken: answer.Secret}, nil
	}
	return types.AuthConfig{Username: answer.Username, Password: answer.Secret}, nil
}
