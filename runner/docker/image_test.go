package docker_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/mcp-runner/mcp-runner/runner/docker"
)

var (
	idA     = "sha256:" + strings.Repeat("a", 64)
	idB     = "sha256:" + strings.Repeat("b", 64)
	digest1 = "sha256:" + strings.Repeat("1", 64)
	digest2 = "sha256:" + strings.Repeat("2", 64)
)

const hubX = "docker.io/acme/x"

// noLogins keeps the test away from the credentials of whoever runs it.
func noLogins(t testing.TB) {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for _, name := range []string{"DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE"} {
		t.Setenv(name, "")
	}
}

func imageConfig(image string, pull runner.PullPolicy) *runner.RunConfig {
	return &runner.RunConfig{Image: image, Container: &runner.ContainerOptions{Pull: pull}}
}

// allowed is what Run hands to the runtime after the gate has allowed it.
func allowed(image string, pull runner.PullPolicy, found runner.ResolvedImage) *runner.RunConfig {
	cfg := imageConfig(image, pull)
	cfg.Resolved = &runner.Resolved{Container: &runner.ResolvedContainer{Image: found}}
	return cfg
}

func TestLocalImage(t *testing.T) {
	noLogins(t)
	for name, c := range map[string]struct {
		image         string
		tags, digests []string
		want          runner.ResolvedImage
	}{
		"by its tag":             {"acme/x:1", []string{hubX + ":1"}, []string{hubX + "@" + digest1}, runner.ResolvedImage{Digest: digest1}},
		"written as docker does": {"docker.io/acme/x:1", []string{hubX + ":1", "acme/x:1"}, []string{"acme/x@" + digest1}, runner.ResolvedImage{Digest: digest1}},
		"never pushed":           {"acme/x:1", []string{hubX + ":1"}, nil, runner.ResolvedImage{}},
		"pulled from elsewhere":  {"acme/x:1", []string{hubX + ":1"}, []string{"ghcr.io/acme/x@" + digest1, "<none>@" + digest2}, runner.ResolvedImage{}},
		"by its digest":          {"acme/x@" + digest2, nil, []string{hubX + "@" + digest1, hubX + "@" + digest2}, runner.ResolvedImage{Digest: digest2}},
		"by tag and digest":      {"acme/x:9@" + digest1, nil, []string{hubX + "@" + digest1}, runner.ResolvedImage{Digest: digest1}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newImageEngine(t)
			e.has(idA, "1000", c.tags, c.digests)
			c.want.ID, c.want.User, c.want.Local = idA, "1000", true
			for _, pull := range []runner.PullPolicy{"", runner.PullMissing, runner.PullNever} {
				found, err := docker.New(docker.Options{Host: e.Host}).ResolveImage(t.Context(), imageConfig(c.image, pull))
				require.NoError(t, err)
				require.Equal(t, &c.want, found)
			}
			require.Len(t, e.Requests(), 3, "one question each")
		})
	}
}

// Engines find more under a name than what has it. None of that is the image.
func TestLocalImageOfAnotherName(t *testing.T) {
	noLogins(t)
	for name, c := range map[string]struct {
		image, found  string
		tags, digests []string
	}{
		"digest of another repository": {"acme/x@" + digest1, hubX + "@" + digest1, nil, []string{"evil.example/x@" + digest1}},
		"digest of another image":      {"acme/x@" + digest1, hubX + "@" + digest1, nil, []string{hubX + "@" + digest2}},
		"digest that is the ID":        {"acme/x@" + idA, hubX + "@" + idA, nil, nil},
		"tag that begins the ID":       {"acme/x:aaaaaaa", hubX + ":aaaaaaa", []string{hubX + ":1"}, nil},
		"tag of another repository":    {"acme/x:1", hubX + ":1", []string{"localhost/acme/x:1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := newImageEngine(t)
			e.has(idA, "", c.tags, c.digests)
			e.images[c.found] = e.images[idA]
			_, err := docker.New(docker.Options{Host: e.Host}).ResolveImage(t.Context(), imageConfig(c.image, runner.PullNever))
			require.ErrorContains(t, err, "pull policy is never")
			require.Equal(t, []string{"inspect " + c.found}, e.Requests())
		})
	}
}

func TestPullPolicyIsKnown(t *testing.T) {
	e := newImageEngine(t)
	_, err := docker.New(docker.Options{Host: e.Host}).ResolveImage(t.Context(), imageConfig("acme/x:1", "sometimes"))
	require.EqualError(t, err, `pull policy "sometimes" is not missing, always or never`)
	require.Empty(t, e.Requests())
}

func TestEnsureImageThatIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		allowed runner.ResolvedImage
		digests []string
		// id is the one that the engine has, idA where it says nothing.
		id string
	}{
		"as it was":                    {allowed: runner.ResolvedImage{ID: idA, Digest: digest1, Local: true}, digests: []string{hubX + "@" + digest1}},
		"without a digest":             {allowed: runner.ResolvedImage{ID: idA, Local: true}},
		"digest gone, ID the same":     {allowed: runner.ResolvedImage{ID: idA, Digest: digest1, Local: true}},
		"pulled by another meanwhile":  {allowed: runner.ResolvedImage{ID: idA, Digest: digest1}, digests: []string{hubX + "@" + digest1}},
		"ID is that of the manifest":   {allowed: runner.ResolvedImage{ID: idA, Digest: digest1}, digests: []string{hubX + "@" + digest1}, id: digest1},
		"ID unknown, digest is enough": {allowed: runner.ResolvedImage{Digest: digest1}, digests: []string{hubX + "@" + digest1}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newImageEngine(t)
			id := idA
			if c.id != "" {
				id = c.id
			}
			e.has(id, "", nil, c.digests)
			got, err := docker.New(docker.Options{Host: e.Host}).EnsureImage(t.Context(), allowed("acme/x:1", "", c.allowed))
			require.NoError(t, err)
			require.Equal(t, id, got)
			require.NotContains(t, strings.Join(e.Requests(), "\n"), "pull")
		})
	}
}

func TestEnsureImagePullsByDigest(t *testing.T) {
	noLogins(t)
	e := newImageEngine(t)
	e.pulled = func(string, string) string {
		e.has(idA, "", nil, []string{hubX + "@" + digest1})
		return `{"status":"Status: Downloaded newer image"}`
	}
	var progress strings.Builder
	runtime := docker.New(docker.Options{Host: e.Host, Progress: &progress})
	id, err := runtime.EnsureImage(t.Context(), allowed("acme/x:1", runner.PullAlways, runner.ResolvedImage{ID: idA, Digest: digest1}))
	require.NoError(t, err)
	require.Equal(t, idA, id)
	require.Contains(t, e.Requests(), "pull "+hubX+" "+digest1)
	require.Equal(t, "pulling "+hubX+"@"+digest1+"\npulled "+hubX+"@"+digest1+"\n", progress.String())
}

// Nothing else is created in the place of what was allowed.
func TestEnsureImageRefuses(t *testing.T) {
	noLogins(t)
	other := func(e *imageEngine, id string, digests ...string) func(string, string) string {
		return func(string, string) string {
			e.has(id, "", []string{hubX + ":1"}, digests)
			e.images[hubX+"@"+digest1] = e.images[id]
			return `{"status":"done"}`
		}
	}
	for name, c := range map[string]struct {
		image   string
		pull    runner.PullPolicy
		allowed runner.ResolvedImage
		pulled  func(e *imageEngine) func(string, string) string
		want    string
	}{
		"gone, and no digest": {allowed: runner.ResolvedImage{ID: idA, Local: true}, want: "is no longer there"},
		"never":               {pull: runner.PullNever, allowed: runner.ResolvedImage{ID: idA, Digest: digest1, Local: true}, want: "the pull policy is never"},
		"same image, of another repository": {image: "acme/x:2", pull: runner.PullNever, allowed: runner.ResolvedImage{ID: idB, Digest: digest1},
			want: "the pull policy is never"},
		"nobody was asked": {want: "nobody has found out"},
		"digest of the reference is another": {image: "acme/x@" + digest2, allowed: runner.ResolvedImage{ID: idA, Digest: digest1, Local: true},
			want: "policy was asked about the digest"},
		"ID is a name": {allowed: runner.ResolvedImage{ID: "acme/x:1", Local: true}, want: "is not sha256:"},
		"another ID under the digest": {allowed: runner.ResolvedImage{ID: idA, Digest: digest1},
			pulled: func(e *imageEngine) func(string, string) string { return other(e, idB, hubX+"@"+digest1) },
			want:   "policy was asked about " + idA},
		"another digest": {allowed: runner.ResolvedImage{ID: idA, Digest: digest1},
			pulled: func(e *imageEngine) func(string, string) string { return other(e, idA, hubX+"@"+digest2) },
			want:   "after the pull the engine does not have"},
		"another repository": {allowed: runner.ResolvedImage{ID: idA, Digest: digest1},
			pulled: func(e *imageEngine) func(string, string) string { return other(e, idA, "evil.example/x@"+digest1) },
			want:   "after the pull the engine does not have"},
		"pull went wrong": {allowed: runner.ResolvedImage{ID: idA, Digest: digest1},
			pulled: func(*imageEngine) func(string, string) string {
				return func(string, string) string { return `{"errorDetail":{"message":"manifest \u001b[31munknown"}}` }
			}, want: "manifest  [31munknown"},
		"pull was cut off": {allowed: runner.ResolvedImage{ID: idA, Digest: digest1},
			pulled: func(*imageEngine) func(string, string) string {
				return func(string, string) string { return `{"status":` }
			}, want: "pull of"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newImageEngine(t)
			image := "acme/x:1"
			if c.image != "" {
				image = c.image
			}
			e.has(idB, "", nil, []string{"evil.example/x@" + digest1})
			if c.pulled != nil {
				e.pulled = c.pulled(e)
			}
			id, err := docker.New(docker.Options{Host: e.Host}).EnsureImage(t.Context(), allowed(image, c.pull, c.allowed))
			require.ErrorContains(t, err, c.want)
			require.Empty(t, id)
			require.Equal(t, c.pulled != nil, strings.Contains(strings.Join(e.Requests(), "\n"), "pull "))
		})
	}
}
