//go:build unix

package rego

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// judge says who may write a site. It reads the user database where it needs
// to, once.
type judge struct {
	read  bool
	users users
}

const (
	groupWrites = 0o020
	otherWrites = 0o002
)

// of says what is wrong with who may write p, and the command that mends it; ""
// is nothing. Whatever is mounted read-only nobody writes.
func (j *judge) of(p *site) (problem, fix string) {
	st, ok := p.info.Sys().(*syscall.Stat_t)
	if !ok {
		return "its owner is not known", ""
	}
	var problems, fixes []string
	add := func(fix, problem string, args ...any) {
		problems = append(problems, fmt.Sprintf(problem, args...))
		fixes = append(fixes, fix+" "+shellWord(p.path))
	}
	if uid := int(st.Uid); uid != 0 && uid != os.Geteuid() {
		fix := "chown " + j.ownerFor(p)
		if p.isLink() {
			fix = "chown -h " + j.ownerFor(p)
		}
		add(fix, "user %s owns it, who is neither root nor the one that runs this", idText(uid, j.database().name[uid]))
	}
	if !p.isLink() { // a link's mode means nothing
		mode := fmt.Sprintf("mode %04o", uint32(st.Mode)&0o7777)
		everyone, group := st.Mode&otherWrites != 0, st.Mode&groupWrites != 0 && !j.private(int(st.Gid))
		if p.info.Mode()&fs.ModeSticky != 0 && p.info.IsDir() && !p.inSource() {
			everyone, group = false, false // nobody replaces what is another's
		}
		switch who := "group " + idText(int(st.Gid), j.groupName(int(st.Gid), group)); {
		case everyone && group:
			add("chmod go-w", "everyone may write it (%s)", mode)
		case everyone:
			add("chmod o-w", "everyone may write it (%s)", mode)
		case group:
			add("chmod g-w", "%s may write it (%s)", who, mode)
		case st.Mode&groupWrites != 0 && listed(p.path):
			// The bits of the group are the most that the list grants.
			add("setfacl -b", "its access control list lets others write it")
		}
	}
	if len(problems) == 0 || readOnly(p.mount()) {
		return "", ""
	}
	return strings.Join(problems, ", and "), strings.Join(fixes, " && ")
}

// mount is a path whose file system p is on: that of a link is not the one that
// it leads to.
func (p *site) mount() string {
	if p.isLink() {
		return filepath.Dir(p.path)
	}
	return p.path
}

// ownerFor is who should own p: what the user wrote stays the user's to write.
func (j *judge) ownerFor(p *site) string {
	uid := os.Geteuid()
	if uid == 0 || !p.inSource() {
		return "root"
	}
	if name := j.database().name[uid]; name != "" {
		return shellWord(name)
	}
	return fmt.Sprint(uid)
}

func (j *judge) database() *users {
	if !j.read {
		j.read, j.users = true, readUsers()
	}
	return &j.users
}

// private says that nobody is in the group but root and the user, as where each
// user has a group of their own. What cannot be told is not.
func (j *judge) private(gid int) bool {
	return j.database().onlyIn(gid, 0, os.Geteuid())
}

func (j *judge) groupName(gid int, wanted bool) string {
	if !wanted {
		return ""
	}
	return j.database().group[gid]
}

// idText is an id with its name, if it has one.
func idText(id int, name string) string {
	if name == "" {
		return fmt.Sprint(id)
	}
	return fmt.Sprintf("%s (%d)", name, id)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellWord quotes s for a shell where that is needed.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ownerOf is who owns a file, for its stamp.
func ownerOf(info fs.FileInfo) (uid, gid uint32) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0
	}
	return st.Uid, st.Gid
}
