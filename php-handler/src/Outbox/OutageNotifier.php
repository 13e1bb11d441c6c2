<?php

declare(strict_types=1);

namespace Envelog\Outbox;

use Envelog\Event\SendingFailed;
use Envelog\Event\SendingResumed;
use Psr\EventDispatcher\EventDispatcherInterface;
use Psr\Log\LoggerInterface;

/**
 * Says that records cannot be sent, and that they can be again: in PHP's error log, on the channel "messenger" and as an
 * event. It is called once for each outage, by the process that finds it, while the recursion guard holds: what is logged
 * here goes to the other handlers of the channel and to the local file, and is not sent.
 */
final class OutageNotifier
{
    public function __construct(private readonly LoggerInterface $logger, private readonly ?EventDispatcherInterface $events, private readonly string $directory, private readonly int $retryAfter)
    {
    }

    public function failed(string $reason): void
    {
        self::write(sprintf('Log records cannot be sent (%s). They are kept in "%s" until they can; the next attempt is in %d s.', $reason, $this->directory, $this->retryAfter));
        $this->logger->error('Log records cannot be sent and are kept in local files: {reason}', ['reason' => $reason, 'directory' => $this->directory]);
        $this->events?->dispatch(new SendingFailed($reason));
    }

    public function resumed(int $seconds): void
    {
        self::write(sprintf('Log records are sent again, after %d s. "bin/console app:logs:replay" sends what was kept in "%s".', $seconds, $this->directory));
        $this->logger->notice('Log records are sent again, after {seconds} s', ['seconds' => $seconds, 'directory' => $this->directory]);
        $this->events?->dispatch(new SendingResumed($seconds));
    }

    /** Writes a line into PHP's error log. */
    public static function write(string $message): void
    {
        @error_log('envelog: '.strtr($message, ["\n" => ' ', "\r" => ' ']));
    }
}
