<?php

declare(strict_types=1);

namespace Envelog\Tests\App;

use Psr\Log\LoggerInterface;
use Symfony\Component\Messenger\Envelope;
use Symfony\Component\Messenger\Middleware\MiddlewareInterface;
use Symfony\Component\Messenger\Middleware\StackInterface;

/**
 * Logs whatever is dispatched, as a cache or a Redis client would that the bus uses.
 */
final class LoggingMiddleware implements MiddlewareInterface
{
    public function __construct(private readonly LoggerInterface $logger)
    {
    }

    public function handle(Envelope $envelope, StackInterface $stack): Envelope
    {
        $this->logger->info('An info that the dispatch causes');
        $this->logger->error('An error that the dispatch causes');

        return $stack->next()->handle($envelope, $stack);
    }
}
