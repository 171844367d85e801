package docker

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"sync"
)

// owner identifies the process that owns a container: the machine, its boot, the
// process and when that started. What cannot be found out is "" and proves nothing.
type owner struct {
	host, boot string
	pid        int
	started    string
}

// self is the owner of what this process creates.
var self = sync.OnceValue(func() owner {
	pid := os.Getpid()
	started, _ := processStart(pid) // "" where that is not known: nobody will prove this process dead
	return owner{host: hostID(), boot: bootID(), pid: pid, started: started}
})

func (o owner) labels() map[string]string {
	return map[string]string{LabelHost: o.host, LabelBoot: o.boot, LabelPID: strconv.Itoa(o.pid), LabelStarted: o.started}
}

// ownerOf reads the labels of a container or network.
func ownerOf(labels map[string]string) owner {
	pid, err := strconv.Atoi(labels[LabelPID])
	if err != nil || pid <= 0 {
		pid = 0
	}
	return owner{host: labels[LabelHost], boot: labels[LabelBoot], pid: pid, started: labels[LabelStarted]}
}

// dead reports whether it is certain, for a process that is me, that o does not
// exist any more.
func (o owner) dead(me owner) bool {
	switch {
	case o.host == "" || o.host != me.host:
		return false
	case o.boot == "" || me.boot == "" || o.pid == 0 || o.started == "":
		return false
	case o.boot != me.boot:
		return true
	}
	started, state := processStart(o.pid)
	switch state {
	case processGone:
		return true
	case processRuns:
		return started != o.started
	default:
		return false
	}
}

// What is known about a process.
type processState int

const (
	processUnknown processState = iota
	processRuns
	processGone
)

// hostID identifies this machine, and of its process namespaces the one that this
// process is in: elsewhere the same number is another process. It tells neither
// the machine's own ID nor its name.
func hostID() string {
	machine := cmp.Or(machineID(), bootID())
	// Machines that were cloned share an ID, and mostly no name.
	name, err := os.Hostname()
	if machine == "" || err != nil {
		return ""
	}
	mac := hmac.New(sha256.New, []byte(labelPrefix+"host"))
	for _, part := range []string{machine, name, processNamespace()} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return hex.EncodeToString(mac.Sum(nil)[:16])
}
