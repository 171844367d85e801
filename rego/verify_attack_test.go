package rego_test

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	denyMore = "package mcp.policy.z\n\ndeny contains \"z\"\n"
	byNone   = "made by none of the given keys"
	changed  = "is not as it was signed"
	unnamed  = "does not name the file"
	missing  = "is signed and not there"
)

// onlyTokenOf takes the token out of a signed bundle.
func onlyTokenOf(f files) string {
	var s struct{ Signatures []string }
	if err := json.Unmarshal([]byte(f[".signatures.json"]), &s); err != nil {
		panic(err)
	}
	return s.Signatures[0]
}

// tampered is f with another token made of the parts of its own.
func tampered(f files, change func(parts []string) []string) files {
	return replaced(f, ".signatures.json", signaturesOf(strings.Join(change(strings.Split(onlyTokenOf(f), ".")), ".")))
}

func lacking(f files, names ...string) files {
	f = maps.Clone(f)
	for _, name := range names {
		delete(f, name)
	}
	return f
}

// What an attacker who can write the bundle, and cannot sign, might publish; and
// what a signer might do by mistake. The bundle stands in the source itself, in
// a directory of it, and in an archive.
func TestForgedBundle(t *testing.T) {
	good := signed(signable(), ecKey())
	claims := map[string]any{"files": entries(signable())}
	der := must(x509.MarshalPKIXPublicKey(ecKey().Public()))
	text := base64.RawURLEncoding.EncodeToString
	none := func(alg string) files {
		return tampered(good, func(p []string) []string { return []string{text([]byte(`{"alg":"` + alg + `"}`)), p[1], p[2]} })
	}
	header := func(h map[string]any) files { return claimed(signable(), h, nil) }
	claim := func(c map[string]any) files { return claimed(signable(), nil, c) }
	one := func(change map[string]any) files {
		list := entries(signable())
		maps.Copy(list[0].(map[string]any), change)
		return claim(map[string]any{"files": list})
	}
	signatures := func(s string) files { return replaced(good, ".signatures.json", s) }
	other := signed(replaced(signable(), "a.rego", denyMore), ecKey())

	for name, tc := range map[string]struct {
		f    files
		want string
	}{
		// Who signed.
		"unsigned":                    {signable(), "there is no signature"},
		"wrong key":                   {signed(signable(), strangerKey()), byNone},
		"HS256 with the PEM":          {signatures(signaturesOf(hmacToken("HS256", claims, []byte(pemOf(ecKey()))))), "none that a public key verifies"},
		"HS256 with the PEM, trimmed": {signatures(signaturesOf(hmacToken("HS256", claims, []byte(strings.TrimSpace(pemOf(ecKey())))))), "none that a public key verifies"},
		"HS256 with the DER":          {signatures(signaturesOf(hmacToken("HS256", claims, der))), "none that a public key verifies"},
		"HS256 that says ES256":       {signatures(signaturesOf(hmacToken("ES256", claims, []byte(pemOf(ecKey()))))), byNone},
		"none":                        {none("none"), "none that a public key verifies"},
		"None":                        {none("None"), "none that a public key verifies"},
		"none without signature":      {tampered(good, func(p []string) []string { return []string{text([]byte(`{"alg":"none"}`)), p[1], ""} }), "not a JWT"},
		"no alg":                      {tampered(good, func(p []string) []string { return []string{text([]byte(`{}`)), p[1], p[2]} }), "not a JWT"},
		"alg no string":               {header(map[string]any{"alg": []string{"ES256"}}), "not a JWT"},
		"alg in another case":         {header(map[string]any{"alg": "es256"}), "none that a public key verifies"},
		"alg of another kind of key":  {header(map[string]any{"alg": "RS256"}), byNone},
		"alg of another curve":        {header(map[string]any{"alg": "ES384"}), byNone},
		"alg twice":                   {tampered(good, func(p []string) []string { return []string{text([]byte(`{"alg":"none","alg":"ES256"}`)), p[1], p[2]} }), "not a JWT"},
		"key in the header":           {replaced(signable(), ".signatures.json", signaturesOf(token(map[string]any{"jwk": jwkOf(strangerKey(), nil)}, claims, strangerKey()))), byNone},
		"key at a URL":                {replaced(signable(), ".signatures.json", signaturesOf(token(map[string]any{"jku": "https://evil.example/jwks", "x5u": "https://evil.example/x"}, claims, strangerKey()))), byNone},
		"id no string":                {header(map[string]any{"kid": 1}), "not a JWT"},
		"critical extension":          {header(map[string]any{"crit": []string{"b64"}, "b64": false}), "not a JWT"},
		"payload not encoded":         {header(map[string]any{"b64": false}), "not a JWT"},
		"signature of zeros":          {tampered(good, func(p []string) []string { return []string{p[0], p[1], text(make([]byte, 64))} }), byNone},
		"signature empty":             {tampered(good, func(p []string) []string { return []string{p[0], p[1], ""} }), "not a JWT"},
		"signature cut off":           {tampered(good, func(p []string) []string { return []string{p[0], p[1], p[2][:40]} }), byNone},
		"signature longer":            {tampered(good, func(p []string) []string { return []string{p[0], p[1], p[2] + "AAAA"} }), byNone},
		"signature in ASN.1":          {tampered(good, asASN1), byNone},
		"signature of another bundle": {tampered(good, func(p []string) []string { return []string{p[0], p[1], strings.Split(onlyTokenOf(other), ".")[2]} }), byNone},
		"header of its own":           {tampered(good, func(p []string) []string { return []string{text([]byte(`{"alg":"ES256"}`)), p[1], p[2]} }), byNone},
		"files of its own":            {tampered(good, func(p []string) []string { return []string{p[0], strings.Split(onlyTokenOf(other), ".")[1], p[2]} }), byNone},

		// The signatures file.
		"two signatures":             {signatures(signaturesOf(onlyTokenOf(good), onlyTokenOf(good))), "more than one signature"},
		"two, the first of a key":    {signatures(signaturesOf(onlyTokenOf(good), onlyTokenOf(signed(signable(), strangerKey())))), "more than one signature"},
		"no signature in it":         {signatures(`{"signatures": []}`), "not a file of one signature"},
		"signatures null":            {signatures(`{"signatures": null}`), "not a file of one signature"},
		"an empty object":            {signatures(`{}`), "not a file of one signature"},
		"an empty file":              {signatures(``), "not a file of one signature"},
		"garbage":                    {signatures("\x00\x01garbage"), "not a file of one signature"},
		"a list":                     {signatures(`["` + onlyTokenOf(good) + `"]`), "not a file of one signature"},
		"the bare token":             {signatures(onlyTokenOf(good)), "not a file of one signature"},
		"signatures a string":        {signatures(`{"signatures": "` + onlyTokenOf(good) + `"}`), "not a file of one signature"},
		"signature a number":         {signatures(`{"signatures": [1]}`), "not a file of one signature"},
		"signature an empty string":  {signatures(`{"signatures": [""]}`), "not a JWT"},
		"signature an object":        {signatures(`{"signatures": [{"payload": "x", "signatures": []}]}`), "not a file of one signature"},
		"signatures twice":           {signatures(`{"signatures": [], "signatures": ["` + onlyTokenOf(good) + `"]}`), "not a file of one signature"},
		"signatures in another case": {signatures(`{"Signatures": ["` + onlyTokenOf(good) + `"]}`), "not a file of one signature"},
		"an unknown key":             {signatures(`{"exclude_files": ["*"], "signatures": ["` + onlyTokenOf(good) + `"]}`), "not a file of one signature"},
		"a second value":             {signatures(good[".signatures.json"] + "{}"), "not a file of one signature"},
		"a plugin":                   {signatures(`{"plugin": "custom", "signatures": ["` + onlyTokenOf(good) + `"]}`), "plugin"},
		"a plugin that is no string": {signatures(`{"plugin": 1, "signatures": ["` + onlyTokenOf(good) + `"]}`), "plugin"},
		"two parts":                  {tampered(good, func(p []string) []string { return p[:2] }), "not a JWT"},
		"four parts":                 {tampered(good, func(p []string) []string { return append(p, "AAAA") }), "not a JWT"},
		"five parts":                 {tampered(good, func(p []string) []string { return append(p, "AAAA", "AAAA") }), "not a JWT"},
		"padded":                     {tampered(good, func(p []string) []string { return []string{p[0], p[1], p[2] + "=="} }), "not a JWT"},
		"not base64":                 {tampered(good, func(p []string) []string { return []string{p[0], p[1], "!" + p[2]} }), "not a JWT"},
		"header no JSON":             {tampered(good, func(p []string) []string { return []string{"AAAA", p[1], p[2]} }), "not a JWT"},
		"under another name":         {replaced(lacking(good, ".signatures.json"), "signatures.json", good[".signatures.json"]), "not read as data"},
		"deeper down alone":          {replaced(lacking(good, ".signatures.json"), "sub/.signatures.json", good[".signatures.json"]), "there is no signature"},
		"a large file":               {signatures(strings.Repeat("x", 33<<20)), "larger than"},

		// What was signed.
		"scope":                  {claim(map[string]any{"scope": "write"}), "scope"},
		"scope no string":        {claim(map[string]any{"scope": 1}), "scope"},
		"expired":                {claim(map[string]any{"exp": time.Now().Unix() - 1}), "has expired"},
		"expired long ago":       {claim(map[string]any{"exp": 0}), "has expired"},
		"exp no number":          {claim(map[string]any{"exp": "2099-01-01T00:00:00Z"}), "exp of the signature is a string"},
		"exp null":               {claim(map[string]any{"exp": nil}), "exp of the signature is null"},
		"exp out of range":       {claim(map[string]any{"exp": json.Number("1e999")}), "out of range"},
		"not yet valid":          {claim(map[string]any{"nbf": time.Now().Unix() + 1000}), "not yet valid"},
		"no files":               {claim(map[string]any{"files": nil}), "not a list of files"},
		"an empty list":          {claim(map[string]any{"files": []any{}}), "not a list of files"},
		"files an object":        {claim(map[string]any{"files": map[string]any{}}), "not a list of files"},
		"a file that is none":    {claim(map[string]any{"files": []any{"a.rego"}}), "not a list of files"},
		"a file without hash":    {one(map[string]any{"hash": nil}), "not a list of files"},
		"a hash that is none":    {one(map[string]any{"hash": "xyz"}), "not a list of files"},
		"an empty hash":          {one(map[string]any{"hash": ""}), changed},
		"a hash without name":    {one(map[string]any{"algorithm": ""}), "is signed by the hash"},
		"MD5":                    {one(map[string]any{"algorithm": "MD5", "hash": "d41d8cd98f00b204e9800998ecf8427e"}), "is signed by the hash"},
		"SHA-1":                  {one(map[string]any{"algorithm": "SHA-1"}), "is signed by the hash"},
		"another hash":           {one(map[string]any{"algorithm": "SHA-512"}), changed},
		"an unknown hash":        {one(map[string]any{"algorithm": "sha256"}), "is signed by the hash"},
		"a file twice":           {claim(map[string]any{"files": slices.Concat(entries(signable()), entries(signable())[:1])}), "is signed twice"},
		"a name that leads out":  {one(map[string]any{"name": "../a.rego"}), "no path below the bundle"},
		"an absolute name":       {one(map[string]any{"name": "/a.rego"}), "no path below the bundle"},
		"the name of the bundle": {one(map[string]any{"name": "."}), "no path below the bundle"},
		"a name of Windows":      {one(map[string]any{"name": `sub\b.rego`}), "no path below the bundle"},
		"itself":                 {claim(map[string]any{"files": append(entries(signable()), entries(files{"x": ""})[0], map[string]any{"name": ".signatures.json", "hash": "00", "algorithm": "SHA-256"})}), ".signatures.json: the file"},

		// The files.
		"policy changed":              {replaced(good, "a.rego", denyBad+"\n"), "a.rego: the file " + changed},
		"policy of a signed name":     {replaced(good, "a.rego", denyMore), changed},
		"policy with CR LF":           {replaced(good, "a.rego", strings.ReplaceAll(denyBad, "\n", "\r\n")), changed},
		"two policies swapped":        {replaced(replaced(good, "a.rego", good["sub/b.rego"]), "sub/b.rego", good["a.rego"]), changed},
		"policy added":                {replaced(good, "z.rego", denyMore), "z.rego: the signature of"},
		"policy added deeper":         {replaced(good, "sub/deeper/z.rego", denyMore), unnamed},
		"policy removed":              {lacking(good, "a.rego"), "a.rego: the file " + missing},
		"policy renamed":              {replaced(lacking(good, "a.rego"), "c.rego", denyBad), "c.rego: the signature of"},
		"policy moved":                {replaced(lacking(good, "sub/b.rego"), "b.rego", good["sub/b.rego"]), unnamed},
		"policy hidden":               {replaced(lacking(good, "a.rego"), ".a.rego", denyBad), missing},
		"policy moved to testdata":    {replaced(lacking(good, "a.rego"), "testdata/a.rego", denyBad), missing},
		"policy made a test":          {replaced(lacking(good, "a.rego"), "a_a_test.rego", denyBad), missing},
		"policy in another case":      {replaced(lacking(good, "a.rego"), "A.rego", denyBad), unnamed},
		"extension in another case":   {replaced(good, "z.REGO", denyMore), "lower case"},
		"name that looks the same":    {replaced(good, "\u0430.rego", denyMore), unnamed}, // Cyrillic
		"name with a space":           {replaced(lacking(good, "a.rego"), "a .rego", denyBad), unnamed},
		"data changed":                {replaced(good, "corp/data.json", `{"n": 2, "m": 2}`), changed},
		"data with more in it":        {replaced(good, "corp/data.json", `{"n": 1, "m": 2, "o": 3}`), changed},
		"number spelled otherwise":    {replaced(good, "corp/data.json", `{"n": 1.0, "m": 2}`), changed},
		"number as text":              {replaced(good, "corp/data.json", `{"n": "1", "m": 2}`), changed},
		"settings changed":            {replaced(good, "data.yaml", "mcp: {settings: {enforcement: {a: audit}}}\n"), changed},
		"settings removed":            {lacking(good, "data.yaml"), missing},
		"data.json made data.yaml":    {replaced(lacking(good, "corp/data.json"), "corp/data.yaml", good["corp/data.json"]), unnamed},
		"data.yaml added beside":      {replaced(good, "corp/data.yaml", "o: 1\n"), unnamed},
		"data moved":                  {replaced(lacking(good, "corp/data.json"), "data.json", good["corp/data.json"]), unnamed},
		"key twice":                   {replaced(good, "corp/data.json", `{"n": 9, "n": 1, "m": 2}`), "twice"},
		"key twice in YAML":           {replaced(good, "data.yaml", "mcp: {settings: {enforcement: {a: audit, a: deny}}}\n"), "twice"},
		"second YAML document":        {replaced(good, "data.yaml", good["data.yaml"]+"---\nmcp: {}\n"), "second YAML document"},
		"YAML in data.json":           {replaced(good, "corp/data.json", "n: 1\nm: 2\n"), "corp/data.json"},
		"byte order mark":             {replaced(good, "corp/data.json", "\ufeff"+good["corp/data.json"]), "byte order mark"},
		"not UTF-8":                   {replaced(good, "corp/data.json", "{\"n\": 1, \"m\": 2, \"\xff\": 1}"), "UTF-8"},
		"manifest changed":            {replaced(good, ".manifest", `{"roots": ["mcp/policy", "mcp/settings", "corp", "more"], "metadata": {"sequence": 2}}`), ".manifest: the file " + changed},
		"sequence changed":            {replaced(good, ".manifest", strings.Replace(good[".manifest"], `: 2`, `: 3`, 1)), ".manifest: the file " + changed},
		"manifest removed":            {lacking(good, ".manifest"), missing},
		"manifest in another case":    {replaced(lacking(good, ".manifest"), ".Manifest", good[".manifest"]), "write the name in lower case"},
		"manifest not signed":         {replaced(signed(lacking(signable(), ".manifest"), ecKey()), ".manifest", `{"roots": ["mcp/policy", "mcp/settings", "corp"]}`), unnamed},
		"test changed":                {replaced(good, "a_test.rego", "package mcp.policy.a_test\n"), changed},
		"test removed":                {lacking(good, "a_test.rego"), missing},
		"document changed":            {replaced(good, "README.md", "x"), changed},
		"document removed":            {lacking(good, "README.md"), missing},
		"hidden file removed":         {lacking(good, ".hidden/y"), missing},
		"hidden file changed":         {replaced(good, ".hidden/y", "x"), changed},
		"testdata changed":            {replaced(good, "testdata/x.json", "[]"), changed},
		"delta bundle":                {replaced(good, "patch.json", `{"data": [{"op": "remove", "path": "/mcp"}]}`), "delta bundle"},
		"delta bundle alone":          {files{"patch.json": `{"data": []}`, ".signatures.json": good[".signatures.json"]}, "delta bundle"},
		"delta bundle that is signed": {signed(files{"patch.json": `{"data": []}`}, ecKey()), "delta bundle"},
		"signature for another":       {mergedFiles(signable(), files{".signatures.json": other[".signatures.json"]}), changed},
		"names that nothing places":   {claim(map[string]any{"files": entries(below("policy", lacking(signable(), ".manifest")))}), "begin with \"policy/\""},
		"names below another bundle":  {claim(map[string]any{"files": slices.Concat(entries(below("policy", signable())), entries(files{"x.rego": denyMore}))}), unnamed},
		"old signature signed":        {claim(map[string]any{"files": slices.Concat(entries(signable()), []any{map[string]any{"name": "signatures.json", "hash": "00", "algorithm": "SHA-256"}})}), "remove the old .signatures.json"},
	} {
		t.Run(name, func(t *testing.T) {
			k := keys(t, pemOf(ecKey()))
			if tc.f[".manifest"] != "" {
				refuses(t, below("team", tc.f), k, tc.want)
			}
			refuses(t, tc.f, k, tc.want)
			refuses(t, files{"x.tar.gz": archived(t, tc.f)}, k, tc.want)
		})
	}
}

func asASN1(p []string) []string {
	raw := must(base64.RawURLEncoding.DecodeString(p[2]))
	rs := struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])}
	return []string{p[0], p[1], base64.RawURLEncoding.EncodeToString(must(asn1.Marshal(rs)))}
}
