package php_test

import (
	"fmt"
	"strings"
	"testing"

	"envelog/internal/symfony/php"

	"github.com/google/go-cmp/cmp"
)

// shown writes an expression so that its shape can be read.
func shown(n *php.Node) string {
	if n == nil {
		return "nothing"
	}
	var inner []string
	for _, one := range n.Nodes {
		inner = append(inner, shown(one))
	}
	all := strings.Join(inner, " ")
	switch n.Kind {
	case php.Opaque:
		return "?"
	case php.String:
		return fmt.Sprintf("%q", n.Text)
	case php.Number, php.Name:
		return n.Text
	case php.ClassConst:
		return all + "::" + n.Text
	case php.Variable:
		return "$" + n.Text
	case php.Array:
		return "[" + strings.Join(inner, ", ") + "]"
	case php.Spread:
		return "..." + all
	case php.Item:
		return strings.Join(inner, " => ")
	case php.Index:
		return inner[0] + "[" + inner[1] + "]"
	case php.Property:
		return all + "->" + n.Text
	case php.Call:
		return n.Text + "(" + strings.Join(inner, ", ") + ")"
	case php.MethodCall:
		return inner[0] + "->" + n.Text + "(" + strings.Join(inner[1:], ", ") + ")"
	case php.StaticCall:
		return inner[0] + "::" + n.Text + "(" + strings.Join(inner[1:], ", ") + ")"
	case php.Named:
		return n.Text + ": " + all
	case php.Match:
		return "match(" + strings.Join(inner, ", ") + ")"
	case php.Arm:
		return inner[0] + " for " + strings.Join(inner[1:], " ")
	case php.Closure:
		return fmt.Sprintf("function of %d with %d", len(n.Function.Parameters), len(n.Function.Body))
	}
	return "(" + n.Text + " " + all + ")"
}

func TestExpressions(t *testing.T) {
	tests := []struct{ source, want string }{
		{`'a\'b\\c\d'`, `"a'b\\c\\d"`},
		{`"a\"b\n\$c \q"`, `"a\"b\n$c \\q"`},
		{`"a $b"`, `(. (. "" "a ") $b)`},
		{`"{$a->b()}/$c[d]$e->f\\$"`, `(. (. (. (. (. "" $a->b()) "/") $c["d"]) $e->f) "\\$")`},
		{`"a ${b}"`, `?`},
		{`"a {$b"`, `?`},
		{`"a {$b c}"`, `?`},
		{`"costs 5$"`, `"costs 5$"`},
		{"<<<'X'\n    a\n      b\n    X", `"a\n  b"`},
		{"<<<X\na\nX", `"a"`},
		{"<<<X\na $b\nX", `?`},
		{`[1, 'a' => -2.5, ...$more, 'b' => ['c' => null,],]`, `[1, "a" => -2.5, ...$more, "b" => ["c" => null]]`},
		{`['a' => new Foo(1, [2]), 'b' => fn ($x) => [$x, 1], 'c' => $x instanceof Y, 'd' => 1]`, `["a" => ?, "b" => function of 1 with 1, "c" => ?, "d" => 1]`},
		{`$_SERVER['APP_LOG_DIR'] ?? parent::getLogDir()`, `(?? $_SERVER["APP_LOG_DIR"] parent::getLogDir())`},
		{`$this->getProjectDir().'/var/'.$this->environment`, `(. (. $this->getProjectDir() "/var/") $this->environment)`},
		{`\dirname(__DIR__, 2).'/x'`, `(. \dirname(__DIR__, 2) "/x")`},
		{`[array('a' => array(1))]`, `[["a" => [1]]]`},
		{`$a ? $b : 'd'`, `( $a $b "d")`},
		{`$a ?: 'd'`, `( $a nothing "d")`},
		{`1 + 2 * 3 . 'x'`, `(. (+ 1 (* 2 3)) "x")`},
		{`env('X')->int()->default('p')`, `env("X")->int()->default("p")`},
		{`Foo\Bar::class`, `Foo\Bar::class`},
		{`f(name: 1, ...)`, `f(name: 1, ?)`},
		{`(string) $x`, `(string $x)`},
		{`static function (A $a, B|C $b) use ($d): ?X { return 1; }`, `function of 2 with 1`},
		{`match (true) { default => 1 }`, `match(true, 1 for )`},
		{`match ($a) { 'x', 2 => $b . 'c', default => throw new E() }`, `match($a, (. $b "c") for "x" 2, ? for )`},
		{`$a = $b ??= 5`, `(= $a (??= $b 5))`},
	}
	for _, tt := range tests {
		file, err := php.Parse("<html><?php // ?>\n<?php return " + tt.source + ";")
		if err != nil {
			t.Errorf("%s: %v", tt.source, err)
			continue
		}
		if len(file.Statements) != 2 || file.Statements[1].Kind != php.Return {
			t.Errorf("%s: %d statements", tt.source, len(file.Statements))
			continue
		}
		n := file.Statements[1].Node
		if got := shown(n); got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.source, got, tt.want)
		}
		if got := file.Source(n.From, n.To); got != tt.source {
			t.Errorf("%s spans %q", tt.source, got)
		}
	}
}

