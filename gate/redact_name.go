package gate

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// What a name says about the value that it names.
const (
	secretNone  = iota
	secretValue // the value is a secret
	secretAll   // and so is everything below it
)

// secretName reads the name of a variable, flag, header or key.
func secretName(name string) int {
	words := nameWords(name)
	if len(words) == 0 {
		return secretNone
	}
	last := words[len(words)-1]
	if aboutWords[last] || slices.ContainsFunc(words, func(w string) bool { return limitWords[w] }) {
		if last != "id" || len(words) < 2 || !idWords[words[len(words)-2]] {
			return secretNone
		}
		return secretValue
	}
	for i, w := range words {
		switch {
		case strongWord(w):
			return secretAll
		case i > 0 && (w == "key" || w == "keys") && keyWords[words[i-1]]:
			return secretAll
		}
	}
	switch {
	case lastWords[last]:
		return secretValue
	case last == "pwd" && len(words) > 1: // PWD and OLDPWD are directories
		return secretValue
	case last == "key" && len(words) > 1 && keyEnd.MatchString(name) && !openKeys[words[len(words)-2]]:
		return secretValue
	}
	return secretNone
}

// aboutSecret reports whether a key names something about a secret, such as its
// place or its type, and not the secret.
func aboutSecret(name string) bool {
	words := nameWords(name)
	return len(words) > 0 && aboutWords[words[len(words)-1]] && secretName(name) == secretNone
}

func strongWord(w string) bool {
	switch w {
	case "token", "tokens", "pat", "jwt", "creds", "mnemonic":
		return true
	case "askpass":
		return false
	}
	if strings.Contains(w, "secretar") { // secretary, secretariat
		return false
	}
	for _, part := range []string{"password", "passwd", "passphrase", "passcode", "secret", "credential", "apikey", "privatekey"} {
		if strings.Contains(w, part) {
			return true
		}
	}
	for _, part := range []string{"token", "accesskey", "authkey"} {
		if strings.HasSuffix(w, part) {
			return true
		}
	}
	return false
}

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

var (
	// lastWords say secret as the last word of a name only.
	lastWords = wordSet("auth authorization bearer cookie cookies pass pw sessionid pwd_hash")
	// keyWords make a secret of the word key after them.
	keyWords = wordSet(`access account admin aes api app application auth bot consumer deploy encrypt encryption
		hmac jwt license master private secret service session shared signing ssh storage subscription token`)
	// keyEnd is how a variable ends whose value is a key: STRIPE_KEY, and not
	// sortKey.
	keyEnd = regexp.MustCompile(`(?i)[_-]key[_-]*$`)
	// openKeys make no secret of the word key after them.
	openKeys = wordSet(`arrow attribute cache composite dedup event field foreign function group hash hot idempotency
		index issue lookup map message natural object partition primary project public publishable range registry
		routing row shard sort sorting space topic translation unique`)
	// idWords make a secret of the word id after them.
	idWords = wordSet("secret session")
	// aboutWords as the last word of a name: it names something about a secret.
	aboutWords = wordSet(`address alg algorithm arn arns audience backend class dir directory disabled domain
		enabled endpoint env expires expiry file filename files folder format header host id ids issuer kind
		length lifetime location method methods mode name names namespace path paths policy port prefix provider realm
		ref refs region required scope scopes sock socket source store timeout ttl type types uri url urls
		user username var variable version`)
	// limitWords anywhere in a name: a number of tokens, not a token.
	limitWords = wordSet("max min limit count num number budget window per")
)

// nameWords splits a name at what is no letter or digit and at humps.
func nameWords(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, c := range runes {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			flush()
			continue
		}
		if i > 0 && unicode.IsUpper(c) &&
			(unicode.IsLower(runes[i-1]) || unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			flush()
		}
		word = append(word, c)
	}
	flush()
	return words
}

// secretFlag reports whether arg is a flag whose value, a secret, is the next
// argument.
func secretFlag(arg string) bool {
	name := strings.TrimLeft(arg, "-")
	return strings.HasPrefix(arg, "-") && name != "" && !strings.ContainsAny(name, "= \t\n") &&
		!strings.HasPrefix(name, "no-") && secretName(name) != secretNone
}

// loader reports whether a variable makes an interpreter or the linker load
// code. Its value stays whole, or entropy would hide what gets loaded.
func loader(name string) bool {
	switch name {
	case "NODE_OPTIONS", "NODE_PATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "RUBYOPT", "RUBYLIB",
		"PERL5OPT", "PERL5LIB", "BASH_ENV", "ENV", "PATH":
		return true
	}
	return strings.HasPrefix(name, "LD_") || strings.HasPrefix(name, "DYLD_") || strings.HasPrefix(name, "PYTHON")
}

var (
	placeholder = regexp.MustCompile(`^(\$\w+|\$\$?\{[^{}]*\}|\{\w+\}|\{\{.*\}\}|\$\(\w+\)|%\w+%|<[^<>]*>|\*+|x{3,}|X{3,}|\.\.\.|…)$`)
	// reference is how a run config names a secret that is kept elsewhere.
	secretReference = regexp.MustCompile(`^[A-Za-z0-9_.-]+,target=[A-Za-z0-9_.-]+$`)
	plainWords      = wordSet(`true false yes no on off none null nil enabled disabled required optional default auto
		basic bearer oauth oauth2 oidc jwt token apikey password prompt env file`)
	shortNumber = regexp.MustCompile(`^[0-9]{1,5}$`)
	filePath    = regexp.MustCompile(`^(~|\.{1,2})?[/\\]|^[A-Za-z]:[/\\]`)
	dotted      = regexp.MustCompile(`^[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}(:[0-9]+)?$`)
	numeric     = regexp.MustCompile(`^[0-9.:_-]+$`)
)

// plain reports whether the value of a secret's name is no secret: empty, a
// switch, a placeholder, or where the secret is kept.
func plain(value string) bool {
	value = strings.TrimSpace(value)
	return value == "" || plainWords[strings.ToLower(value)] || shortNumber.MatchString(value) ||
		placeholder.MatchString(value) || secretReference.MatchString(value) || isPath(value)
}

// isPath reports whether value begins as a path does, however short it is: a
// name must not hide /etc from the policy that denies it.
func isPath(value string) bool { return filePath.MatchString(value) && !random(value) }

// spreads reports whether a value that only its name made a secret may be
// replaced elsewhere too: not one that reads as something a policy asks for,
// or calling a word a password would hide the word.
func spreads(value string) bool {
	if len(value) < 12 || strings.HasPrefix(value, "-") || strings.ContainsAny(value, `/\`) ||
		dotted.MatchString(value) || numeric.MatchString(value) {
		return false
	}
	letter := strings.IndexFunc(value, unicode.IsLetter) >= 0
	other := strings.IndexFunc(value, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsSpace(c) && !strings.ContainsRune("_-/.", c)
	}) >= 0
	if !letter || !other {
		return false
	}
	_, err := netip.ParseAddr(value)
	return err != nil
}
