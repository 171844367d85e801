package origins

import "io/fs"

const openFlags = 0

// checkOwner has nothing to look at: what is below %LocalAppData% is the user's
// by its access list.
func checkOwner(fs.FileInfo) error { return nil }
