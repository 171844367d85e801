package docker

var (
	CheckMounts  = checkMounts
	VerifyMounts = verifyMounts
)
