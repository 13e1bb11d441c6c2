<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\LogMessage;
use Envelog\MessengerLogHandler;
use Envelog\Record\ContextNormalizer;
use Envelog\Record\LogMessageFormatter;
use Envelog\Record\MessageInterpolator;
use Envelog\Record\Redactor;
use Envelog\Tests\Outbox\Outboxes;
use Envelog\Tests\Outbox\RecordingSender;
use Monolog\Logger;
use Monolog\Processor\PsrLogMessageProcessor;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Whatever a record holds, logging it does not throw, and what can be read of it goes on.
 */
final class HostileRecordsTest extends TestCase
{
    private RecordingSender $sender;
    private Directory $directory;
    /** @var list<LogMessage> */
    private array $messages = [];

    protected function setUp(): void
    {
        $this->directory = new Directory();
        $this->sender = new RecordingSender(function (array $messages): void {
            array_push($this->messages, ...$messages);
        });
    }

    public static function values(): iterable
    {
        $throw = static fn () => throw new \DomainException('no');
        yield 'a date that was never constructed' => [(new \ReflectionClass(\DateTimeImmutable::class))->newInstanceWithoutConstructor()];
        yield 'a date of the other class that was never constructed' => [(new \ReflectionClass(\DateTime::class))->newInstanceWithoutConstructor()];
        yield 'a date whose format() throws' => [new class() extends \DateTimeImmutable {
            public function format(string $format): string
            {
                throw new \DomainException('no');
            }
        }];
        yield '__toString() throws' => [new class($throw) {
            public function __construct(private \Closure $throw)
            {
            }

            public function __toString(): string
            {
                return ($this->throw)();
            }
        }];
        yield '__toString() returns what no string is' => [new class() {
            public function __toString(): string
            {
                return str_repeat("\xff", 100000);
            }
        }];
        yield 'jsonSerialize() throws an Error' => [new class() implements \JsonSerializable {
            public function jsonSerialize(): mixed
            {
                return $this->missing();
            }
        }];
        yield 'an exception whose jsonSerialize() throws' => [new class('outer') extends \RuntimeException implements \JsonSerializable {
            public function jsonSerialize(): mixed
            {
                throw new \DomainException('no');
            }
        }];
        yield 'an exception that was never constructed' => [(new \ReflectionClass(\ErrorException::class))->newInstanceWithoutConstructor()];
        yield 'an enum' => [\PHP_VERSION_ID >= 80100 ? Records::class : null];
        yield 'an object whose property was never set' => [new class() {
            public string $never;
            public int $set = 1;
        }];
        yield 'a closed resource' => [(static function () {
            $file = fopen('php://memory', 'r');
            fclose($file);

            return $file;
        })()];
        yield 'an array with itself in it' => [(static function () {
            $array = [];
            $array['self'] = &$array;

            return $array;
        })()];
        yield 'an object that logs when it is read' => [new class() {
            public ?Logger $logger = null;

            public function __toString(): string
            {
                $this->logger?->info('logged by __toString()');

                return 'text';
            }
        }];
    }

    /** @dataProvider values */
    #[DataProvider('values')]
    public function testAValue(mixed $value): void
    {
        foreach ([true, false] as $batch) {
            $this->messages = [];
            $outbox = Outboxes::make($this->sender, $this->directory->path);
            $handler = new MessengerLogHandler($outbox);
            $handler->pushProcessor(new PsrLogMessageProcessor());
            $logger = new Logger('app', [$handler]);
            if (\is_object($value) && property_exists($value, 'logger')) {
                $value->logger = $logger;
            }
            if ($batch) {
                $handler->handleBatch([Records::record('before'), Records::record('got {value}', 'WARNING', ['value' => $value, 'user' => 'ada']), Records::record('after')]);
            } else {
                $logger->info('before');
                $logger->warning('got {value}', ['value' => $value, 'user' => 'ada']);
                $logger->info('after');
            }
            $handler->close();
            $messages = array_values(array_filter($this->messages, static fn (LogMessage $m) => 'logged by __toString()' !== $m->message));
            self::assertCount(3, $messages);
            self::assertStringStartsWith('got ', $messages[1]->message);
            self::assertSame('ada', $messages[1]->context['user']);
            self::assertSame('WARNING', $messages[1]->level);
            self::assertIsString(serialize($messages[1]), 'what travels is plain data');
        }
    }

