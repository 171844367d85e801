package gate

import "regexp"

// scriptFlag stands before a script in one argument: sh -lc, cmd /c, env -S.
var scriptFlag = regexp.MustCompile(`^(?:-[a-z]*c|-S|--split-string|(?i:/[ck]|-command|--command|-commandwithargs))$`)

// scope says how a string is to be read.
type scope struct {
	// name is the name of the variable, label, header or key whose value it is.
	name string
	// below marks what stands below a key that says secret.
	below bool
	// follows marks the argument after a flag that says secret.
	follows bool
	// login marks the argument after -u, and header that after -H.
	login, header bool
	// list marks an element of a list of strings: maybe a command line; script
	// one that is a command line itself, behind the -c of a shell.
	list, script bool
	// fixed marks what policies decide on.
	fixed bool
	// parts is what stands between the parts of a host or path, which a policy
	// asks for one by one; 0 in all else.
	parts byte
	// loader marks the value of a variable that loads code: see loader.
	loader bool
	// references marks what names secrets and holds none.
	references bool
	// urlPath marks the path of a URL without the rest of it.
	urlPath bool
	// prose marks the text of an error or a log.
	prose bool
}

// under is the scope of what stands below key.
func (sc scope) under(key string) scope {
	if sc.references || key == "add_headers_from_secret" {
		return scope{fixed: true, references: true}
	}
	return scope{
		name:   key,
		below:  secretName(key) == secretAll || sc.below && !aboutSecret(key),
		fixed:  sc.fixed,
		loader: loader(key),
		prose:  sc.prose,
	}
}

// after is the scope of the string s in a list, which may be a command line.
func (sc scope) after(previous, s string) scope {
	sc.list = !sc.fixed
	if !sc.list {
		return sc
	}
	sc.follows = secretFlag(previous) && (len(s) < 2 || s[:2] != "--")
	sc.login = previous == "-u" || previous == "--user"
	sc.script = scriptFlag.MatchString(previous)
	sc.header = previous == "-H" || previous == "--header"
	return sc
}
