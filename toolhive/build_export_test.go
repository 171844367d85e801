package toolhive

// Whole is what policies see of a server's image.
var Whole = (*Policy).whole