    public function testADateOfTheRecordThatWasNeverConstructed(): void
    {
        $date = (new \ReflectionClass(\Monolog\DateTimeImmutable::class))->newInstanceWithoutConstructor();
        $record = Records::record('one', 'INFO', ['user' => 'ada']);
        $record = \is_array($record) ? ['datetime' => $date] + $record : $record->with(datetime: $date);
        self::assertFalse((new MessengerLogHandler($outbox = Outboxes::make($this->sender, $this->directory->path)))->handle($record));
        $outbox->flush();
        self::assertSame(['user' => 'ada'], $this->messages[0]->context);
        self::assertLessThan(3600, abs(time() - $this->messages[0]->timestamp->getTimestamp()), 'the time is that of now');
    }

    public function testARecordThatIsNone(): void
    {
        if (class_exists(\Monolog\LogRecord::class) && !\is_array(Records::record('x'))) {
            $this->expectNotToPerformAssertions(); // Monolog 3 has a class for records

            return;
        }
        set_error_handler(static fn (int $type, string $message) => throw new \ErrorException($message));
        try {
            $handler = new MessengerLogHandler(Outboxes::make($this->sender, $this->directory->path));
            self::assertFalse($handler->handle([]));
            self::assertFalse($handler->handle(['context' => 'text'] + Records::record('one')));
            $handler->handleBatch([[], Records::record('two')]);
            $handler->close();
        } finally {
            restore_error_handler();
        }
        self::assertSame(['one', 'two'], array_column($this->messages, 'message'));
    }

    public function testAProcessorThatThrowsIsLeftOut(): void
    {
        $handler = new MessengerLogHandler($outbox = Outboxes::make($this->sender, $this->directory->path));
        $add = static fn (string $key) => static function ($record) use ($key) {
            $record['extra'] = $record['extra'] + [$key => 1];

            return $record;
        };
        $handler->pushProcessor($add('last'));
        $handler->pushProcessor(static function ($record) {
            $record['extra'] = ['half' => 'done'];
            throw new \DomainException('no');
        });
        $handler->pushProcessor(static fn () => 'no record');
        $handler->pushProcessor($add('first'));
        (new Logger('app', [$handler]))->info('one');
        $outbox->flush();
        self::assertSame(['first' => 1, 'last' => 1], $this->messages[0]->extra);
    }

    public function testBeforeSendThatThrowsHidesTheRecord(): void
    {
        $outbox = $this->with(static fn () => throw new \DomainException('no'), 'secret text');
        $outbox->flush();
        self::assertSame('This record is not shown, as envelog.before_send failed.', $this->messages[0]->message);
        self::assertStringNotContainsString('secret', serialize($this->messages));
    }

    public function testBeforeSendChangesAndDrops(): void
    {
        $outbox = $this->with(static fn (LogMessage $m) => 'drop' === $m->message ? null : new LogMessage('changed', $m->level, $m->message, [], [], $m->timestamp), 'keep', 'drop');
        $outbox->flush();
        self::assertSame([['changed', 'keep']], array_map(static fn (LogMessage $m) => [$m->channel, $m->message], $this->messages));
    }

    public function testCloseAndResetDoNotThrow(): void
    {
        $this->sender->do = static fn () => throw new \Error('a mistake');
        $handler = new MessengerLogHandler(Outboxes::make($this->sender, '/dev/null/nowhere'));
        $logger = new Logger('app', [$handler]);
        $logger->info('one');
        $handler->reset();
        $logger->info('two');
        $handler->close();
        self::assertCount(1, $this->sender->batches, 'the breaker is open after the first');
    }

    private function with(\Closure $beforeSend, string ...$messages): \Envelog\Outbox\Outbox
    {
        $redactor = new Redactor();
        $outbox = Outboxes::make($this->sender, $this->directory->path);
        $formatter = new LogMessageFormatter(new ContextNormalizer($redactor), new MessageInterpolator($redactor), $beforeSend);
        foreach ($messages as $message) {
            (new Logger('app', [new MessengerLogHandler($outbox, $formatter)]))->info($message);
        }

        return $outbox;
    }
}
