package runner

// BatchCommandLine is tested by itself: no other part of a command line is
// quoted here.
var BatchCommandLine = batchCommandLine
