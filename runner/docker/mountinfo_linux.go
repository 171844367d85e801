package docker

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// mountTable is what a process has mounted, by the IDs of the mounts.
type mountTable map[uint64]mounted

type mounted struct {
	device   string // of the file system, as MAJOR:MINOR
	root     string // what of the file system is mounted
	point    string // where, as the process sees it
	kind     string // of file system
	readOnly bool
}

// readMountTable reads a mountinfo of procfs.
func readMountTable(name string) (mountTable, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	table := mountTable{}
	for line := range strings.Lines(string(data)) {
		id, m, err := parseMount(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		table[id] = m
	}
	if len(table) == 0 {
		return nil, fmt.Errorf("%s: nothing is mounted", name)
	}
	return table, nil
}

// parseMount reads ID PARENT DEVICE ROOT POINT OPTIONS [FIELD...] - KIND SOURCE
// OPTIONS.
func parseMount(line string) (uint64, mounted, error) {
	words := strings.Split(line, " ")
	end := slices.Index(words, "-")
	if end < 6 || len(words) < end+4 {
		return 0, mounted{}, fmt.Errorf("line %q is of another form", line)
	}
	id, err := strconv.ParseUint(words[0], 10, 64)
	if err != nil {
		return 0, mounted{}, fmt.Errorf("line %q: %w", line, err)
	}
	readOnly := slices.Contains(strings.Split(words[5], ","), "ro") || slices.Contains(strings.Split(words[end+3], ","), "ro")
	return id, mounted{
		device: words[2], root: unescapeMount(words[3]), point: unescapeMount(words[4]), kind: words[end+1], readOnly: readOnly,
	}, nil
}

// unescapeMount replaces the \ooo by which mountinfo writes white space and
// backslashes.
func unescapeMount(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if code, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(code))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
