package dotenv_test

// A loadCase is one project directory under one real environment. The table is run against this package in both ways of
// resolving, and against the symfony/dotenv that is installed.
type loadCase struct {
	name  string
	files map[string]string
	env   map[string]string
	want  map[string]string // nil: an error
	eager map[string]string // where older releases differ
	over  bool
}

// refused is what a case wants of older releases only where they refuse it.
var refused = map[string]string{}

// env makes the files of a case that has only a .env.
func env(content string) map[string]string { return map[string]string{".env": content} }

var loadCases = []loadCase{
	// What the recipes of symfony/messenger and symfony/framework-bundle write.
	{name: "recipe", files: env("###> symfony/framework-bundle ###\nAPP_ENV=dev\nAPP_SECRET=\n###< symfony/framework-bundle ###\n\n###> symfony/messenger ###\n# Choose one of the transports below\n# MESSENGER_TRANSPORT_DSN=amqp://guest:guest@localhost:5672/%2f/messages\nMESSENGER_TRANSPORT_DSN=redis://redis:6379/log-messages\nASYNC_LOGGING_ENABLED=1\n###< symfony/messenger ###\n"),
		want: map[string]string{"APP_ENV": "dev", "APP_SECRET": "", "MESSENGER_TRANSPORT_DSN": "redis://redis:6379/log-messages", "ASYNC_LOGGING_ENABLED": "1"}},

	// Syntax.
	{name: "empty file", files: env(""), want: map[string]string{"APP_ENV": "dev"}},
	{name: "no line feed at the end", files: env("A=1"), want: map[string]string{"APP_ENV": "dev", "A": "1"}},
	{name: "name at the end", files: env("A="), want: map[string]string{"APP_ENV": "dev", "A": ""}},
	{name: "line ends of Windows and of the first Macs", files: env("A=1\r\nB=2\rC=3"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2", "C": "3"}},
	{name: "comments", files: env("# A=0\nA=1 # one\nB=2#two\nC=#three\nD= #four\nE='5' # five\nF='6'#six\n\t # G=7\n"),
		want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2#two", "C": "", "D": "", "E": "5", "F": "6#six"}},
	{name: "indented names", files: env("  A=1\n\tB=2\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2"}},
	{name: "lower case names", files: env("a=1\n_b2=2\n"), want: map[string]string{"APP_ENV": "dev", "a": "1", "_b2": "2"}},
	{name: "export", files: env("export A=1\nexport\t B=2\nexport=3\nexportC=4\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2", "export": "3", "exportC": "4"}},
	{name: "export of nothing", files: env("export A\n")},
	{name: "export without a name", files: env("export 1=2\n")},
	{name: "the last one counts", files: env("A=1\nA=2\n"), want: map[string]string{"APP_ENV": "dev", "A": "2"}},
	{name: "trailing blanks", files: env("A=1  \nB=2\t\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2"}},
	{name: "equals signs in the value", files: env("A=b=c==\n"), want: map[string]string{"APP_ENV": "dev", "A": "b=c=="}},
	{name: "bytes that are not UTF-8", files: env("A=\xff\xfe\n"), want: map[string]string{"APP_ENV": "dev", "A": "\xff\xfe"}},
	{name: "space in a bare value", files: env("A=b c\n")},
	{name: "space before the value", files: env("A= b\n")},
	{name: "space after the name", files: env("A =b\n")},
	{name: "no equals sign", files: env("A\n")},
	{name: "dash in the name", files: env("A-B=1\n")},
	{name: "digit first", files: env("1A=1\n")},
	{name: "byte-order mark", files: env("\xEF\xBB\xBFA=1\n")},

	// Quotes.
	{name: "single quotes", files: env(`A='b c # "d" $E \n \\ \'` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": `b c # "d" $E \n \\ \`}},
	{name: "double quotes", files: env(`A="b c # 'd' \"e\" \n\r\t \\ \$F"` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": "b c # 'd' \"e\" \n\r\\t \\ $F"}},
	{name: "lines in quotes", files: env("A='1\n2'\nB=\"3\n4\"\n"), want: map[string]string{"APP_ENV": "dev", "A": "1\n2", "B": "3\n4"}},
	{name: "parts", files: env(`A=b'c d'"e f"g` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": "bc de fg"}},
	{name: "parts with blanks between", files: env(`A='b' "c"` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": "bc"}},
	{name: "empty quotes", files: env(`A=""` + "\nB=''\n"), want: map[string]string{"APP_ENV": "dev", "A": "", "B": ""}},
	{name: "escaped quotes outside quotes", files: env(`A=\"b\'c` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": `"b'c`}},
	{name: "backslashes outside quotes", files: env(`A=b\\c\d` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": `b\c\d`}},
	{name: "backslash before the closing quote", files: env(`A="b\\"` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": `b\`}},
	{name: "open single quote", files: env("A='b\n")},
	{name: "open double quote", files: env("A=\"b\n")},
	{name: "quote at the end", files: env(`A="`)},

	// References.
	{name: "both forms", files: env("A=1\nB=$A-${A}x\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "1-1x"}},
	{name: "in double quotes", files: env("A=1\nB=\"$A ${A}\"\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "1 1"}},
	{name: "not in single quotes", files: env("A=1\nB='$A ${A}'\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "$A ${A}"}},
	{name: "unknown", files: env("A=$NOPE-${NOPE}x\n"), want: map[string]string{"APP_ENV": "dev", "A": "-x"}},
	{name: "to what comes later", files: env("A=$B\nB=1\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "1"}, eager: map[string]string{"APP_ENV": "dev", "A": "", "B": "1"}},
	{name: "to the real environment", files: env("A=${HOST}\n"), env: map[string]string{"HOST": `h\$x`}, want: map[string]string{"APP_ENV": "dev", "A": `h\$x`, "HOST": `h\$x`}},
	{name: "to a value that the real environment overrides", files: env("A=1\nB=$A\n"), env: map[string]string{"A": "2"}, want: map[string]string{"APP_ENV": "dev", "A": "2", "B": "2"}},
	{name: "with a default", files: env("E=\nA=${NOPE:-b}\nB=${E:-c}\nC=${A:-d}\nD=${NOPE:-}\nF=${NOPE:-redis://h:1/x?y=z}\n"), want: map[string]string{"APP_ENV": "dev", "E": "", "A": "b", "B": "c", "C": "b", "D": "", "F": "redis://h:1/x?y=z"}},
	{name: "with a default that is kept", files: env("A=${B:=c}$B\n"), want: map[string]string{"APP_ENV": "dev", "A": "cc"}, eager: map[string]string{"APP_ENV": "dev", "A": "cc", "B": "c"}},
	{name: "with a quote in the default", files: env("A=\"${B:-'c'}\"\n")},
	{name: "with a default between quotes", files: env("A=${B:-'c'}\n"), want: map[string]string{"APP_ENV": "dev", "A": "c"}, eager: refused},
	{name: "with a dollar in the default", files: env("A=\"${B:-$C}\"\n")},
	{name: "with an open brace", files: env("A=${B\n")},
	{name: "escaped", files: env(`A=1` + "\n" + `B=\$A` + "\n" + `C="\${A} \\$A \\\$A"` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "$A", "C": `${A} \1 \$A`}},
	{name: "a dollar alone", files: env("A=b$\nB=\"$ $1 $-\"\n"), want: map[string]string{"APP_ENV": "dev", "A": "b$", "B": "$ $1 $-"}},
	{name: "a closing brace alone", files: env("A=1\nB=$A}\nC=x$}\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "1}", "C": "x}"}},
	{name: "white space in what a reference gives", files: env("A=\"b c\"\nB=$A\n"), want: map[string]string{"APP_ENV": "dev", "A": "b c", "B": "b c"}},
	{name: "password hashes", files: env(`A='$2y$13$abc'` + "\n" + `B="\$2y\$13\$abc"` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": "$2y$13$abc", "B": "$2y$13$abc"}},
	{name: "itself with a default", files: env(`A="${A:-b}"` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": "b"}},
	{name: "itself with a default, set", files: env(`A="${A:-b}"` + "\n"), env: map[string]string{"A": "c"}, want: map[string]string{"APP_ENV": "dev", "A": "c"}},
	{name: "in a circle", files: env("A=x$B\nB=y$A\n"), eager: map[string]string{"APP_ENV": "dev", "A": "x", "B": "yx"}},
	{name: "chain", files: env("A=1\nB=$A\nC=$B\nD=$C\nE=$D\n"), want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "1", "C": "1", "D": "1", "E": "1"}},
	{name: "a parenthesis that is no command", files: env(`A="$() \$(date)"` + "\n"), want: map[string]string{"APP_ENV": "dev", "A": "$() $(date)"}},

	// Files and their precedence.
	{name: "local", files: map[string]string{".env": "A=1\nB=1\n", ".env.local": "B=2\n"}, want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2"}},
	{name: "all four", files: map[string]string{".env": "A=1\nB=1\nC=1\nD=1\n", ".env.local": "B=2\nC=2\nD=2\n", ".env.dev": "C=3\nD=3\n", ".env.dev.local": "D=4\n"},
		want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2", "C": "3", "D": "4"}},
	{name: "real environment wins", files: map[string]string{".env": "A=1\n", ".env.local": "A=2\n", ".env.dev.local": "A=3\n"}, env: map[string]string{"A": ""}, want: map[string]string{"APP_ENV": "dev", "A": ""}},
	{name: "overload", over: true, files: map[string]string{".env": "A=1\n"}, env: map[string]string{"A": "0"}, want: map[string]string{"APP_ENV": "dev", "A": "1"}},
	{name: "no local in test", files: map[string]string{".env": "APP_ENV=test\nA=1\n", ".env.local": "A=2\n", ".env.test": "B=3\n", ".env.test.local": "C=4\n"}, want: map[string]string{"APP_ENV": "test", "A": "1", "B": "3", "C": "4"}},
	{name: "environment from the real environment", files: map[string]string{".env": "APP_ENV=dev\n", ".env.dev": "A=dev\n", ".env.prod": "A=prod\n"}, env: map[string]string{"APP_ENV": "prod"}, want: map[string]string{"APP_ENV": "prod", "A": "prod"}},
	{name: "environment from local", files: map[string]string{".env": "APP_ENV=dev\n", ".env.local": "APP_ENV=prod\n", ".env.dev": "A=dev\n", ".env.prod": "A=prod\n"}, want: map[string]string{"APP_ENV": "prod", "A": "prod"}},
	{name: "environment called local", files: map[string]string{".env": "APP_ENV=local\nA=1\n", ".env.local": "A=2\n", ".env.local.local": "A=3\n"}, want: map[string]string{"APP_ENV": "local", "A": "2"}},
	{name: "environment by reference", files: map[string]string{".env": "APP_ENV=${APP_ENV:-prod}\n", ".env.prod": "A=prod\n"}, want: map[string]string{"APP_ENV": "prod", "A": "prod"}},
	{name: "dist", files: map[string]string{".env.dist": "A=1\n", ".env.local": "B=2\n"}, want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "2"}},
	{name: "dist beside .env", files: map[string]string{".env.dist": "A=1\n", ".env": "B=2\n"}, want: map[string]string{"APP_ENV": "dev", "B": "2"}},
	{name: "a part changed in local", files: map[string]string{".env": "H=a\nD=redis://$H:6379/x\n", ".env.local": "H=b\n"},
		want: map[string]string{"APP_ENV": "dev", "H": "b", "D": "redis://b:6379/x"}, eager: map[string]string{"APP_ENV": "dev", "H": "b", "D": "redis://a:6379/x"}},
	{name: "a reference to an earlier file", files: map[string]string{".env": "A=1\n", ".env.local": "B=$A\nA=2\nC=$A\n"},
		want: map[string]string{"APP_ENV": "dev", "A": "2", "B": "2", "C": "2"}, eager: map[string]string{"APP_ENV": "dev", "A": "2", "B": "1", "C": "2"}},
	{name: "itself of an earlier file", files: map[string]string{".env": "A=1\n", ".env.local": "A=${A}_x\n"}, want: map[string]string{"APP_ENV": "dev", "A": "1_x"}},
	{name: "variables of a parent process", files: env("A=1\n"), env: map[string]string{"A": "0", "B": "0", "SYMFONY_DOTENV_VARS": "A"}, want: map[string]string{"APP_ENV": "dev", "A": "1", "B": "0"}},
	{name: "dumped", files: map[string]string{".env": "A=1\n", ".env.local.php": "<?php\n\n// This file was generated by running \"composer dump-env prod\"\n\nreturn array (\n  'APP_ENV' => 'prod',\n  'A' => 'it\\'s \\\\ $B \\n\n2',\n);\n"},
		want: map[string]string{"APP_ENV": "prod", "A": "it's \\ $B \\n\n2"}},
	{name: "dumped for another environment", files: map[string]string{".env": "A=1\n", ".env.local.php": "<?php return ['APP_ENV' => 'prod', 'A' => '2'];"}, env: map[string]string{"APP_ENV": "dev"}, want: map[string]string{"APP_ENV": "dev", "A": "1"}},
	{name: "dumped for this environment", files: map[string]string{".env": "A=1\n", ".env.local.php": "<?php return ['APP_ENV' => 'prod', \"A\" => '2',];"}, env: map[string]string{"APP_ENV": "prod"}, want: map[string]string{"APP_ENV": "prod", "A": "2"}},
	{name: "dumped without an environment", files: map[string]string{".env": "A=1\n", ".env.local.php": "<?php /* x */ return ['A' => '2']; # y"}, env: map[string]string{"APP_ENV": "dev"}, want: map[string]string{"APP_ENV": "dev", "A": "2"}},
	{name: "dumped, real environment wins", files: map[string]string{".env": "", ".env.local.php": "<?php return ['APP_ENV' => 'prod', 'A' => '2'];"}, env: map[string]string{"A": "3"}, want: map[string]string{"APP_ENV": "prod", "A": "3"}},

	// APP_DEBUG is 1 or 0 afterwards.
	{name: "debug 1", files: env("APP_DEBUG='1'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug 0", files: env("APP_DEBUG='0'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "0"}},
	{name: "debug true", files: env("APP_DEBUG='true'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug false", files: env("APP_DEBUG='false'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "0"}},
	{name: "debug on", files: env("APP_DEBUG='on'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug  yes ", files: env("APP_DEBUG=' yes '\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug 2", files: env("APP_DEBUG='2'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug 1abc", files: env("APP_DEBUG='1abc'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug abc", files: env("APP_DEBUG='abc'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "0"}},
	{name: "debug -3", files: env("APP_DEBUG='-3'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug 007", files: env("APP_DEBUG='007'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug 0.5", files: env("APP_DEBUG='0.5'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "0"}},
	{name: "debug 1e2", files: env("APP_DEBUG='1e2'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
	{name: "debug null", files: env("APP_DEBUG='null'\n"), want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "0"}},
	{name: "debug in production", files: env("APP_ENV=prod\nAPP_DEBUG=\n"), want: map[string]string{"APP_ENV": "prod", "APP_DEBUG": "0"}},
	{name: "debug of the real environment", files: env("APP_DEBUG=0\n"), env: map[string]string{"APP_DEBUG": "yes"}, want: map[string]string{"APP_ENV": "dev", "APP_DEBUG": "1"}},
}
