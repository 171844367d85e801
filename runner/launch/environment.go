package launch

import (
	"slices"
	"strings"
)

// Variables that change which service a container client asks, or how.
var (
	containerVariables = []string{"DOCKER_*", "CONTAINER_HOST", "CONTAINER_CONNECTION", "CONTAINER_SSHKEY",
		"CONTAINERS_*", "CONTAINERD_*", "NERDCTL_*", "PODMAN_*", "REGISTRIES_CONFIG_PATH",
		"STORAGE_DRIVER", "STORAGE_OPTS", "BUILDKIT_HOST", "BUILDX_*", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_*"}
	npmVariables = []string{"NPM_CONFIG_*", "PNPM_*", "YARN_*", "BUN_*", "COREPACK_*", "COMSPEC", "VOLTA_*", "NODENV_*", "ASDF_*", "MISE_*", "FNM_*", "NVM_*", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PREFIX", "XDG_*"}
	// UV_ and PIP_ are not named whole: much of them only says how.
	pypiVariables = []string{"UV_INDEX*", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX", "UV_CONFIG_FILE", "UV_INSECURE_HOST",
		"UV_OVERRIDE", "UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "UV_TORCH_BACKEND", "UV_ENV_FILE", "UV_PYTHON", "UV_PYTHON_INSTALL*", "UV_PYTHON_BIN*", "UV_PYTHON_DOWNLOADS_JSON_URL", "UV_PYTHON_SEARCH_PATH",
		"UV_PYPY_*", "UV_ASTRAL_*", "UV_CPYTHON_*", "UV_PROJECT_ENVIRONMENT", "UV_WITH*", "VIRTUAL_ENV", "CONDA_PREFIX", "UV_CACHE_DIR", "UV_TOOL_DIR", "UV_PROJECT",
		"UV_WORKING_DIR*", "UV_GIT*", "PIP_*", "PIPX_*", "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_*"}
	goVariables = []string{"GOPROXY", "GOFLAGS", "GOPRIVATE", "GONO*", "GOSUMDB", "GOINSECURE", "GOENV", "GOVCS", "GOTOOLCHAIN", "GOMODCACHE",
		"GOPATH", "GOROOT", "GOCACHE*", "GOWORK", "GOAUTH", "GO111MODULE", "GOEXPERIMENT", "HOME", "USERPROFILE", "XDG_*"}
	denoVariables = []string{"DENO_*", "NPM_CONFIG_*", "JSR_URL", "HOME", "USERPROFILE", "XDG_*"}
	gitVariables  = []string{"GIT_CONFIG*", "GIT_SSH*", "GIT_PROXY*", "GIT_EXEC_PATH", "GIT_TEMPLATE_DIR", "HOME", "USERPROFILE", "XDG_*"}
	// Files that a shell reads before its command.
	shellVariables = []string{"BASH_ENV", "BASH_FUNC_*", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "ZDOTDIR"}
	// Copied from the environment of the runner these are what the launcher
	// gets anyway.
	inherited = []string{"HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATH"}
)

// Environment makes l opaque where one of the variables that are set for the
// launcher, by name, changes what its line means: another container service,
// another source of packages, another PATH for a launcher inside a line. Fixed
// are those whose value is written down, host those that are copied from the
// environment of whoever runs the line.
func (l *Line) Environment(fixed, host []string) {
	own := make([]string, 0, len(l.Env))
	for _, v := range l.Env {
		own = append(own, v.Name)
	}
	for _, name := range own {
		if strings.EqualFold(name, "PATH") {
			l.refuse("variable PATH: programs are found elsewhere")
		}
	}
	forms := l.variables()
	for _, name := range slices.Concat(own, fixed) {
		l.checkVariable(name, forms)
	}
	for _, name := range host {
		if !slices.Contains(inherited, strings.ToUpper(name)) {
			l.checkVariable(name, forms)
		}
	}
	if l.Nested {
		for _, name := range slices.Concat(own, fixed, host) {
			l.checkVariable(name, shellVariables)
		}
	}
	if l.Nested && slices.ContainsFunc(fixed, func(name string) bool { return strings.EqualFold(name, "PATH") }) {
		l.refuse("variable PATH: programs are found elsewhere")
	}
}

// variables are the forms of names that change what l means.
func (l *Line) variables() []string {
	var forms []string
	if l.Kind == KindContainer {
		forms = append(forms, containerVariables...)
	}
	for _, p := range append([]Package{l.Package}, l.Packages...) {
		switch {
		case p == (Package{}):
		case p.Ecosystem == "npm":
			forms = append(forms, npmVariables...)
			forms = append(forms, denoVariables...)
		case p.Ecosystem == "pypi":
			forms = append(forms, pypiVariables...)
		case p.Ecosystem == "go":
			forms = append(forms, goVariables...)
			forms = append(forms, gitVariables...)
		default:
			forms = append(forms, gitVariables...)
			forms = append(forms, denoVariables...)
		}
	}
	return forms
}

func (l *Line) checkVariable(name string, forms []string) {
	upper := strings.ToUpper(name)
	for _, form := range forms {
		prefix, open := strings.CutSuffix(form, "*")
		if upper == form || open && strings.HasPrefix(upper, prefix) {
			l.refuse("variable " + form + ": the launcher does something else with it")
			return
		}
	}
}