func TestClasses(t *testing.T) {
	const source = `<?php
declare(strict_types=1);
namespace App\Log;
use Symfony\Component\Messenger\Attribute\AsMessage;
use A\{B, C as D};
use function strlen;
/** class Comment */
#[Other]
#[AsMessage('async', serializedTypeName: self::NAME), \Foo\Bar]
final readonly class LogMessage extends Base implements D, \E
{
    use SomeTrait { a as b; }
    public const string NAME = 'log';
    private ?string $x = null;
    public string $hooked { get => 'x'; }
    public function __construct(public string $channel = 'class X {}') {}
    abstract protected static function none(): ?string;
    public function getLogDir(): string { if ($a) { return 1; } elseif ($b) { return 2; } else return 3; }
}
abstract class Second {}
enum Third: string implements B { case A = 'a'; const B = 2; }
interface Fourth extends B, Fifth {}
new class { function inner() {} };
function f() { return new class extends X {}; }
`
	file, err := php.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range file.Classes {
		line := fmt.Sprintf("%d %s %s abstract=%v extends %v implements %v", c.Place.Line, c.Kind, c.Name, c.Abstract, c.Extends, c.Implements)
		for _, a := range c.Attributes {
			line += " #" + file.Resolve(a.Name)
			for _, argument := range a.Arguments {
				line += " " + shown(argument)
			}
		}
		for _, m := range c.Methods {
			line += fmt.Sprintf(" %s/%d:%d", m.Name, len(m.Parameters), len(m.Body))
		}
		for name, value := range c.Constants {
			line += " " + name + "=" + shown(value)
		}
		got = append(got, line)
	}
	want := []string{
		`10 class App\Log\LogMessage abstract=false extends [App\Log\Base] implements [A\C E] #App\Log\Other #Symfony\Component\Messenger\Attribute\AsMessage "async" serializedTypeName: self::NAME #Foo\Bar __construct/1:0 none/0:0 getLogDir/0:1 NAME="log"`,
		`20 class App\Log\Second abstract=true extends [] implements []`,
		`21 enum App\Log\Third abstract=false extends [] implements [A\B] B=2`,
		`22 interface App\Log\Fourth abstract=false extends [A\B App\Log\Fifth] implements []`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ source, want string }{
		{"<?php\n return [1;", "line 2: [ is not closed"},
		{"<?php )", "line 1: ) closes nothing"},
		{"<?php [)", "line 1: ) closes nothing"},
		{"<?php 'x", "line 1: a text in quotes does not end"},
		{"<?php /* x", "line 1: a comment does not end"},
		{"<?php <<<X\nY", "line 1: the text <<<X does not end"},
	}
	for _, tt := range tests {
		if _, err := php.Parse(tt.source); err == nil || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.source, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"<?php return ['a' => [1, -2]];", "<?php class A { function b() { if (1) { return 2; } } }", "<?php #[A(1)] final class B {}",
		"<?php return static fn (A $a) => $a->b()->c(env('X'));", "<?php namespace A { use B\\{C, D}; }", "<?php <<<X\na\nX;", "x<?php ?>y<?php if (a): b; endif;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		file, err := php.Parse(source)
		if err != nil {
			return
		}
		for _, s := range file.Statements {
			if s.From > s.To || s.To > len(source) {
				t.Errorf("a statement spans %d to %d", s.From, s.To)
			}
		}
	})
}
