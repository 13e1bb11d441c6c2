<?php

declare(strict_types=1);

namespace Envelog\Tests\EventListener;

use Envelog\EventListener\FlushSubscriber;
use Envelog\Outbox\Outbox;
use Envelog\Tests\Directory;
use Envelog\Tests\Outbox\Outboxes;
use Envelog\Tests\Outbox\RecordingSender;
use Envelog\Tests\Records;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\ConsoleEvents;
use Symfony\Component\Console\Event\ConsoleTerminateEvent;
use Symfony\Component\Console\Input\ArrayInput;
use Symfony\Component\Console\Output\NullOutput;
use Symfony\Component\EventDispatcher\EventDispatcher;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Event\TerminateEvent;
use Symfony\Component\HttpKernel\HttpKernelInterface;
use Symfony\Component\HttpKernel\KernelEvents;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Event\WorkerRunningEvent;
use Symfony\Component\Messenger\Event\WorkerStartedEvent;
use Symfony\Component\Messenger\Event\WorkerStoppedEvent;
use Symfony\Component\Messenger\MessageBus;
use Symfony\Component\Messenger\Transport\Receiver\ReceiverInterface;
use Symfony\Component\Messenger\Worker;

final class FlushSubscriberTest extends TestCase
{
    private RecordingSender $sender;
    private Outbox $outbox;
    private EventDispatcher $events;
    private Directory $directory;

    protected function setUp(): void
    {
        $this->sender = new RecordingSender();
        $this->directory = new Directory();
        $this->outbox = Outboxes::make($this->sender, $this->directory->path);
        $this->events = new EventDispatcher();
        $this->events->addSubscriber(new FlushSubscriber($this->outbox, 'async_logging'));
    }

    public static function events(): iterable
    {
        $kernel = new class() implements HttpKernelInterface {
            public function handle(Request $request, int $type = self::MAIN_REQUEST, bool $catch = true): Response
            {
                return new Response();
            }
        };
        yield 'the response is out' => [new TerminateEvent($kernel, new Request(), new Response()), KernelEvents::TERMINATE];
        yield 'the command has ended' => [new ConsoleTerminateEvent(new Command('x'), new ArrayInput([]), new NullOutput(), 0), ConsoleEvents::TERMINATE];
        yield 'the message is handled' => [new WorkerRunningEvent(self::worker('other'), false)];
        yield 'there is no message' => [new WorkerRunningEvent(self::worker('other'), true)];
        yield 'the worker has stopped' => [new WorkerStoppedEvent(self::worker('other'))];
    }

    /** @dataProvider events */
    #[DataProvider('events')]
    public function testSendsWhatWaitsWhen(object $event, ?string $name = null): void
    {
        $this->add('one');
        $this->events->addListener($name ?? $event::class, fn () => $this->add('logged by another listener'), -1000);
        $this->events->dispatch($event, $name);
        self::assertSame([['one', 'logged by another listener']], $this->sender->batches);
    }

    public function testAWorkerThatConsumesTheMessagesLogsToTheFile(): void
    {
        $this->events->dispatch(new WorkerStartedEvent(self::worker('async_logging')));
        $this->add('in the worker');
        $this->events->dispatch(new WorkerStoppedEvent(self::worker('async_logging')));
        $this->add('after it');
        $this->outbox->flush();
        self::assertSame([['after it']], $this->sender->batches);
        self::assertStringContainsString('in the worker', implode($this->directory->read()));
    }

    public function testAWorkerOfAnotherTransportSends(): void
    {
        $this->events->dispatch(new WorkerStartedEvent(self::worker('async')));
        $this->add('one');
        $this->outbox->flush();
        self::assertSame([['one']], $this->sender->batches);
    }

    private function add(string $message): void
    {
        $this->outbox->add(Records::message($message), Records::level('INFO'));
    }

    private static function worker(string $transport): Worker
    {
        $receiver = new class() implements ReceiverInterface {
            public function get(): iterable
            {
                return [];
            }

            public function ack(Envelope $envelope): void
            {
            }

            public function reject(Envelope $envelope): void
            {
            }
        };
        $worker = new Worker([$transport => $receiver], new MessageBus());
        $worker->getMetadata()->set(['transportNames' => [$transport]]);

        return $worker;
    }
}
