<?php

declare(strict_types=1);

namespace Envelog\EventListener;

use Envelog\Outbox\Outbox;
use Symfony\Component\Console\ConsoleEvents;
use Symfony\Component\Console\Event\ConsoleTerminateEvent;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\TerminateEvent;
use Symfony\Component\HttpKernel\KernelEvents;
use Symfony\Component\Messenger\Event\WorkerRunningEvent;
use Symfony\Component\Messenger\Event\WorkerStartedEvent;
use Symfony\Component\Messenger\Event\WorkerStoppedEvent;

/**
 * Sends what waits when the work is done: the response is out, the command has ended, the message is handled or the
 * queue is empty. It comes after all others, who may still log.
 */
final class FlushSubscriber implements EventSubscriberInterface
{
    private const LAST = -4096;

    public function __construct(private readonly Outbox $outbox, private readonly string $transport)
    {
    }

    public static function getSubscribedEvents(): array
    {
        return [
            KernelEvents::TERMINATE => ['onTerminate', self::LAST],
            ConsoleEvents::TERMINATE => ['onConsoleTerminate', self::LAST],
            WorkerStartedEvent::class => 'onWorkerStarted',
            WorkerRunningEvent::class => ['onWorkerRunning', self::LAST],
            WorkerStoppedEvent::class => ['onWorkerStopped', self::LAST],
        ];
    }

    public function onTerminate(TerminateEvent $event): void
    {
        $this->outbox->flush();
    }

    public function onConsoleTerminate(ConsoleTerminateEvent $event): void
    {
        $this->outbox->flush();
    }

    public function onWorkerStarted(WorkerStartedEvent $event): void
    {
        $this->outbox->setLocal(\in_array($this->transport, $event->getWorker()->getMetadata()->getTransportNames(), true));
    }

    public function onWorkerRunning(WorkerRunningEvent $event): void
    {
        $this->outbox->flush();
    }

    public function onWorkerStopped(WorkerStoppedEvent $event): void
    {
        $this->outbox->setLocal(false);
    }
}
