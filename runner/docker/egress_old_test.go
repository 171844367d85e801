package docker_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/runner/docker"
)

// TestOldEgressImagesAreRemoved holds that only images of our own are, by an engine
// that is not told to force it.
func TestOldEgressImagesAreRemoved(t *testing.T) {
	var mu sync.Mutex
	var removed []string
	image := func(id, digest string, age time.Duration, tags ...string) map[string]any {
		return map[string]any{
			"Id": id, "Created": time.Now().Add(-age).Unix(), "RepoTags": tags,
			"Labels": map[string]string{"io.github.mcp-runner.egress": digest},
		}
	}
	day := 25 * time.Hour
	api := daemon(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Api-Version", "1.41")
		var answer any = []any{}
		switch {
		case strings.HasSuffix(r.URL.Path, "/images/json") && strings.Contains(r.URL.Query().Get("filters"), "io.github.mcp-runner.egress"):
			answer = []any{
				image("old", "a", day, "mcp-runner-egress:a"), image("used", "b", day, "mcp-runner-egress:b"), image("own", "c", day, "mcp-runner-egress:c"),
				image("young", "d", time.Hour, "mcp-runner-egress:d"), image("named", "e", day, "mcp-runner-egress:e", "kept:1"), image("built", "f", day, "other:1"),
			}
		case r.Method == http.MethodDelete:
			require.NotEqual(t, "1", r.URL.Query().Get("force"))
			removed = append(removed, filepath.Base(r.URL.Path))
			if filepath.Base(r.URL.Path) == "used" {
				w.WriteHeader(http.StatusConflict)
				answer = map[string]string{"message": "a container uses it"}
			}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			panic(err)
		}
	}))
	require.NoError(t, docker.DropOldEgress(t.Context(), api, "own"))
	require.Equal(t, []string{"old", "used"}, removed)
}
