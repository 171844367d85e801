package memlimit_test

import (
	"math"
	"runtime/debug"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/mcp-runner/mcp-runner/internal/memlimit"
)

func TestOf(t *testing.T) {
	const mib = 1 << 20
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"no control groups":   {nil, memlimit.Default},
		"no limit":            {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, memlimit.Default},
		"a high limit":        {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "8589934592\n"}, memlimit.Default},
		"a low limit":         {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 192 * mib},
		"a limit below":       {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "268435456\n", "sys/fs/cgroup/a/memory.max": "max\n"}, 192 * mib},
		"a limit above":       {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/memory.max": "268435456\n"}, 192 * mib},
		"the lowest":          {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "536870912\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 192 * mib},
		"a path from outside": {map[string]string{"proc/self/cgroup": "0::/docker/1\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 192 * mib},
		"above the root":      {map[string]string{"proc/self/cgroup": "0::/../../a\n", "sys/fs/cgroup/memory.max": "268435456\n"}, 192 * mib},
		"version 1": {map[string]string{
			"proc/self/cgroup": "7:cpu,cpuacct:/a\n6:memory:/a\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "268435456\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 192 * mib},
		"nonsense": {map[string]string{"proc/self/cgroup": "x\n0::/\n", "sys/fs/cgroup/memory.max": "-5\n"}, memlimit.Default},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for file, text := range c.files {
				root[file] = &fstest.MapFile{Data: []byte(text)}
			}
			require.Equal(t, c.want, memlimit.Of(root))
		})
	}
}

func TestSet(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	debug.SetMemoryLimit(math.MaxInt64)
	t.Setenv("GOMEMLIMIT", "3GiB")
	memlimit.Set()
	require.Equal(t, int64(math.MaxInt64), debug.SetMemoryLimit(-1), "the runtime has read it")
	t.Setenv("GOMEMLIMIT", "")
	memlimit.Set()
	require.LessOrEqual(t, debug.SetMemoryLimit(-1), int64(memlimit.Default))
}
