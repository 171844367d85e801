package gate

import (
	"regexp"
	"strings"
)

const nameForm = `[A-Za-z_][A-Za-z0-9_.\-]*`

// The expressions find names. What a name is the name of is read only where it
// says secret, and the search goes on behind it: so each byte is read once.
var (
	wholeArgument = regexp.MustCompile(`^-{0,2}/?(` + nameForm + `)=`)
	flagName      = regexp.MustCompile(`(?:^|[\s"'\[(])(--?` + nameForm + `)\s+`)
	// Header lines and YAML.
	colonLine  = regexp.MustCompile(`(?m)(?:^[ \t\-]*|["'])(` + nameForm + `)["']?[ \t]*:[ \t]+["']?([^"'\n]+)`)
	jsonMember = regexp.MustCompile(`\\*"(` + nameForm + `)\\*"\s*:\s*\\*"([^"\\]+)`)
	// flowMember is a member of YAML in one line.
	flowMember = regexp.MustCompile(`[{,][ \t]*(` + nameForm + `)[ \t]*:[ \t]+("[^"\n]+"|'[^'\n]+'|[^\s"',{}\[\]]+)`)
	// clientPassword is how a client in a script is told a password by a flag of
	// one letter.
	clientPassword = regexp.MustCompile(`(?:^|[\s"'/;&|(])(?:(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin)\b[^\n;|&]*?\s-p|sshpass\s+-p\s*|redis-cli\b[^\n;|&]*?\s-a\s+)("[^"\n]+"|'[^'\n]+'|[^\s"';|&]+)`)
	// loginFlag is how curl is told a user and a password.
	loginFlag   = regexp.MustCompile(`(?:^|[\s"'])(?:-u|--user)(?:[ \t]+|=)["']?([^\s:"'=/]+):([^\s"']+)`)
	nextSetting = regexp.MustCompile(`,\s*[A-Za-z_][A-Za-z0-9_.\- ]*=`)
)

// assignmentSpans marks the values of secret names inside a string: a command
// line, a connection string, a header, a piece of YAML.
func assignmentSpans(s string, sc scope, spans []span) []span {
	a := assignments{s: s, sc: sc, reason: ReasonName, spans: spans}
	if sc.list {
		a.reason = ReasonArgument
	}
	if strings.Contains(s, "=") {
		a.equals()
	}
	if strings.Contains(s, " ") && strings.Contains(s, "-") {
		a.flags()
		if hinted(s, "mysql mariadb sshpass redis-cli") {
			for _, m := range clientPassword.FindAllStringSubmatchIndex(s, -1) {
				a.add(m[2], m[3])
			}
		}
	}
	if strings.Contains(s, ":") {
		a.colons()
		a.lines(colonLine, func(name, value string) bool {
			// "token: how it is used" is prose.
			if secretName(name) == secretNone || sc.prose && words(value) {
				return false
			}
			return headerName(name) || !strings.ContainsAny(strings.TrimSpace(value), " \t") || authScheme.MatchString(value)
		})
		a.lines(flowMember, func(name, value string) bool {
			value = strings.Trim(value, `"'`)
			return value != "" && secretName(name) != secretNone && !(sc.prose && words(value))
		})
		a.lines(jsonMember, func(name, _ string) bool { return secretName(name) != secretNone })
		a.logins()
	}
	return a.spans
}

type assignments struct {
	s      string
	sc     scope
	reason string
	spans  []span
	// word is the end of the unquoted word that was read last, on the way
	// through s: the values in one word end at one place.
	word int
}

// value is the place of the value that begins at start: a word, or what stands
// in quotes.
func (a *assignments) value(start int) (int, int) {
	if start < len(a.s) && (a.s[start] == '"' || a.s[start] == '\'') {
		if n := strings.IndexByte(a.s[start+1:], a.s[start]); n >= 0 {
			return start + 1, start + 1 + n
		}
		return start + 1, len(a.s)
	}
	if a.word < start {
		a.word = len(a.s)
		if n := strings.IndexAny(a.s[start:], " \t\r\n\f\"';&|<>"); n >= 0 {
			a.word = start + n
		}
	}
	return start, a.word
}

func (a *assignments) add(start, end int) {
	text := a.s[start:end]
	if len(text) > 1 && (text[0] == '"' || text[0] == '\'') && text[len(text)-1] == text[0] {
		start, end = start+1, end-1
	}
	end = start + len(strings.TrimRight(a.s[start:end], " \t\r\n"))
	if m := authScheme.FindStringSubmatchIndex(a.s[start:end]); m != nil {
		start, end = start+m[2], start+m[3]
	}
	if start < end && !plain(a.s[start:end]) {
		a.spans = append(a.spans, span{start: start, end: end, reason: a.reason})
	}
}

