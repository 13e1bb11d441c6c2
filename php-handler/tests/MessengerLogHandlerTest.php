<?php

declare(strict_types=1);

namespace Envelog\Tests;

use Envelog\LogMessage;
use Envelog\MessengerLogHandler;
use Envelog\Outbox\Outbox;
use Envelog\Tests\Outbox\Outboxes;
use Envelog\Tests\Outbox\RecordingSender;
use Monolog\Formatter\LineFormatter;
use Monolog\Handler\TestHandler;
use Monolog\Logger;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class MessengerLogHandlerTest extends TestCase
{
    private RecordingSender $sender;
    private Directory $directory;
    private Outbox $outbox;

    protected function setUp(): void
    {
        $this->sender = new RecordingSender();
        $this->directory = new Directory();
        $this->outbox = Outboxes::make($this->sender, $this->directory->path);
    }

    public function testSendsWhatALoggerLogs(): void
    {
        $messages = [];
        $this->sender->do = static function (array $batch) use (&$messages): void {
            $messages = $batch;
        };
        $logger = new Logger('security', [$this->handler()]);
        $logger->pushProcessor(static function ($record) {
            $record['extra'] = ['uid' => 'b3a1'];

            return $record;
        });
        $logger->info('Hello {user}', ['user' => 'ada', 'closure' => static fn () => 1]);
        $logger->error('Bye');

        self::assertContainsOnlyInstancesOf(LogMessage::class, $messages);
        self::assertSame(['Hello ada', 'Bye'], array_column($messages, 'message'));
        self::assertSame(['INFO', 'ERROR'], array_column($messages, 'level'));
        self::assertSame(['security', 'security'], array_column($messages, 'channel'));
        self::assertSame(['user' => 'ada', 'closure' => ['Closure' => []]], $messages[0]->context);
        self::assertSame(['uid' => 'b3a1'], $messages[0]->extra);
    }

    public function testHonoursLevelAndBubble(): void
    {
        $below = new TestHandler();
        $logger = new Logger('app', [new MessengerLogHandler($this->outbox, null, 'warning', false), $below]);
        $logger->info('too low');
        $logger->warning('taken');
        $this->outbox->flush();
        self::assertSame([['taken']], $this->sender->batches);
        self::assertSame(['too low'], array_column($below->getRecords(), 'message'));
    }

    public function testRefusesALevelThatIsNone(): void
    {
        $this->expectException(\Psr\Log\InvalidArgumentException::class);
        new MessengerLogHandler($this->outbox, level: 'loud');
    }

    public function testAFormatterOfLinesDoesNotMatter(): void
    {
        $handler = $this->handler();
        $handler->setFormatter(new LineFormatter());
        (new Logger('app', [$handler]))->error('one');
        self::assertSame([['one']], $this->sender->batches);
    }

    public function testCloseAndResetSend(): void
    {
        $handler = $this->handler();
        $logger = new Logger('app', [$handler]);
        $logger->info('one');
        $handler->close();
        $logger->info('two');
        $logger->reset();
        self::assertSame([['one'], ['two']], $this->sender->batches);
    }

    public static function ownRecords(): iterable
    {
        yield 'what Messenger says about a class' => [['class' => LogMessage::class]];
        yield 'the message itself' => [['message' => Records::message('x')]];
    }

    /** @dataProvider ownRecords */
    #[DataProvider('ownRecords')]
    public function testRecordsAboutLogMessagesAreNotSent(array $context): void
    {
        $logger = new Logger('messenger', [$this->handler()]);
        $logger->info('Received message {class}', $context);
        $logger->critical('Error thrown while handling message {class}.', $context);
        $this->outbox->flush();
        self::assertSame([], $this->sender->batches);
        self::assertSame(1, substr_count(implode($this->directory->read('messenger-*.log')), "\n"), 'from warning on they are kept');
    }

    private function handler(): MessengerLogHandler
    {
        return new MessengerLogHandler($this->outbox);
    }
}
