package rego

import (
	"fmt"
	"io/fs"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// judge says who may write a site by its access control list.
type judge struct {
	self *windows.SID
	err  error
}

// Rights to a file or directory.
const (
	mayWriteData   = 0x2 // of a directory: add a file
	mayAppendData  = 0x4 // of a directory: add a directory
	mayDeleteChild = 0x40

	// What replaces a site, or lets it be replaced.
	mayReplace = mayDeleteChild | windows.DELETE | windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_ALL
	mayWrite   = mayReplace | mayWriteData | mayAppendData | windows.GENERIC_WRITE
)

// trustedInstaller owns the directories of the system.
const trustedInstaller = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

// of says what is wrong with who may write p, and the command that mends it; ""
// is nothing.
func (j *judge) of(p *site) (problem, fix string) {
	sd, err := windows.GetNamedSecurityInfo(p.path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Sprintf("who may write it is not known: %s", err), ""
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Sprintf("its owner is not known: %s", err), ""
	}
	if !j.trusts(owner) {
		return fmt.Sprintf("account %s owns it, which is neither of the system nor the one that runs this", owner),
			fmt.Sprintf(`icacls "%s" /setowner *S-1-5-32-544`, p.path)
	}
	dacl, _, err := sd.DACL()
	if err != nil || dacl == nil {
		return "everyone may write it: it has no access control list", fmt.Sprintf(`icacls "%s" /reset`, p.path)
	}
	var others []string
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(dacl, i, &ace); err != nil {
			return fmt.Sprintf("its access control list cannot be read: %s", err), ""
		}
		sid, counts := j.grants(p, ace)
		if counts {
			others = append(others, sid)
		}
	}
	if others == nil {
		return "", ""
	}
	who := strings.Join(others, " *")
	return fmt.Sprintf("account %s may write it", strings.Join(others, ", ")),
		fmt.Sprintf(`icacls "%s" /inheritance:d /remove:g *%s`, p.path, who)
}

// grants says whether ace lets somebody else write p.
func (j *judge) grants(p *site, ace *windows.ACCESS_ALLOWED_ACE) (sid string, counts bool) {
	want := uint32(mayReplace)
	if p.inSource() {
		want = mayWrite
	}
	switch {
	case ace.Header.AceType == windows.ACCESS_DENIED_ACE_TYPE:
		return "", false
	case ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0: // for what is below, which has its own
		return "", false
	case uint32(ace.Mask)&want == 0:
		return "", false
	case ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE: // whom it grants to stands elsewhere
		return fmt.Sprintf("(entry of type %d)", ace.Header.AceType), true
	}
	who := (*windows.SID)(unsafe.Pointer(&ace.SidStart))
	return who.String(), !j.trusts(who)
}

// trusts says that an account is that of this process, or one that can write
// everything as it is.
func (j *judge) trusts(sid *windows.SID) bool {
	if j.self == nil && j.err == nil {
		var user *windows.Tokenuser
		if user, j.err = windows.GetCurrentProcessToken().GetTokenUser(); j.err == nil {
			j.self, j.err = user.User.Sid.Copy()
		}
	}
	return j.self != nil && sid.Equals(j.self) ||
		sid.IsWellKnown(windows.WinLocalSystemSid) ||
		sid.IsWellKnown(windows.WinBuiltinAdministratorsSid) ||
		sid.IsWellKnown(windows.WinCreatorOwnerSid) ||
		sid.IsWellKnown(windows.WinCreatorOwnerRightsSid) ||
		sid.String() == trustedInstaller
}

// ownerOf is of other systems: a stamp does not tell a change here anyhow.
func ownerOf(fs.FileInfo) (uid, gid uint32) { return 0, 0 }
