package launch_test

import (
	"os"
	"strings"
	"testing"

	"github.com/mcp-runner/mcp-runner/runner/launch"
)

// FuzzParse holds that no line of a container client, however it is wrapped,
// comes out as a process that can be read. The words of a line stand between NUL bytes.
func FuzzParse(f *testing.F) {
	table, err := os.ReadFile("testdata/lines.txt")
	if err != nil {
		f.Fatal(err)
	}
	for row := range strings.Lines(string(table)) {
		if line, _, ok := strings.Cut(row, " => "); ok {
			f.Add(strings.Join(argv(line), "\x00"))
		}
	}
	wrapped := [][]string{
		{}, {"env"}, {"env", "-i", "A=b"}, {"sudo", "-n"}, {"nice", "-n", "5"}, {"nohup"}, {"timeout", "5"}, {"xargs"}, {"busybox", "env"},
		{"uv", "run"}, {"uvx"}, {"bunx"}, {"npx", "-p", "x"}, {"cmd", "/c"}, {"find", ".", "-exec"}, {"op", "run", "--"},
		{"ssh", "host"}, {"sh", "-c", "exec \"$@\"", "sh"}, {"wsl"}, {"/lib/ld.so"},
	}
	clients := []string{"docker", "/usr/bin/podman", "nerdctl.exe", "docker-compose"}
	f.Fuzz(func(t *testing.T, text string) {
		args := strings.Split(text, "\x00")
		l := launch.Parse(args)
		if l.Opaque != (l.Reason != "") {
			t.Errorf("opaque %t, and the reason is %q", l.Opaque, l.Reason)
		}
		if l.Kind == launch.KindContainer && !l.Opaque && (l.Container == nil || l.Container.Image == "") {
			t.Errorf("a container without an image, and not opaque")
		}
		launch.ParseAs([]string{"sh", args[0]}, args)
		for i, prefix := range wrapped {
			line := append(append([]string{}, prefix...), clients[(i+len(text))%len(clients)])
			if l := launch.Parse(append(line, args...)); l.Kind != launch.KindContainer && !l.Opaque {
				t.Errorf("%q… is a process that can be read", line)
			}
		}
		quoted := "exec docker"
		for _, arg := range args {
			quoted += " '" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		if l := launch.Parse([]string{"sh", "-c", quoted}); l.Kind != launch.KindContainer && !l.Opaque {
			t.Errorf("docker in a shell is a process that can be read")
		}
	})
}
