package gate

import (
	"fmt"
	"os"
	"os/user"
	"runtime"
	"slices"
	"strconv"
	"time"
)

// timeForm is RFC 3339 in UTC with milliseconds.
const timeForm = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeForm) }

// complete fills what c does not say of user and host from this process.
func (c *Context) complete() error {
	if c.User.Name == "" && c.User.UID == "" && len(c.User.Groups) == 0 {
		c.User = processUser()
	}
	if c.Host.Name == "" {
		name, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("name of this host: %w", err)
		}
		c.Host.Name = name
	}
	if c.Host.OS == "" {
		c.Host.OS = runtime.GOOS
	}
	if c.Host.Arch == "" {
		c.Host.Arch = runtime.GOARCH
	}
	return nil
}

// processUser is the account of this process. An account that the system does
// not list, as in many containers, has a number and no name.
func processUser() User {
	u := User{Groups: []string{}}
	if uid := os.Getuid(); uid >= 0 {
		u.UID = strconv.Itoa(uid)
	}
	account, err := user.Current()
	if err != nil {
		return u
	}
	u.Name, u.UID = account.Username, account.Uid
	ids, err := account.GroupIds()
	if err != nil {
		return u
	}
	for _, id := range ids {
		if group, err := user.LookupGroupId(id); err == nil {
			id = group.Name
		}
		u.Groups = append(u.Groups, id)
	}
	slices.Sort(u.Groups)
	return u
}
