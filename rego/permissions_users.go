//go:build unix

package rego

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// The user database. Where users come from elsewhere too, who is in a group
// cannot be told from it.
var passwdFile, groupFile = "/etc/passwd", "/etc/group"

// users is what the user database says.
type users struct {
	name  map[int]string // of a user
	group map[int]string // of a group
	// primary lists the users whose own group it is, members who else is in it.
	primary map[int][]int
	members map[int][]string
	byName  map[string]int
	// err is why groups cannot be told.
	err error
}

func readUsers() users {
	u := users{
		name: map[int]string{}, group: map[int]string{}, byName: map[string]int{},
		primary: map[int][]int{}, members: map[int][]string{},
	}
	u.err = errors.Join(
		eachRecord(passwdFile, 4, func(f []string) error {
			uid, err := strconv.Atoi(f[2])
			gid, gidErr := strconv.Atoi(f[3])
			if err := errors.Join(err, gidErr); err != nil {
				return err
			}
			if u.name[uid] == "" {
				u.name[uid] = f[0]
			}
			u.byName[f[0]] = uid
			u.primary[gid] = append(u.primary[gid], uid)
			return nil
		}),
		eachRecord(groupFile, 4, func(f []string) error {
			gid, err := strconv.Atoi(f[2])
			if err != nil {
				return err
			}
			if u.group[gid] == "" {
				u.group[gid] = f[0]
			}
			for name := range strings.SplitSeq(f[3], ",") {
				if name = strings.TrimSpace(name); name != "" {
					u.members[gid] = append(u.members[gid], name)
				}
			}
			return nil
		}),
	)
	return u
}

// eachRecord calls do with the fields of each line, of which there are at least
// fields.
func eachRecord(file string, fields int, do func(f []string) error) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
			continue
		case line[0] == '+' || line[0] == '-':
			return fmt.Errorf("%s: users are added from elsewhere", file)
		}
		f := strings.Split(line, ":")
		if len(f) < fields {
			return fmt.Errorf("%s: a line has %d fields", file, len(f))
		}
		if err := do(f); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// onlyIn says that gid is the own group of one of these users, and nobody else
// is in it.
func (u *users) onlyIn(gid int, uids ...int) bool {
	if u.err != nil || len(u.primary[gid]) == 0 {
		return false
	}
	for _, uid := range u.primary[gid] {
		if !slices.Contains(uids, uid) {
			return false
		}
	}
	for _, name := range u.members[gid] {
		if uid, known := u.byName[name]; !known || !slices.Contains(uids, uid) {
			return false
		}
	}
	return true
}
