package rego

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	opabundle "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util"
)

const signatureRule = "signature"

// verify holds every bundle of a snapshot against its signature: each file that
// takes part is signed and as it was signed, each file that was signed is there.
// It is a part of reading, so that no policy comes about without it.
func (t *tree) verify(ctx context.Context, s *snapshot, budget *budget) error {
	var errs []error
	for _, b := range s.bundles {
		errs = append(errs, t.verifyBundle(ctx, s, b, budget)...)
		b.others = nil // they may be large, and have done their part
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return bounded(join(errs))
}

func (t *tree) verifyBundle(ctx context.Context, s *snapshot, b *bundle, budget *budget) []error {
	at := path.Join(b.name, signaturesName)
	if b.signatures == nil {
		if len(b.files) == 0 {
			return nil // tests alone take no part
		}
		return []error{fault(signatureRule, at, "put the .signatures.json that `opa sign` makes for it at its root, or take it out", "there is no signature of %s", b)}
	}
	sig, err := t.keys.read(b.signatures)
	if err != nil {
		fix := "sign it again with `opa sign`"
		if errors.Is(err, errNotByKeys) {
			fix = "sign it with one of them, or give the key that signed it, too"
		}
		return []error{fault(signatureRule, at, fix, "%s: %s", b, err)}
	}
	if at := sig.expires; !at.IsZero() && (s.expires.IsZero() || at.Before(s.expires)) {
		s.expires = at
	}
	var added, errs []error
	left := maps.Clone(sig.files)
	for _, f := range slices.Concat(b.files, b.tests) {
		signed, found := left[f.rel]
		switch delete(left, f.rel); {
		case found:
			errs = append(errs, f.verify(signed))
		case f.kind != kindTest:
			added = append(added, fault(signatureRule, f.name, "take it out, or sign the bundle again", "the signature of %s does not name the file", b))
		}
		if ctx.Err() != nil {
			return nil
		}
	}
	if len(added) > 0 && sig.lead != "" {
		return append(errs, fault(signatureRule, at, "give it a .manifest, or run `opa sign --bundle .` inside of it",
			"the names that are signed begin with %q, and no .manifest shows what they are relative to", sig.lead+"/"))
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		errs = append(errs, t.verifyOther(s, b, name, left[name], budget))
		if ctx.Err() != nil {
			return nil
		}
	}
	return append(errs, added...)
}

// verifyOther looks at a file that was signed and takes no part: a test that is
// not loaded, a document, what has a dot-name. Someone signed for the whole of
// the bundle, so the whole of it is asked for, as OPA does.
func (t *tree) verifyOther(s *snapshot, b *bundle, name string, signed signedFile, budget *budget) error {
	f := file{name: path.Join(b.name, name), rel: name}
	missing := fault(signatureRule, f.name, "publish all that was signed, or sign the bundle again", "the file is signed and not there")
	if name == strings.TrimPrefix(signaturesName, ".") { // as OPA calls the file that it finds in "."
		missing.Fix = "remove the old .signatures.json before `opa sign --bundle .`"
	}
	if b.archive {
		i := slices.IndexFunc(b.others, func(o file) bool { return o.rel == name })
		if i < 0 {
			return missing
		}
		return b.others[i].verify(signed)
	}
	if inner := s.bundleBelow(b, f.name); inner != nil {
		return fault(signatureRule, f.name, "sign each bundle by itself", "the signature of %s names a file of %s", b, inner)
	}
	content, err := t.read(entry{name: f.name}, budget.limit(kindSkip))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing
	case err != nil:
		return err
	}
	if err := budget.take(f.name, int64(len(content))); err != nil {
		return err
	}
	f.content = content
	return f.verify(signed)
}

// bundleBelow returns the bundle inside of b that name is a part of, or nil.
func (s *snapshot) bundleBelow(b *bundle, name string) *bundle {
	for _, other := range s.bundles {
		inside := b.name == "." || strings.HasPrefix(other.name, b.name+"/")
		if other != b && inside && (name == other.name || strings.HasPrefix(name, other.name+"/")) {
			return other
		}
	}
	return nil
}

// verify holds the content of a file against its hash. Where OPA hashes the
// value of a file and not its bytes, what we read of it must be that value.
func (f file) verify(signed signedFile) (err error) {
	defer recoverPanic(&err)
	changed := fault(signatureRule, f.name, "put the signed file back, or sign the bundle again", "the file is not as it was signed")
	hasher, err := opabundle.NewSignatureHasher(signed.algorithm)
	if err != nil {
		return err
	}
	var hashed any = f.content
	if opabundle.IsStructuredDoc(f.rel) {
		ours, err := f.value() // first, as it bounds what aliases unfold to
		if err != nil {
			return err
		}
		hashed = nil
		if err := util.Unmarshal(f.content, &hashed); err != nil {
			return changed
		}
		if f.kind != kindSkip && !sameValue(ours, hashed) && !isEmpty(ours, hashed) {
			return fault(signatureRule, f.name, "write long numbers and words that YAML reads as something else in quotes, and sign the bundle again",
				"OPA and the gate read the file differently, so that its signature does not say what takes effect")
		}
	}
	sum, err := hasher.HashFile(hashed)
	if err != nil {
		return err
	}
	if !bytes.Equal(sum, signed.hash) {
		return changed
	}
	return nil
}

// value is what the loader reads of a structured file that takes part.
func (f file) value() (any, error) {
	switch f.kind {
	case kindData:
		d, err := readDocument(f)
		return d.value, err
	case kindManifest:
		v, err := decodeJSON(f.content)
		if err != nil {
			return nil, syntaxFault(f, err)
		}
		return v, nil
	default:
		return nil, nil
	}
}

// isEmpty says that a file holds nothing, which is null to OPA.
func isEmpty(ours, opas any) bool {
	obj, ok := ours.(map[string]any)
	return ok && len(obj) == 0 && opas == nil
}

// sameValue says whether two decoded values are the same but for the spelling of
// numbers, which OPA does not keep in YAML.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, sameValue)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameValue)
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a.String(), b.String())
	default:
		return a == b
	}
}

func sameNumber(a, b string) bool {
	return a == b || plainNumber(a) != "" && plainNumber(a) == plainNumber(b)
}

// plainNumber writes a number of JSON in one way: digits without zeros at their
// ends, and an exponent. It is "" where the exponent is out of all range.
func plainNumber(s string) string {
	s, negative := strings.CutPrefix(s, "-")
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	exp := 0
	if exponent != "" {
		var err error
		if exp, err = strconv.Atoi(exponent); err != nil || max(exp, -exp) > 1<<30 {
			return ""
		}
	}
	exp -= len(fraction)
	trimmed := strings.TrimRight(digits, "0")
	exp += len(digits) - len(trimmed)
	if negative {
		trimmed = "-" + trimmed
	}
	return trimmed + "e" + strconv.Itoa(exp)
}
