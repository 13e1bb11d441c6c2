<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Symfony\Component\Messenger\MessageBusInterface;

/**
 * Dispatches each message to the bus: every middleware, any transport, and one round trip a message.
 */
final class BusSender implements Sender
{
    /**
     * @param \Closure(): MessageBusInterface $bus     asked at the first message: the bus itself logs
     * @param float                           $timeout seconds, see SocketTimeout
     */
    public function __construct(private readonly \Closure $bus, private readonly float $timeout)
    {
    }

    public function send(array $messages): SendReport
    {
        $sent = 0;
        try {
            SocketTimeout::during($this->timeout, function () use ($messages, &$sent): void {
                $bus = ($this->bus)();
                foreach ($messages as $message) {
                    $bus->dispatch($message);
                    ++$sent;
                }
            });
        } catch (\Throwable $e) {
            return SendReport::down($e->getMessage(), \count($messages), $sent);
        }

        return new SendReport();
    }
}
