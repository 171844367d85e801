package library

// ReadProfile reads a profile of any library.
var ReadProfile = readProfile

// ReleasesOf reads a changelog.
var ReleasesOf = releases
