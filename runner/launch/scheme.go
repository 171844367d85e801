package launch

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

// ParseScheme reads a package as it stands in place of an image: npx://NAME@VERSION,
// uvx://NAME@VERSION or go://PATH@VERSION. The error does not quote it, since a
// URL in it may hold a login.
func ParseScheme(reference string) (Package, error) {
	scheme, spec, ok := strings.Cut(reference, "://")
	if !ok {
		return Package{}, errNoScheme
	}
	var p Package
	var why string
	switch scheme {
	case "npx":
		p, why = npmPackage(spec)
	case "uvx":
		p, why = pypiPackage(spec, true)
	case "go":
		if isLocal(spec) {
			return Package{Name: spec}, nil
		}
		p, why = goPackage(spec)
	default:
		return Package{}, fmt.Errorf("package: unknown scheme, want npx://, uvx:// or go://")
	}
	if why != "" {
		return Package{}, schemeError(scheme, why)
	}
	return p, nil
}

// SchemeLine is the command line that starts the package of a reference, as a
// person would write it: npx -y NAME@VERSION, uvx NAME@VERSION or go run
// PATH@VERSION, and args behind it. What [Parse] reads in the line is what
// [ParseScheme] reads in the reference. A Go package without a version gets
// @latest, because go run would take the version from a go.mod otherwise.
//
// It takes packages of a registry only, by their plain name, with extras for
// uvx, and with no version, one, a tag or a range. Anything else (a URL, a
// repository, a path, an alias, what looks like an option) is an error: its own
// command line says exactly what is meant.
func SchemeLine(reference string, args []string) ([]string, error) {
	p, err := ParseScheme(reference)
	if err != nil {
		return nil, err
	}
	scheme, spec, _ := strings.Cut(reference, "://")
	if p.Ecosystem == "" {
		return nil, schemeError(scheme, "a URL, a repository or a path is none of a registry: write the launcher and its arguments behind -- instead")
	}
	if strings.HasSuffix(spec, "@") {
		return nil, schemeError(scheme, "no version behind '@'")
	}
	var words []string
	switch scheme {
	case "npx":
		words, err = npxLine(spec, p)
	case "uvx":
		words, err = uvxLine(spec, p)
	default:
		words, err = goLine(&p)
	}
	if err != nil {
		return nil, schemeError(scheme, err.Error())
	}
	words = append(words, args...)
	// Both readings have to agree, or policies would judge another package.
	if line := Parse(words); line.Package != p && !line.Opaque {
		return nil, schemeError(scheme, "the launcher would take it for another package")
	}
	return words, nil
}

var (
	errNoScheme = errors.New("package: no scheme, want npx://, uvx:// or go://")

	plainNPM        = regexp.MustCompile(`^(?:@[A-Za-z0-9][A-Za-z0-9~._-]*/)?[A-Za-z0-9][A-Za-z0-9~._-]*$`)
	plainNPMVersion = regexp.MustCompile(`^[0-9A-Za-z.^~*<>=][0-9A-Za-z.^~*+=<>_-]*$`)
	plainPyPI       = regexp.MustCompile(`^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(\[[A-Za-z0-9._-]+(?:,[A-Za-z0-9._-]+)*\])?` +
		`(?:@([0-9A-Za-z.+_-]+)|(` + pypiClause + `(?:,` + pypiClause + `)*))?$`)
	plainGoVersion = regexp.MustCompile(`^(?:[<>]=?)?[0-9A-Za-z][0-9A-Za-z._+-]*$`)
)

// pypiClause is one of the comma-separated parts of a range.
const pypiClause = `(?:===?|[<>~!]=|[<>])[0-9A-Za-z][0-9A-Za-z.*+!_-]*`

// schemeError quotes nothing of what stands behind the scheme.
func schemeError(scheme, why string) error {
	return fmt.Errorf("package behind %s://: %s", scheme, why)
}

func npxLine(spec string, p Package) ([]string, error) {
	name, version := spec, ""
	if i := strings.IndexByte(spec[1:], '@'); i >= 0 {
		name, version = spec[:i+1], spec[i+2:]
		if !plainNPMVersion.MatchString(version) {
			return nil, errors.New("a version that is no number, tag or range without spaces")
		}
	}
	if name != p.Name || !plainNPM.MatchString(name) {
		return nil, errors.New("a name that is not NAME or @SCOPE/NAME, in letters, digits, '.', '_', '~' and '-'")
	}
	if p.Version != "" {
		name += "@" + p.Version
	}
	return []string{"npx", "-y", name}, nil
}

func uvxLine(spec string, p Package) ([]string, error) {
	m := plainPyPI.FindStringSubmatch(spec)
	if m == nil {
		return nil, errors.New("a package that is not NAME, NAME[EXTRA,…], NAME@VERSION or NAME with a range of versions, without spaces")
	}
	name, extras, at, specifier := m[1], m[2], m[3], m[4]
	if at != "" && at != "latest" {
		if _, err := pep440.Parse(at); err != nil || at[0] < '0' || at[0] > '9' {
			return nil, errors.New("a version behind '@' that is none of Python's: write a number, or latest")
		}
	}
	switch {
	case p.Version == "" && extras == "", at == "latest":
		return []string{"uvx", spec}, nil
	case p.Pinned && extras == "" && !strings.Contains(p.Version, "!"): // the ! of an epoch is not read behind @
		return []string{"uvx", name + "@" + p.Version}, nil
	case p.Pinned:
		specifier = "==" + p.Version
	}
	return []string{"uvx", "--from", name + extras + specifier, name}, nil
}

func goLine(p *Package) ([]string, error) {
	if p.Version == "" {
		p.Version = "latest"
	}
	if !plainGoVersion.MatchString(p.Version) {
		return nil, errors.New("a version that is no number, branch, tag or commit")
	}
	return []string{"go", "run", p.Name + "@" + p.Version}, nil
}
