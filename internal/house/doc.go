// Package house has no code: its tests hold the repository together. They check
// what no compiler sees, such as links between documents and versions that two
// modules must share.
package house
