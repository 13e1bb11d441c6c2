<?php

declare(strict_types=1);

namespace Envelog\Tests\Record;

use Envelog\Record\ContextNormalizer;
use Envelog\Record\Redactor;
use Monolog\Formatter\NormalizerFormatter;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class ContextNormalizerTest extends TestCase
{
    /** Values of which Monolog's own normalizer makes the same. */
    public static function asMonolog(): iterable
    {
        yield 'scalars' => [['null' => null, 'true' => true, 'int' => -5, 'float' => 1.0, 'string' => 'é', 'empty' => '']];
        yield 'floats without a JSON word' => [['inf' => \INF, 'minus' => -\INF, 'nan' => \NAN]];
        yield 'lists and maps' => [['list' => [1, [2, []]], 'map' => ['a' => ['b' => true]], 5 => 'int key']];
        yield 'eight levels' => [self::nested(8)];
        yield 'a thousand items' => [['items' => range(1, 1000)]];
        yield 'more than a thousand items' => [['items' => range(1, 1500), 'after' => 1]];
        yield 'a date' => [['date' => new \DateTimeImmutable('2026-11-23T09:49:34.841400+01:00')]];
        yield "Monolog's own date" => [['date' => new \Monolog\DateTimeImmutable(true), 'coarse' => new \Monolog\DateTimeImmutable(false)]];
        yield 'an exception that is JsonSerializable' => [['object' => new class('outer') extends \RuntimeException implements \JsonSerializable {
            public function jsonSerialize(): mixed
            {
                return ['what' => 'it says', 'n' => [1]];
            }
        }]];
        yield 'a SoapFault' => [['object' => self::thrown(new \SoapFault('Server', 'text', 'actor', 'detail'))]];
        yield 'an exception with a code of letters' => [['object' => self::thrown(new class() extends \RuntimeException {
            protected $code = 'HY000';
        })]];
        yield 'an object' => [['object' => new Person('Ada', new Person('Grace'))]];
        yield 'an object with __toString' => [['object' => new Text('hello')]];
        yield 'an object with jsonSerialize' => [['object' => new Json(['a' => 1, 'b' => [1.5]])]];
        yield 'an anonymous class' => [['object' => new class() { public int $a = 1; private int $b = 2; }]];
        yield 'a closure' => [['object' => static fn () => 1]];
        yield 'a generator' => [['object' => (static fn () => yield 1)()]];
        yield 'a backed enum' => [['object' => Suit::Hearts]];
        yield 'stdClass' => [['object' => (object) ['a' => 1, '5' => 'five']]];
        yield 'an ArrayObject' => [['object' => new \ArrayObject(['a' => 1])]];
        yield 'SimpleXML' => [['object' => new \SimpleXMLElement('<a>text</a>')]];
        yield 'a resource' => [['object' => fopen('php://memory', 'r')]];
        yield 'an exception' => [['object' => self::thrown(new \RuntimeException('outer', 7, new \LogicException('inner')))]];
        yield 'an exception with arguments that cannot be serialized' => [['object' => self::thrown(new \RuntimeException('x'), static fn () => 1, fopen('php://memory', 'r'))]];
    }

    /** @dataProvider asMonolog */
    #[DataProvider('asMonolog')]
    public function testNormalizesAsMonolog(array $context): void
    {
        self::assertSame(self::monolog($context), self::normalize($context));
        self::assertIsString(serialize(self::normalize($context)));
    }

    /** Values on which a request would break, or wait, if Monolog's normalizer had them. */
    public static function beyondMonolog(): iterable
    {
        yield 'bytes that are not UTF-8 stay' => ["a\xff\0b", "a\xff\0b"];
        yield 'jsonSerialize throws' => [new Json(new \DomainException('no')), [Json::class => '[DomainException: no]']];
        yield '__toString throws' => [new Text(new \DomainException('no')), [Text::class => '[DomainException: no]']];
        yield 'jsonSerialize returns a closure' => [new Json(static fn () => 1), [Json::class => []]];
        yield 'jsonSerialize returns itself' => [new Json(null, true), [Json::class => ['open' => 1]]];
        yield 'jsonSerialize returns objects' => [new Json(['text' => new Json('inner'), 'person' => new Person('Ada')]), [Json::class => ['text' => 'inner', 'person' => ['name' => 'Ada', 'friend' => null]]]];
        yield 'a unit enum' => [Plain::One, [Plain::class => 'One']];
        yield 'a date in an object' => [new Json([new \DateTime('2026-11-23T09:49:34+01:00')]), [Json::class => ['2026-11-23T09:49:34+01:00']]];
        yield 'a resource in an object' => [new Json([fopen('php://memory', 'r')]), [Json::class => ['[resource(stream)]']]];
        yield 'a class that is gone' => [unserialize('O:4:"Gone":1:{s:1:"a";i:1;}'), ['__PHP_Incomplete_Class' => 'Gone']];
        yield 'a closed resource' => [self::closed(), '[unknown(resource (closed))]'];
    }

    /** @dataProvider beyondMonolog */
    #[DataProvider('beyondMonolog')]
    public function testNormalizesWhatMonologWouldNot(mixed $value, mixed $expected): void
    {
        self::assertSame(['value' => $expected], self::normalize(['value' => $value]));
    }

    public function testDoesNotLoadLazyObjects(): void
    {
        if (\PHP_VERSION_ID >= 80400) {
            $lazy = (new \ReflectionClass(Person::class))->newLazyGhost(static fn () => self::fail('loaded'));
            self::assertSame(['user' => [Person::class => '[not loaded]']], self::normalize(['user' => $lazy]));
        }
        $proxy = new PersonProxy('Ada');
        self::assertSame(['user' => [Person::class => '[not loaded]']], self::normalize(['user' => $proxy]));
        $proxy->loaded = true;
        self::assertSame('Ada', self::normalize(['user' => $proxy])['user'][Person::class]['name']);
    }

    public function testCyclesEnd(): void
    {
        $a = new \stdClass();
        $a->self = $a;
        $array = ['a' => $a];
        $array['array'] = &$array;
        self::assertStringContainsString('Over 9 levels deep, aborting normalization', serialize(self::normalize($array)));

        $json = new Json(null, false, static fn () => null);
        $circle = new Json($json);
        (new \ReflectionProperty($json, 'value'))->setValue($json, $circle);
        self::assertSame(['a' => [Json::class => 'Over 9 levels deep, aborting normalization']], self::normalize(['a' => $circle]));
    }

    public function testCountsTheClassOfAnObjectAsALevel(): void
    {
        $normalized = self::normalize(['a' => new Json(self::nested(12))]);
        self::assertSame(self::monolog($normalized), $normalized, 'Monolog finds nothing more to cut');
    }

    public function testChangesNothingOfTheCaller(): void
    {
        $password = 'hunter2';
        $context = ['password' => &$password];
        self::assertSame(['password' => '***'], self::normalize($context));
        self::assertSame('hunter2', $password);
    }

    public function testMasksAtEveryLevel(): void
    {
        $context = ['password' => 'x', 'request' => ['headers' => ['Authorization' => ['Bearer x']]], 'user' => new Json(['apiKey' => 'x', 'name' => 'Ada'])];
        self::assertSame(
            ['password' => '***', 'request' => ['headers' => ['Authorization' => '***']], 'user' => [Json::class => ['apiKey' => '***', 'name' => 'Ada']]],
            self::normalize($context),
        );
    }

    public function testForgetsKeysBeforeThereAreTooMany(): void
    {
        $normalizer = new ContextNormalizer(new Redactor());
        for ($i = 0; $i < 3000; ++$i) {
            $normalizer->context(["key$i" => 1]);
        }
        self::assertLessThanOrEqual(1000, \count((new \ReflectionProperty($normalizer, 'keys'))->getValue($normalizer)));
        self::assertSame(['password' => '***'], $normalizer->context(['password' => 'x']));
        self::assertSame(['password' => '***'], $normalizer->context(['password' => 'x']), 'from memory, too');
    }

    public function testShowsThatThereIsNoSecret(): void
    {
        $context = ['password' => null, 'token' => false, 'has_password' => true];
        self::assertSame($context, self::normalize($context));
    }

    public function testCutsLongStringsBetweenCharacters(): void
    {
        $text = self::normalize(['text' => 'x'.str_repeat('é', 20000)])['text'];
        self::assertSame('x'.str_repeat('é', 16383).'... (32767 of 40001 bytes)', $text);
        self::assertSame(str_repeat("\x80", 32768 - 3).'... (32765 of 40000 bytes)', self::normalize(['text' => str_repeat("\x80", 40000)])['text']);
    }

    public function testCutsLargeContexts(): void
    {
        $context = ['rows' => array_fill(0, 900, array_fill(0, 100, 'cell of a table'))];
        $normalized = self::normalize($context);
        self::assertLessThan(2 * ContextNormalizer::MAX_BYTES, \strlen(serialize($normalized)));
        self::assertSame('Over 262144 bytes, aborting normalization', $normalized['rows']['...']);
    }

    public function testStartsAnewForContextsWithinContexts(): void
    {
        $normalizer = new ContextNormalizer(new Redactor());
        $json = new Json(null, false, static fn () => $normalizer->context(['large' => str_repeat('x', 30000)]));
        $normalized = $normalizer->context(array_fill(0, 20, $json));
        self::assertArrayNotHasKey('...', $normalized);
    }

    private static function normalize(array $context): array
    {
        return (new ContextNormalizer(new Redactor()))->context($context);
    }

    /** Monolog normalizes a record, whose context is the first level. */
    private static function monolog(array $context): array
    {
        $normalize = new \ReflectionMethod(NormalizerFormatter::class, 'normalize');

        return $normalize->invoke(new NormalizerFormatter(), $context, 1);
    }

    private static function nested(int $depth): array
    {
        return 1 === $depth ? ['leaf'] : ["d$depth" => self::nested($depth - 1)];
    }

    private static function thrown(\Throwable $e, mixed ...$arguments): \Throwable
    {
        try {
            throw $e;
        } catch (\Throwable $e) {
            return $e;
        }
    }

    /** @return resource */
    private static function closed()
    {
        $file = fopen('php://memory', 'r');
        fclose($file);

        return $file;
    }
}

enum Suit: string
{
    case Hearts = 'H';
}

enum Plain
{
    case One;
}

class Person
{
    protected string $secretly = 'hidden';

    public function __construct(public string $name, public ?Person $friend = null)
    {
    }
}

final class PersonProxy extends Person implements \ProxyManager\Proxy\LazyLoadingInterface
{
    public bool $loaded = false;

    public function isProxyInitialized(): bool
    {
        return $this->loaded;
    }
}

final class Text
{
    public function __construct(private string|\Throwable $text)
    {
    }

    public function __toString(): string
    {
        return $this->text instanceof \Throwable ? throw $this->text : $this->text;
    }
}

final class Json implements \JsonSerializable
{
    public int $open = 1;

    public function __construct(private mixed $value, private bool $itself = false, private ?\Closure $before = null)
    {
    }

    public function jsonSerialize(): mixed
    {
        $this->before && ($this->before)();
        if ($this->value instanceof \Throwable) {
            throw $this->value;
        }

        return $this->itself ? $this : $this->value;
    }
}

namespace ProxyManager\Proxy;

interface LazyLoadingInterface
{
    public function isProxyInitialized(): bool;
}
