package symfony

// yamlCases are documents of the kinds that public applications have, and of those that readers of YAML disagree about.
// One table feeds the comparison with PHP and the fuzzing.
func yamlCases() []string {
	return []string{
		// flow scalars that hold signs of their own
		"access_control:\n  - { path: ^/api/[^/]+$, roles: R }\n  - { path: ^/admin, roles: [A, B] }\n",
		"a: { path: ^/x{2}$, b: c }", "a: [ ^/x[0-9], b ]", "a: [a+b, c{d}e, f]", "a: { b: c[d }", "a: { b: c]d }",
		"a: { b: 'c'#d }", "a: 'b'#c", "a: \"b\"#c", "a: b#c", "a: b #c", "a: [b]#c",
		// empty entries
		"a: [b, c]", "a: [, b]", "a: [b, ]", "a: [,]", "a: [ , ]", "a: {b: , c: }", "a: {b: }", "a: {b:}", "a: {,b: c,,d: e,}", "a: []", "a: {}", "a: [\n]",
		"a: [b,\n  # comment\n  c,\n]\n", "a: {\n  b: c, # comment\n\n  d: [e,\n  f]\n}\ng: h\n", "a:\n  [b, c]\n", "a:\n  { b: c }\n", "[a, b]", "{ a: b }", "{ a: b }\n# end\n", "[a]\nb: c",
		"a: [b: c, d: e]", "a: [{b: c}, d]", "a: ['b: c', d]", "a: [a b, c d]", "a: {b c: d}", "a: {'b c': d, \"e\": f, 1: g, 1.5: h}", "a: {b:c}", "a: {b:[c]}", "a: {null: b}", "a: {true: b}",
		// keys
		"a b: c", "'a': b", "\"a\\n\": b", "'a''b': c", "a:b: c", "a: b: c", "a : b", "1: a\n2: b", "~: a", "null: a", "true: a", "1.5: a", "-1: a", "a#b: c", "a #b: c", "? a", "a:\tb", "- a: b\n  c: d\n-\n  e: f\n", "'a' : b", "@a: b", "%a: b", "!x a: b", "a:", "a: ~\nb:\nc: null",
		// repeated keys
		"a: b\na: c", "a: b\na: ~", "a: {b: ~, b: c}", "a: {b: c, b: d}",
		// anchors and merges
		"a: &x { b: 1, c: 2 }\nd: *x\n", "a: &x\n  b: 1\n  c: 2\nd:\n  c: 3\n  <<: *x\n  e: 4\n  b: 5\n", "a: &x {b: 1}\nc: {<<: *x, d: 2, b: 3}\n", "a: &x {b: 1}\nd: &y {b: 2, e: 3}\nc:\n  <<: [*x, *y]\n",
		"a: &x {b: 1}\nc:\n  <<:\n    - *x\n    - {f: 1}\n", "a: &x b\nc: [*x, d]\n", "a: *missing", "a: [*missing]", "- &x a\n- *x\n", "- &x\n  a: b\n- *x\n", "a: &x\nb: *x\n", "c:\n  <<: {a: 1}\n  a: 2\n", "a: &x [1, 2]\nb: *x # c\n", "<<: b", "a: &x 'b'\nc: *x",
		// texts over several lines
		"a: b\n  c\n  d\ne: f\n", "a: b\n\n  c\n", "a: b # x\n  c\n", "a: 'b\n  c'\nd: e\n", "a: \"b\n\n  c\\\n  d\"\n", "a: 'b\n\n\n  c'\n", "a: \"b \\\n  c\\\n\\  d\"\n", "a:\n  b\n  c\n", "a:\n  'b'\n", "- b\n  c\n- d\n", "a: b\n  c: d\n",
		"a: |\n  b\n  c\nd: e\n", "a: |-\n  b\n   c\n\nd: e\n", "a: |+\n  b\n\nd: e\n", "a: >\n  b\n  c\n\n  d\n    e\n  f\ng: h\n", "a: >-\n  b\n  c\n", "a: |2\n   b\n  c\n", "a: |\n\n  b\n", "- |\n  a\n- b\n", "a: | # c\n  b\n", "a: |\n  b", "a: >\n  b", "a: |+\n  b\n", "a: |+\n  b", "- >+\n  b\n\n", "a: [ x, :: ]", "a: [:: , y]", "a: |\n  # b\n  c\n", "a:\n  b: |\n    c\n  d: e\n", "a: !!binary |\n  YWJj\n", "- - |\n    a\n  - b\n", "a: |\n  b\n\n\n", "a: >\n\n  b\n", "a: |\n    b\n   c\n",
		// sequences
		"- a\n- b\n", "a:\n- b\n- c\nd: e\n", "a:\n  - b\n  -\n    - c\n  - - d\n    - e\n", "- - a\n  - b\n- c\n", "-\n- a\n", "- a: b\n- c\n", "-a", "- 'a'\n- \"b\" # c\n", "a:\n  - b: c\n    d:\n      - e\n    f: g\n  - h\n", "- a\nb: c\n", "a: b\n- c\n", "a:\n    - b\n  - c\n", "-  a: b\n   c: d\n", "- [a]\n- {b: c}\n", "a:\n  -\n    b: c\n", "- a:\n  - b\n", "a:\n- b:\n  - c\n- d\n",
		// indentation
		"a:\n b: c\n  d: e\n", "a:\n  b: c\n d: e\n", "a: b\n c: d\n", "a:\n\tb: c\n", "\ta: b", "a:\n  b: c\n\n\n  # x\n  d: e\n# y\nf: g\n", "# a\n\n# b\nc: d", "a:\n# b\n  c: d\n", "a:\n    # b\n  c: d\n",
		// documents
		"", "# a", "---\na: b\n", "--- # x\na: b\n", "a: b\n---\nc: d\n", "%YAML 1.2\n---\na: b\n", "---\n", "a", "a b\nc d\n", "'a'", "\"a\\tb\"", "12", "~", "a: b\r\nc: d\r\n",
		// tags
		"a: !!str 12", "a: !!float 1", "a: !!binary YWJj", "a: ! 12", "a: !x b", "a: !x {b: c}", "a: !x [b]", "a: !x\n  b: c\n", "a: !php/const PHP_INT_MAX", "a: !php/const PHP_INT_MAX # c", "a: [!php/const PHP_INT_SIZE, b]", "a: { !php/const PHP_INT_SIZE: b, c: d }", "!php/const PHP_INT_SIZE: a\nb: c\n", "!php/const 'PHP_INT_SIZE': a", "a: !!int 1", "a: [!x b, c]", "a: {b: !x c}", "a: !!str 'b'", "- !x a\n", "- !x\n  b: c\n",
		// reserved and odd
		"a: %env(DSN)%", "a: '%env(DSN)%'", "a: [%env(X)%]", "a: {b: %x%}", "a: @b", "a: `b`", "a: |b", "a: >b", "a: ,b", "a: ?b", "a: -b", "a: - b", "a: [- b]", "a: :b", "a: b:", "a: [b:]", "a: 'it''s'", "a: \"\\x41\\u00e9\\/\"", "a: \"\\q\"", "a: 'b", "a: \"b", "a: [b", "a: {b", "a: b]", "a: b}", "a: ]", "a: }", "a: {b]}", "a: [b}", "a: it's", "a: [it's, b]", "a: b\"c", "a: ''", "a: \"\"", "a: [\"\"]", "a: {'': b}", "a: 'b' 'c'", "a: \xff",
		"a: { b: \"c, d\", e: 'f}' }", "a: [ \"b, c\", 'd]' ]", "a: {b: 'c'\n}", "a: ['b'\n, 'c']", "a: {b: c\n  d}", "a: [b\n  c]", "a: { b: http://x:80/y?z=1&w=2, c: d }", "a: [redis://h:1/s, b]", "a: http://x:80", "a: {b: c: d}", "a: { b: { c: { d: [e, {f: g}] } } }", "a: b,c", "a: 0o17\nb: 0x1F\nc: 1e3\nd: .5\ne: 1_000\ng: -0x1\n",
		"services:\n    _defaults:\n        autowire: true      # Automatically injects\n    App\\:\n        resource: '../src/'\n        exclude:\n            - '../src/Kernel.php'\n    App\\X: ~\n",
		"framework:\n    secret: '%env(APP_SECRET)%'\n    #csrf: true\n\n    session: { handler_id: null }\nwhen@test:\n    framework:\n        test: true\n",
		"monolog:\n    handlers:\n        main:\n            excluded_http_codes: [404, 405]\n            channels: [\"!event\", '!x']\n            level: debug\n",
	}
}
