<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\LogMessage;
use Symfony\Component\Messenger\MessageBusInterface;

/**
 * Dispatches each message to the bus: every middleware, any transport, and one round trip a message. The deadline is
 * looked at between two messages; within one, the transport's own time limits count.
 */
final class BusSender implements Sender
{
    /**
     * @param \Closure(): MessageBusInterface $bus    asked at the first message: the bus itself logs
     * @param list<object>                    $stamps for each message
     */
    public function __construct(private readonly \Closure $bus, private readonly array $stamps = [])
    {
    }

    public function send(array $messages, Deadline $deadline, array $ids = []): SendReport
    {
        $sent = 0;
        try {
            SocketTimeout::during($deadline->remaining(), function () use ($messages, $deadline, &$sent): void {
                $bus = ($this->bus)();
                foreach ($messages as $message) {
                    if ($sent > 0 && $deadline->passed()) {
                        throw new \RuntimeException(sprintf('the transport took longer than %g s', $deadline->seconds));
                    }
                    $this->dispatch($bus, $message);
                    ++$sent;
                }
            });
        } catch (\Throwable $e) {
            return SendReport::down($e->getMessage(), \count($messages), $sent);
        }

        return new SendReport();
    }

    public function abandon(): void
    {
    }

    private function dispatch(MessageBusInterface $bus, LogMessage $message): void
    {
        $bus->dispatch($message, $this->stamps);
    }
}
