package gate

import "context"

// RedactText returns s without what reads as a secret by its own form: tokens of
// known kinds, passwords and keys in URLs, --token=… and --token … arguments,
// NAME_TOKEN=… settings, long random words. Each becomes [Redacted]. It is for
// the text of an error or a log line of any origin: words of prose, paths,
// digests and names stay. A secret that reads like an ordinary word, and that
// nothing before it calls a secret, stays too. Its work is linear in s.
func RedactText(s string) string {
	r := &redactor{ctx: context.Background()}
	sc := scope{prose: true}
	spans := r.spans(s, sc)
	if len(r.found) > 0 {
		r.known = r.found.index()
		spans = r.known.spans(s, sc, spans)
	}
	return r.replace(s, spans)
}

// commonWords follow the name of a flag in a sentence about it.
var commonWords = wordSet(`a about after already an and are argument as at be because before but by can cannot
	contains could did does each either empty expects expired failed failing field flag flags for from given had
	has have holds if in instead into invalid is it its itself keeps may means might missing more must names
	needs never no nor not of on once one only option options or points rejected repeated requires says set shall
	should since so takes than that the their them then there these this to together too twice unless unset until
	used value values variable wants was were when where which while who will with within without would you`)
