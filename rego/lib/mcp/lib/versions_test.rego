package mcp.lib_test

import data.mcp.lib

test_version_before[name] if {
	some name, c in {
		"patch": ["npm", "1.0.15", "1.0.16"],
		"minor": ["npm", "0.9.99", "0.10.0"],
		"as numbers": ["npm", "2.0.0", "10.0.0"],
		"a pre-release of one before": ["npm", "1.0.15-rc.1", "1.0.16"],
		"a limit that is a pre-release": ["npm", "1.0.15", "1.0.16-rc.1"],
		"a limit with a build": ["npm", "1.0.15", "1.0.16+5"],
		"go": ["go", "v1.2.3", "v1.2.4"],
		"go without v": ["go", "v1.2.3", "1.2.4"],
		"a commit of go": ["go", "v0.0.0-20240101000000-0123456789ab", "v0.1.0"],
		"pypi": ["pypi", "2025.7.1", "2025.12.18"],
		"pypi of fewer parts": ["pypi", "2025", "2025.0.1"],
		"pypi with zeros in front": ["pypi", "2025.07.01", "2025.7.2"],
		"pypi of many parts": ["pypi", "1.0.0.0.9", "1.0.0.1"],
	}
	lib.version_before(c[0], c[1], c[2]) == true
}

test_version_not_before[name] if {
	some name, c in {
		"the same": ["npm", "1.0.16", "1.0.16"],
		"after": ["npm", "1.0.17", "1.0.16"],
		"a limit with an empty pre-release": ["npm", "1.0.16-0", "1.0.16-"],
		"a pre-release of the limit": ["npm", "1.0.16-0", "1.0.16"],
		"another pre-release of the limit": ["npm", "1.0.16-alpha", "1.0.16"],
		"a pre-release of a limit that is one": ["npm", "1.0.16-alpha", "1.0.16-rc.1"],
		"a pre-release of a limit with a build": ["npm", "1.0.16-rc.1", "1.0.16+5"],
		"a tag": ["npm", "latest", "1.0.16"],
		"a range": ["npm", "^0.0.1", "1.0.16"],
		"two parts": ["npm", "0.9", "1.0.16"],
		"nothing": ["npm", "", "1.0.16"],
		"a number that is too long": ["npm", "0.0.99999999999999999999999", "1.0.16"],
		"no limit": ["npm", "0.0.1", ""],
		"a limit that is none": ["npm", "0.0.1", "latest"],
		"a commit": ["go", "0123456789012345678901234567890123456789", "v1.0.0"],
		"another ecosystem": ["", "0.0.1", "1.0.0"],
		"pypi, the same": ["pypi", "1.0", "1"],
		"pypi, after": ["pypi", "1.0.1", "1"],
		"pypi, a pre-release": ["pypi", "0.9rc1", "1.0"],
		"pypi, a post-release": ["pypi", "0.9.post1", "1.0"],
		"pypi, an epoch": ["pypi", "1!0.9", "1.0"],
		"pypi, a local version": ["pypi", "0.9+x", "1.0"],
		"pypi, a range": ["pypi", "==0.*", "1.0"],
		"pypi, nothing": ["pypi", "", "1.0"],
		"pypi, no limit": ["pypi", "0.9", ""],
		"pypi, a line more": ["pypi", "0.9\n", "1.0"],
		"pypi, a number that is too long": ["pypi", "0.9999999999999999", "1.0"],
		"pypi, a dot at the end": ["pypi", "0.", "1.0"],
		"pypi, two dots": ["pypi", "0..9", "1.0"],
		"pypi, no number": ["pypi", ".9", "1.0"],
	}
	lib.version_before(c[0], c[1], c[2]) == false
}

test_version_from[name] if {
	some name, c in {
		"the same": ["npm", "1.0.16", "1.0.16"],
		"after": ["npm", "1.0.17", "1.0.16"],
		"as numbers": ["npm", "10.0.0", "9.0.0"],
		"a pre-release of one after": ["npm", "1.0.17-rc.1", "1.0.16"],
		"the same pre-release": ["npm", "1.0.16-rc.1", "1.0.16-rc.1"],
		"with a build": ["npm", "1.0.16+5", "1.0.16"],
		"go": ["go", "v1.2.4", "v1.2.3"],
		"go without v": ["go", "v1.2.3", "1.2.3"],
		"go with what is incompatible": ["go", "v2.0.0+incompatible", "v2.0.0"],
		"pypi, the same": ["pypi", "1.0", "1"],
		"pypi, the same with fewer parts": ["pypi", "1", "1.0.0"],
		"pypi, zeros in front": ["pypi", "2025.07.01", "2025.7.1"],
		"pypi, a zero between": ["pypi", "1.0.1", "1.0.0.9"],
		"pypi, only zeros": ["pypi", "00.0", "0"],
		"pypi, after": ["pypi", "2025.12.18", "2025.7.1"],
		"pypi, long numbers": ["pypi", "999999999999999.999999999999999", "1"],
	}
	lib.version_from(c[0], c[1], c[2]) == true
}

test_version_not_from[name] if {
	some name, c in {
		"before": ["npm", "1.0.15", "1.0.16"],
		"a pre-release of the limit": ["npm", "1.0.16-rc.1", "1.0.16"],
		"a tag": ["npm", "latest", "1.0.16"],
		"a range": ["npm", "^2.0.0", "1.0.16"],
		"nothing": ["npm", "", "1.0.16"],
		"no limit": ["npm", "2.0.0", ""],
		"a commit": ["go", "0123456789012345678901234567890123456789", "v1.0.0"],
		"another ecosystem": ["", "2.0.0", "1.0.0"],
		"pypi, before": ["pypi", "2025.7.1", "2025.12.18"],
		"pypi, a pre-release": ["pypi", "1.0rc1", "0.9"],
		"pypi, a number that is too long": ["pypi", "1000000000000000", "0.9"],
		"pypi, a post-release": ["pypi", "1.0.post1", "0.9"],
		"pypi, an epoch": ["pypi", "1!1.0", "0.9"],
		"pypi, no limit": ["pypi", "1.0", ""],
		"pypi, a limit that is none": ["pypi", "1.0", "0.9rc1"],
	}
	lib.version_from(c[0], c[1], c[2]) == false
}