// equals reads NAME=value.
func (a *assignments) equals() {
	a.word = -1
	if a.sc.list && !a.sc.script {
		if m := wholeArgument.FindStringSubmatchIndex(a.s); m != nil && secretName(a.s[m[2]:m[3]]) != secretNone {
			start, end := m[1], len(a.s)
			if start < end && (a.s[start] == '"' || a.s[start] == '\'') { // what stands behind the quotes is not the secret
				start, end = a.value(start)
			}
			a.add(start, end)
		}
	}
	settings := strings.Contains(a.s, ";") // where Pwd is no directory
	for from := 0; ; {
		n := strings.IndexByte(a.s[from:], '=')
		if n < 0 {
			return
		}
		at := from + n
		from = at + 1
		start := nameBefore(a.s, at)
		if start < 0 {
			continue
		}
		name := a.s[start:at]
		if secretName(name) == secretNone && !(settings && strings.EqualFold(name, "pwd")) {
			continue
		}
		start, end := a.value(at + 1)
		if start >= end {
			continue
		}
		if next := nextSetting.FindStringIndex(a.s[start:end]); next != nil {
			end = start + next[0]
		}
		a.add(start, end)
		from = max(from, end)
	}
}

// flags reads --name value.
func (a *assignments) flags() {
	a.word = -1
	for from := 0; from < len(a.s); {
		m := flagName.FindStringSubmatchIndex(a.s[from:])
		if m == nil {
			return
		}
		name := a.s[from+m[2] : from+m[3]]
		next := from + m[1]
		from += m[3]
		if !secretFlag(name) || next < len(a.s) && a.s[next] == '-' {
			continue
		}
		start, end := a.value(next)
		if start >= end || a.sc.prose && commonWords[strings.ToLower(strings.TrimRight(a.s[start:end], ".,:)"))] {
			continue
		}
		a.add(start, end)
		from = max(from, end)
	}
}

// colons reads /name:value, the form of Windows, and header:value.
func (a *assignments) colons() {
	a.word = -1
	for from := 0; ; {
		n := strings.IndexByte(a.s[from:], ':')
		if n < 0 {
			return
		}
		at := from + n
		from = at + 1
		if from == len(a.s) || !a.colonName(at) {
			continue
		}
		if start, end := a.value(from); start < end {
			a.add(start, end)
			from = max(from, end)
		}
	}
}

// colonName reports whether the name of a secret ends at at.
func (a *assignments) colonName(at int) bool {
	run := at
	for run > 0 && nameByte(a.s[run-1]) {
		run--
	}
	start := run
	for start < at && a.s[start] == '-' {
		start++
	}
	name := a.s[start:at]
	if secretName(name) == secretNone {
		return false
	}
	begins := func(i int, before string) bool { return i == 0 || strings.IndexByte(before, a.s[i-1]) >= 0 }
	const space = " \t\r\n\f"
	switch {
	case start > run:
		return begins(run, space)
	case run > 0 && a.s[run-1] == '/':
		return begins(run-1, space)
	case a.sc.header && run == 0:
		return true
	}
	return begins(run, space+"\"'=") && (headerName(name) || len(name) > 2 && strings.EqualFold(name[:2], "x-"))
}

// lines reads what an expression finds with its value.
func (a *assignments) lines(form *regexp.Regexp, accept func(name, value string) bool) {
	for from := 0; from < len(a.s); {
		m := form.FindStringSubmatchIndex(a.s[from:])
		if m == nil {
			return
		}
		start, end := from+m[4], from+m[5]
		if !accept(a.s[from+m[2]:from+m[3]], a.s[start:end]) {
			from += m[3]
			continue
		}
		a.add(start, end)
		from = end
	}
}

// groups stand behind a user where a container is told whose process to run.
var groups = wordSet("adm admin daemon docker node nobody nogroup root staff sudo users wheel www-data")

// logins reads the user:password behind -u.
func (a *assignments) logins() {
	add := func(user string, start, end int) {
		password := a.s[start:end]
		if user != password && !groups[password] && !strings.HasPrefix(password, "//") {
			a.add(start, end)
		}
	}
	if a.sc.login {
		if user, _, ok := strings.Cut(a.s, ":"); ok && !strings.ContainsAny(user, " \t/=") {
			add(user, len(user)+1, len(a.s))
		}
	}
	if !strings.Contains(a.s, "-u") {
		return
	}
	for _, m := range loginFlag.FindAllStringSubmatchIndex(a.s, -1) {
		add(a.s[m[2]:m[3]], m[4], m[5])
	}
}

// nameBefore is where the name begins that ends at end, -1 where none does.
func nameBefore(s string, end int) int {
	run := end
	for run > 0 && nameByte(s[run-1]) {
		run--
	}
	for i := run; i < end; i++ {
		letter := s[i] == '_' || isLower(rune(s[i])) || isUpper(rune(s[i]))
		switch {
		case !letter:
		case i == 0, i > run && s[i-1] == '-', i == run && s[i-1] != '%' && s[i-1] != '$':
			return i
		}
	}
	return -1
}

func nameByte(c byte) bool {
	return isLower(rune(c)) || isUpper(rune(c)) || isDigit(rune(c)) || c == '_' || c == '.' || c == '-'
}

func headerName(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "set-cookie":
		return true
	}
	return false
}
