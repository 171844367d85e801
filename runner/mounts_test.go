package runner_test

import (
	"testing"

	"github.com/mcp-runner/mcp-runner/runner"
	"github.com/stretchr/testify/require"
)

func TestParseVolume(t *testing.T) {
	for s, want := range map[string]runner.Mount{
		"/a:/b":                    {Source: "/a", Target: "/b"},
		"/a:/b:ro":                 {Source: "/a", Target: "/b", ReadOnly: true},
		"/a:/b:rw":                 {Source: "/a", Target: "/b"},
		"/a":                       {Source: "/a", Target: "/a"},
		"/a/../b:ro":               {Source: "/a/../b", Target: "/b", ReadOnly: true},
		"/a:/b/../c/":              {Source: "/a", Target: "/c"},
		"~/x:/b":                   {Source: "~/x", Target: "/b"},
		"./x:/b":                   {Source: "./x", Target: "/b"},
		"data:/data":               {Source: "data", Target: "/data"},
		`C:\data:/data:ro`:         {Source: `C:\data`, Target: "/data", ReadOnly: true},
		"c:/data:/data":            {Source: "c:/data", Target: "/data"},
		"volume://name:/data":      {Source: "volume://name", Target: "/data"},
		"volume://name:1:/data:ro": {Source: "volume://name:1", Target: "/data", ReadOnly: true},
		"/with space:/with space":  {Source: "/with space", Target: "/with space"},
	} {
		m, err := runner.ParseVolume(s)
		require.NoError(t, err, s)
		require.Equal(t, want, m, s)
	}
	for s, want := range map[string]string{
		"":                   "is empty",
		":ro":                "is empty",
		":/b":                "no path on the host",
		"/a:":                "not absolute",
		"/a:b":               "not absolute",
		"/a:/b:z":            "option is not ro or rw",
		"/a:/b:ro,z":         "option is not ro or rw",
		"/a:/b:ro:ro":        "option is not ro or rw",
		"/a:/b:/c":           "too many colons",
		"data":               "no path in the container",
		"~":                  "no path in the container",
		`C:\data`:            "no path in the container",
		"c:/data":            "no path in the container",
		`/a:C:\b`:            "not absolute",
		"volume://name":      "no path in the container",
		"volume://name:data": "not absolute",
		"/a\x00:/b":          "NUL byte",
	} {
		_, err := runner.ParseVolume(s)
		require.ErrorContains(t, err, want, s)
	}
}
